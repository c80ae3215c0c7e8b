import assert from 'node:assert/strict'
import { readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { chromium, type Browser, type Page } from 'playwright-core'
import { freePort, startNodeRed, type FlowNode, type NodeRedProcess } from '../node-red'
import { press, readExample } from '../nodes/example'
import { DASHBOARD, dashboardFolder, userDirWithDashboard } from '../tools/dashboard'
import { FanRigProcess } from '../tools/fan-rig'
import { fastClock } from '../tools/fast-clock'
import { Mosquitto } from '../tools/mosquitto'
import { needs, needsTool, pathOfTool } from '../tools/outside-tool'
import { BROWSER } from './editor-page'

const PACE = 10

/** The version of the dashboard that an example asks the editor to install. */
const versionIn = (flows: readonly FlowNode[]): string => {
  const config = flows.find(({ type }) => type === 'global-config')
  return (config!['modules'] as Record<string, string>)[DASHBOARD]!
}

/** How many pixels of the charts on the page have this colour. */
const pixels = (page: Page, colour: readonly [number, number, number]): Promise<number> =>
  page.evaluate((wanted) => {
    let count = 0
    for (const canvas of document.querySelectorAll('canvas')) {
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
      for (let i = 0; i < data.length; i += 4)
        if (data[i + 3] === 255 && wanted.every((value, c) => Math.abs(data[i + c]! - value) < 8)) count++
    }
    return count
  }, colour)

/** Colours of the first two series of a chart, such as the score, and the threshold once there is one. */
const FIRST = [0, 0x95, 255] as const
const SECOND = [255, 0, 0] as const

async function drawn(page: Page, colour: readonly [number, number, number]): Promise<void> {
  while ((await pixels(page, colour)) < 20) await page.waitForTimeout(100)
}

describe('the dashboards of the examples in a browser', function () {
  this.timeout(120_000)
  let browser: Browser
  let nodeRed: NodeRedProcess | undefined
  let userDir: string | undefined

  before(async function () {
    needs(this, DASHBOARD, dashboardFolder !== undefined)
    needsTool(this, BROWSER)
    needsTool(this, 'gcc')
    needsTool(this, 'mosquitto')
    browser = await chromium.launch({
      executablePath: pathOfTool(BROWSER),
      args: ['--headless', '--no-sandbox', '--disable-gpu'],
    })
  })
  afterEach(async () => {
    await nodeRed?.stop()
    if (userDir !== undefined) rmSync(userDir, { recursive: true, force: true })
  })
  after(() => browser?.close())

  /** Starts an example as it is shipped and opens its page; complaints of the page are gathered. */
  async function open(
    flows: readonly FlowNode[],
    env: Readonly<Record<string, string>>,
  ): Promise<{ readonly page: Page; readonly complaints: string[] }> {
    const manifest = JSON.parse(readFileSync(path.join(dashboardFolder!, 'package.json'), 'utf8')) as {
      readonly version: string
    }
    assert.equal(versionIn(flows), manifest.version)
    userDir = userDirWithDashboard(manifest.version)
    nodeRed = await startNodeRed({ flows, userDir, env })
    const page = await browser.newPage()
    const complaints: string[] = []
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    const of = (type: string): string => String(flows.find((node) => node.type === type)!['path'])
    await page.goto(nodeRed.base + of('ui-base') + of('ui-page'))
    return { page, complaints }
  }

  it('ceiling fan: score and threshold are drawn, the alarm is told in words', async () => {
    const broker = await Mosquitto.start(await freePort())
    const fast = fastClock(PACE)
    const flows = readExample('Ceiling-fan rig with dashboard/1 - Score on a chart.json').map((node) =>
      node.type === 'mqtt-broker' ? { ...node, broker: '127.0.0.1', port: String(broker.port) } : node,
    )
    const { page, complaints } = await open(flows, fast)
    const rig = FanRigProcess.start(broker.url, fast)
    try {
      await drawn(page, FIRST)
      assert.equal(await pixels(page, SECOND), 0)
      await drawn(page, SECOND)
      await press(nodeRed!, flows, 'Tape a coin')
      await page.getByText(/^rig\/fan\/imu: anomaly\. Score \d\S*, threshold \d\S*, mostly a[xyz]/).waitFor()
      await page.getByText('Last event').waitFor()
      assert.deepEqual(complaints, [])
      assert.doesNotMatch(nodeRed!.log, /\[error\]/)
    } finally {
      await rig.stop()
      await broker.stop()
    }
  })

  it('Raspberry Pi: what this computer measures is drawn', async () => {
    const { page, complaints } = await open(
      readExample('Raspberry Pi monitor with dashboard/1 - Score on a chart.json'),
      {},
    )
    await drawn(page, FIRST)
    await drawn(page, SECOND)
    for (const title of ['This computer', 'Last event']) await page.getByText(title).first().waitFor()
    assert.deepEqual(complaints, [])
    assert.doesNotMatch(nodeRed!.log, /\[error\]/)
  })
})
