import path from 'node:path'
import type { Browser, Locator, Page } from 'playwright-core'
import { openBrowser, THEMES, type OpenPage, type Theme } from './browser'

export { BROWSER, THEMES, type Theme } from './browser'

const PACKAGE = '@edge-anomaly/node-red-anomaly'

/** What a test asks of the editor's own `RED`, in the browser. */
interface EditorNode {
  readonly id: string
  readonly type: string
  readonly name?: string
  readonly changed?: boolean
  readonly [property: string]: unknown
}
declare const RED: {
  readonly nodes: {
    eachNode(each: (node: EditorNode) => void): void
    eachConfig(each: (node: EditorNode) => void): void
    eachWorkspace(each: (tab: { readonly id: string; readonly label: string }) => void): void
    node(id: string): EditorNode | null
  }
  readonly editor: {
    editConfig(name: string, type: string, id: string): void
  }
  readonly sidebar: { show(id: string): void; readonly help: { show(type: string): void } }
  readonly events: { on(event: string, listener: () => void): void }
  readonly view: { reveal(id: string, highlight?: boolean): void }
}

/** A node as the editor sees it. */
export interface SeenNode {
  readonly id: string
  readonly type: string
  readonly name: string
  /** It differs from what is deployed. */
  readonly isChanged: boolean
}

/** The Node-RED editor in a real browser. Everything that must not happen is in `complaints`. */
export class EditorPage {
  readonly page: Page
  readonly complaints: string[]
  private readonly browser: Browser

  private constructor({ browser, page, complaints }: OpenPage) {
    this.browser = browser
    this.page = page
    this.complaints = complaints
  }

  static async open(nodeRed: { readonly base: string }, theme: Theme = 'light'): Promise<EditorPage> {
    return new EditorPage(await openBrowser(nodeRed.base, theme))
  }

  close(): Promise<void> {
    return this.browser.close()
  }

  /** Import → Examples, as a user does it; `crumbs` are the words of the tree below the package. Goes to the new tab. */
  async importExample(...crumbs: readonly string[]): Promise<void> {
    const { page } = this
    await page.keyboard.press('Control+i')
    await page.waitForSelector('#red-ui-clipboard-dialog-import-text', { state: 'visible' })
    await page.click('#red-ui-tab-red-ui-clipboard-dialog-import-tab-examples a')
    const pane = page.locator('#red-ui-clipboard-dialog-import-tab-examples')
    for (const crumb of [PACKAGE, ...crumbs]) {
      const label = pane.locator('.red-ui-treeList-label', { hasText: crumb }).last()
      await label.click()
    }
    await page.click('#red-ui-clipboard-dialog-ok')
    await page.waitForSelector('#red-ui-clipboard-dialog-ok', { state: 'hidden' })
    await this.showLastTab()
  }

  /** An import does not activate the tab that it brings. */
  async showLastTab(): Promise<void> {
    const id = await this.page.evaluate(() => {
      let last = ''
      RED.nodes.eachWorkspace((tab) => {
        last = tab.id
      })
      return last
    })
    await this.page.locator(`#red-ui-tab-${id} .red-ui-tab-label`).click()
  }

  /** The colour scheme that the browser asks for; an editor that has only one keeps it. */
  async setTheme(theme: Theme): Promise<void> {
    await this.page.emulateMedia({ colorScheme: theme })
    await this.page.waitForFunction(
      (isDark) => document.documentElement.classList.contains('nr-theme-dark') === isDark,
      theme === 'dark' && THEMES.includes(theme),
    )
  }

  /**
   * Shows the page in every colour scheme, so that what goes wrong in one is among the complaints; with env SCREENSHOTS, a folder,
   * a picture of each is written there, to be looked at.
   */
  async showThemes(name: string): Promise<void> {
    const folder = process.env['SCREENSHOTS']
    for (const theme of [...THEMES].reverse()) {
      await this.setTheme(theme)
      if (folder !== undefined)
        await this.page.screenshot({ path: path.join(folder, `${name}-${theme}.png`) })
    }
  }

  /** Deploys; nodes that still lack a setting are deployed too, as the editor offers. */
  async deploy(): Promise<void> {
    const { page } = this
    const deployed = await page.evaluateHandle(() => ({
      event: new Promise<void>((resolve) => RED.events.on('deploy', () => resolve())),
    }))
    await page.click('#red-ui-header-button-deploy:not(.disabled)')
    const confirm = page.locator('.red-ui-notification button.primary', { hasText: 'deploy' })
    if (await confirm.isVisible()) await confirm.click()
    await deployed.evaluate(({ event }) => event)
    await page.locator('#red-ui-header-shade').waitFor({ state: 'hidden' })
  }

  /** The picture of a palette entry, and how wide it is once it is loaded. */
  paletteIcon(type: string): Promise<{ readonly url: string; readonly width: number }> {
    const icon = this.page.locator(`.red-ui-palette-node[data-palette-type="${type}"] .red-ui-palette-icon`)
    return icon.evaluate(async (element) => {
      const [, url = ''] = /url\("?([^")]*)/.exec(getComputedStyle(element).backgroundImage) ?? []
      const image = new Image()
      image.src = url
      await image.decode().catch(() => undefined)
      return { url, width: image.naturalWidth }
    })
  }

  /** Drags a node from the palette to a place of the workspace; gives its id. */
  async drop(type: string, x: number, y: number): Promise<string> {
    const known = new Set((await this.nodes()).map(({ id }) => id))
    const entry = this.page.locator(`.red-ui-palette-node[data-palette-type="${type}"]`)
    await entry.scrollIntoViewIfNeeded()
    const chart = await this.page.locator('#red-ui-workspace-chart').boundingBox()
    const from = await entry.boundingBox()
    if (chart === null || from === null) throw new Error(`${type} is not in the palette`)
    await this.page.mouse.move(from.x + from.width / 2, from.y + from.height / 2)
    await this.page.mouse.down()
    await this.page.mouse.move(chart.x + x, chart.y + y, { steps: 4 })
    await this.page.mouse.up()
    const added = (await this.nodes()).find(({ id }) => !known.has(id))
    if (added === undefined) throw new Error(`${type} was not added`)
    return added.id
  }

  /** Nodes and config nodes. */
  nodes(): Promise<readonly SeenNode[]> {
    return this.page.evaluate(() => {
      const found: SeenNode[] = []
      for (const each of [RED.nodes.eachNode, RED.nodes.eachConfig]) {
        each((node) => {
          found.push({
            id: node.id,
            type: node.type,
            name: node.name ?? '',
            isChanged: node.changed === true,
          })
        })
      }
      return found
    })
  }

  async node(id: string): Promise<SeenNode> {
    const found = (await this.nodes()).find((node) => node.id === id)
    if (found === undefined) throw new Error(`there is no node ${id}`)
    return found
  }

  async only(type: string): Promise<SeenNode> {
    const found = (await this.nodes()).filter((node) => node.type === type)
    if (found.length !== 1) throw new Error(`there are ${found.length} nodes ${type}`)
    return found[0]!
  }

  /** The settings of a node, as the editor would deploy them. */
  setting(id: string, name: string): Promise<unknown> {
    return this.page.evaluate(([node, property]) => RED.nodes.node(node)?.[property], [id, name] as const)
  }

  /** What is written on a node of the canvas. */
  async labelOf(id: string): Promise<string> {
    return (await this.page.locator(`[id="${id}"] .red-ui-flow-node-label`).first().textContent()) ?? ''
  }

  /** The settings with a default that a node of the editor lacks all the same. */
  missingSettings(id: string): Promise<readonly string[]> {
    return this.page.evaluate((node) => {
      const { _def, ...settings } = RED.nodes.node(node) as unknown as {
        _def: { defaults: Record<string, { type?: string }> }
      } & Record<string, unknown>
      return Object.keys(_def.defaults).filter(
        (name) => settings[name] === undefined && _def.defaults[name]!.type === undefined,
      )
    }, id)
  }

  /** Opens the dialog of a node by a double click; of a config node as the editor's lists do. */
  async edit(id: string): Promise<Locator> {
    await this.settled()
    const isConfig = await this.page.evaluate((node) => {
      const found = RED.nodes.node(node)
      if (found === null) throw new Error(`no node ${node}`)
      if ('x' in found) {
        RED.view.reveal(node, false)
        return false
      }
      RED.editor.editConfig('', found.type, node)
      return true
    }, id)
    if (!isConfig) await this.page.locator(`[id="${id}"] rect.red-ui-flow-node`).dblclick()
    const form = this.page.locator(
      `${isConfig ? '#node-config-dialog-edit-form' : '#dialog-form'} .anomaly-dialog`,
    )
    await form.waitFor()
    await this.settled()
    return form
  }

  /** "Done" in the dialog that is open. */
  async save(): Promise<void> {
    await this.leave(['#node-config-dialog-ok', '#node-dialog-ok'])
  }

  async cancel(): Promise<void> {
    await this.leave(['#node-config-dialog-cancel', '#node-dialog-cancel'])
  }

  /** Leaves whatever dialog a test that failed has left open. */
  async closeDialogs(): Promise<void> {
    while (await this.page.locator('.red-ui-tray').first().isVisible()) await this.cancel()
  }

  private async leave(buttons: readonly string[]): Promise<void> {
    for (const button of buttons) {
      const found = this.page.locator(button)
      if (!(await found.isVisible())) continue
      await found.click()
      await found.waitFor({ state: 'detached' })
      await this.settled()
      return
    }
    throw new Error('no dialog is open')
  }

  /** Waits until the trays of the editor stand still: a click on a moving one goes astray. */
  private async settled(): Promise<void> {
    await this.page.waitForFunction(() => {
      const trays = [...document.querySelectorAll('.red-ui-tray')]
      const shade = document.querySelector('#red-ui-editor-shade')
      const isShaded = shade !== null && getComputedStyle(shade).display !== 'none'
      return (
        isShaded === trays.length > 0 &&
        trays.every((tray) => !tray.getAnimations().some((one) => one.playState === 'running'))
      )
    })
  }

  /** The text of a node type's help in the sidebar. */
  async help(type: string): Promise<string> {
    await this.page.evaluate((name) => {
      RED.sidebar.show('help')
      RED.sidebar.help.show(name)
    }, type)
    const body = this.page.locator('.red-ui-help, .red-ui-sidebar-help-stack').last()
    await body.waitFor()
    return body.innerText()
  }

  /** Waits until the status below a node of this type, as drawn on the canvas, matches. */
  async waitForStatus(type: string, pattern: RegExp, timeout = 60_000): Promise<string> {
    const { id } = await this.only(type)
    const label = this.page.locator(`[id="${id}"] .red-ui-flow-node-status-label`)
    const end = Date.now() + timeout
    for (;;) {
      const text = (await label.count()) > 0 ? ((await label.first().textContent()) ?? '') : ''
      if (pattern.test(text)) return text
      if (Date.now() > end) throw new Error(`the status of ${type} is "${text}", not ${String(pattern)}`)
      await this.page.waitForTimeout(50)
    }
  }

  /** Presses the button that the node of this name has on the canvas. */
  async press(name: string): Promise<void> {
    const found = (await this.nodes()).filter((node) => node.name === name)
    if (found.length !== 1) throw new Error(`there are ${found.length} nodes named ${name}`)
    const { id } = found[0]!
    await this.page.evaluate((node) => RED.view.reveal(node, false), id)
    await this.page.locator(`[id="${id}"] .red-ui-flow-node-button-button`).click({ force: true })
  }

  /** The newest message of the debug node of this name, as the debug sidebar shows it. */
  async debugMessage(name: string): Promise<string> {
    await this.page.evaluate(() => RED.sidebar.show('debug'))
    const message = this.page.locator('.red-ui-debug-msg', { hasText: `node: ${name}` }).last()
    await message.waitFor({ timeout: 15_000 })
    return message.innerText()
  }
}
