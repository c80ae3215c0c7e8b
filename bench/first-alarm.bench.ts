/**
 * The first minutes of a new user: `npm start` as it is, the simulated fan in real time, and what the editor shows in a real browser
 * from the moment that the flows are started.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { EditorPage, BROWSER } from '../test/editor/editor-page'
import { freePort, packageRoot } from '../test/node-red'
import { hasTool } from '../test/tools/outside-tool'
import { figuresOf, type Bench, type Planned } from './figure'

/** Node-RED's own palette manager asks for its catalogue, which a machine without Internet cannot have. */
const PALETTE_MANAGER = /catalogue\.nodered\.org|ERR_NAME_NOT_RESOLVED/

/** Seconds from the start of the flows, of the alarm from the press of the button. */
interface Seen {
  readonly scored: number
  readonly calibrated: number
  readonly alarm: number
  readonly complaints: number
}

const PLAN: readonly Planned<Seen>[] = [
  { name: 'first score', of: ({ scored }) => scored, unit: 's', target: '<=45' },
  { name: 'calibrated', of: ({ calibrated }) => calibrated, unit: 's', target: '<=150' },
  { name: 'alert after the button', of: ({ alarm }) => alarm, unit: 's', target: '<=5' },
  { name: 'complaints of the browser', of: ({ complaints }) => complaints, target: '==0' },
]

export const run: Bench = async ({ say }) => {
  if (!hasTool(BROWSER)) {
    say(`skipped: ${BROWSER} is not installed`)
    return figuresOf(PLAN, undefined)
  }
  const folder = mkdtempSync(path.join(os.tmpdir(), 'anomaly-demo-'))
  const port = await freePort()
  const ports = ['--port', String(port), '--mqtt-port', String(await freePort())]
  const demo = spawn(
    process.execPath,
    [path.join(packageRoot, 'scripts', 'start.mjs'), '--dir', folder, ...ports],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  try {
    const started = await flowsStarted(demo)
    const seconds = (): number => (Date.now() - started) / 1000
    const editor = await EditorPage.open({ base: `http://127.0.0.1:${port}` })
    try {
      say(`the editor is there after ${seconds().toFixed(1)} s`)
      // The first score is the first window that the threshold learns from.
      await editor.waitForStatus('anomaly-threshold-calibrate', /[1-9]\d*\/\d+|[▁-█]/, 120_000)
      const scored = seconds()
      say(`first score after ${scored.toFixed(1)} s`)
      await editor.waitForStatus('anomaly-threshold-calibrate', /^[▁-█]+ \d/, 240_000)
      const calibrated = seconds()
      say(`calibrated after ${calibrated.toFixed(1)} s`)
      await editor.waitForStatus('anomaly-alert', /^ok$/)
      const pressed = seconds()
      await editor.press('Tape a coin')
      await editor.waitForStatus('anomaly-alert', /^ALERT/)
      const alarm = seconds() - pressed
      const complaints = editor.complaints.filter((complaint) => !PALETTE_MANAGER.test(complaint))
      for (const complaint of complaints) say(complaint)
      return figuresOf(PLAN, { scored, calibrated, alarm, complaints: complaints.length })
    } finally {
      await editor.close()
    }
  } finally {
    const gone = new Promise((resolve) => demo.once('exit', resolve))
    demo.kill('SIGTERM')
    await gone
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The time at which Node-RED says that its flows are started, ms. */
function flowsStarted(demo: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let log = ''
    demo.stdout!.on('data', (chunk: Buffer) => {
      log += chunk.toString()
      if (log.includes('Started flows')) resolve(Date.now())
    })
    demo.once('exit', () => reject(new Error(`the demo has ended:\n${log}`)))
  })
}
