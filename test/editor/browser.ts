import { readFileSync } from 'node:fs'
import path from 'node:path'
import { chromium, type Browser, type Page } from 'playwright-core'
import { nodeRedModule } from '../node-red'
import { pathOfTool } from '../tools/outside-tool'

/** The browser that the tests use; `needsTool(this, BROWSER)` skips without it. */
export const BROWSER = 'chromium'

export type Theme = 'light' | 'dark'

/** The colour schemes that the editor offers. */
export const THEMES: readonly Theme[] = majorVersion() >= 5 ? ['light', 'dark'] : ['light']

function majorVersion(): number {
  const manifest = JSON.parse(readFileSync(path.join(nodeRedModule, 'package.json'), 'utf8')) as {
    readonly version: string
  }
  return Number(manifest.version.split('.')[0])
}

/** A browser that shows one page, and what has gone wrong there. */
export interface OpenPage {
  readonly browser: Browser
  readonly page: Page
  /** Errors on the console, errors thrown, answers ≥ 400, requests that fail or leave this machine. */
  readonly complaints: string[]
}

/** Opens the editor at `base` and waits until it can be used. */
export async function openBrowser(base: string, theme: Theme): Promise<OpenPage> {
  const browser = await chromium.launch({
    executablePath: pathOfTool(BROWSER),
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
    ],
  })
  try {
    const context = await browser.newContext({
      viewport: { width: 1400, height: 900 },
      colorScheme: theme,
      acceptDownloads: true,
    })
    // The user's choice "as the browser" of Node-RED 5, which is light by default; Node-RED 4 has one scheme only.
    await context.addInitScript(() => localStorage.setItem('view-dark-theme', 'auto'))
    // The compiler marks functions with a name by a helper that is missing in the browser.
    await context.addInitScript({ content: 'globalThis.__name = (marked) => marked' })
    const page = await context.newPage()
    page.setDefaultTimeout(15_000)
    const complaints = watch(page, base)
    await page.goto(`${base}/`)
    await page.waitForFunction(
      () => {
        const loading = document.querySelector('#red-ui-loading-progress')
        return (
          loading !== null &&
          getComputedStyle(loading).display === 'none' &&
          document.querySelector('.red-ui-palette-node') !== null
        )
      },
      undefined,
      { timeout: 60_000 },
    )
    return { browser, page, complaints }
  } catch (error) {
    await browser.close()
    throw error
  }
}

function watch(page: Page, base: string): string[] {
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(`thrown: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`console: ${message.text()}`)
  })
  page.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(base) && !/^(data|blob):/.test(url)) complaints.push(`external: ${url}`)
  })
  page.on('requestfailed', (request) => {
    complaints.push(`failed: ${request.url()} ${request.failure()?.errorText ?? ''}`)
  })
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`answered ${response.status()}: ${response.url()}`)
  })
  return complaints
}
