import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { FAN_DEFAULTS, FanRig } from '../../src/core/simulate/fan-rig'
import { freePort, type FlowNode, type Message, type NodeRedProcess } from '../node-red'
import { compileShim } from '../sources/i2c/shim/compile'
import { FanRigProcess } from '../tools/fan-rig'
import { fastClock } from '../tools/fast-clock'
import { Mosquitto } from '../tools/mosquitto'
import { needsTool } from '../tools/outside-tool'
import { SerialPair } from '../tools/serial-pair'
import {
  anomalyAt,
  calm,
  eventOf,
  example,
  idOf,
  kindOf,
  nodeRedOfEachTest,
  press,
  startExamples,
  tap,
  verdictOf,
  withVerdicts,
} from './example'

/** It takes a user 130 s until the fan is learned and calibrated. */
const PACE = 10

describe('examples of the ceiling-fan rig over a real broker, all deployed at once', function () {
  this.timeout(180_000)
  const chains: Readonly<Record<string, { readonly file: string; readonly models: readonly string[] }>> = {
    demo: { file: 'Ceiling-fan rig/1 - Demo over MQTT.json', models: ['ceiling-fan'] },
    buzzer: { file: 'Ceiling-fan rig/2 - With buzzer.json', models: ['ceiling-fan-buzzer'] },
    two: {
      file: 'Ceiling-fan rig/5 - Two detectors after one scaler.json',
      models: ['ceiling-fan-a', 'ceiling-fan-b'],
    },
    dashboard: {
      file: 'Ceiling-fan rig with dashboard/1 - Score on a chart.json',
      models: ['ceiling-fan-dashboard'],
    },
  }
  const flows = new Map<string, FlowNode[]>()
  const folder = mkdtempSync(path.join(os.tmpdir(), 'anomaly-pinctrl-'))
  const calls = (): string[] => {
    const log = path.join(folder, 'calls')
    return existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []
  }
  let broker: Mosquitto | undefined
  let rig: FanRigProcess | undefined
  let nodeRed: NodeRedProcess

  before(async function () {
    needsTool(this, 'mosquitto')
    needsTool(this, 'gcc')
    broker = await Mosquitto.start(await freePort())
    const fast = fastClock(PACE)
    for (const [name, { file }] of Object.entries(chains)) {
      const changes = {
        'mqtt-broker': { broker: '127.0.0.1', port: String(broker.port) },
        // The time that a command may take runs faster, too.
        exec: { timer: String(5 * PACE) },
      }
      flows.set(name, tap(example(file, changes), 'anomaly-threshold-calibrate', name))
    }
    const script = `#!/bin/sh\necho "$@" >> ${path.join(folder, 'calls')}\n`
    writeFileSync(path.join(folder, 'pinctrl'), script, { mode: 0o755 })
    rig = FanRigProcess.start(broker.url, fast)
    nodeRed = await startExamples({
      flows: [...flows.values()].flat(),
      env: { ...fast, PATH: `${folder}:${process.env['PATH']}` },
    })
  })

  after(async () => {
    await rig?.stop()
    await nodeRed?.stop()
    await broker?.stop()
    rmSync(folder, { recursive: true })
  })

  /** Probe of the events of an example. */
  const events = (name: string): string =>
    idOf(flows.get(name)!, name === 'dashboard' ? 'Last event' : 'what happened')
  const pressIn = (name: string, button: string): Promise<void> => press(nodeRed, flows.get(name)!, button)
  const ofModel = (model: string) => (message: Message) => verdictOf(message).model?.name === model
  const names = Object.keys(chains)

  const allCalm = (): Promise<void> => calm(nodeRed, ...names.map(events))

  it('each learns and calibrates its own model', async () => {
    for (const [name, { models }] of Object.entries(chains)) {
      for (const model of models) {
        const wanted = (message: Message): boolean =>
          ofModel(model)(message) && verdictOf(message).threshold !== null
        const verdict = await nodeRed.next(name, wanted, 60_000)
        assert.equal(verdict['topic'], 'rig/fan/imu')
      }
    }
    assert.doesNotMatch(nodeRed.log, /\[error\]/)
  })

  it('a coin is an anomaly in each; both detectors tell theirs; the buzzer sounds', async () => {
    await allCalm()
    await pressIn('two', 'Tape a coin')
    for (const name of names)
      assert.match(
        await anomalyAt(nodeRed, events(name)),
        /^rig\/fan\/imu: anomaly\. Score \S+, threshold \S+, mostly a[xyz]/,
      )
    for (const model of chains['two']!.models)
      await nodeRed.next(events('two'), (message) => {
        const { kind, reason, model: told } = eventOf(message)
        return kind === 'begin' && reason === 'ANOMALY' && told === model
      })
    while (calls().at(-1) !== 'set 17 op dh') await sleep(20)
  })

  it('the score and the threshold reach the chart', async () => {
    const chart = flows.get('dashboard')!.find((node) => node['name'] === 'Score')!.id
    const at = async (topic: string): Promise<number> => {
      const message = await nodeRed.next(chart, (one) => one['topic'] === topic)
      return message['payload'] as number
    }
    const threshold = await at('threshold')
    assert.ok(threshold > 3 && threshold < 20, `threshold ${threshold}`)
    await nodeRed.next(
      chart,
      ({ topic, payload }) => topic === 'score' && (payload as number) > 2 * threshold,
    )
  })

  it('without the coin, each alarm ends and the buzzer is silent', async () => {
    await pressIn('buzzer', 'Take the coin off')
    for (const name of names) await nodeRed.next(events(name), (message) => kindOf(message) === 'end')
    while (calls().at(-1) !== 'set 17 op dl') await sleep(20)
  })

  it('another speed is strange until the demo learns anew; a stuck sensor is a fault', async () => {
    await allCalm()
    await pressIn('demo', 'Speed: medium')
    await anomalyAt(nodeRed, events('demo'))
    await pressIn('demo', 'Learn anew')
    const next = await nodeRed.next(
      'demo',
      (message) => verdictOf(message).model?.version === 2 && verdictOf(message).threshold !== null,
      60_000,
    )
    assert.equal(verdictOf(next).model?.name, 'ceiling-fan')
    await nodeRed.next(events('demo'), (message) => kindOf(message) === 'end')
    await pressIn('demo', 'Sensor stuck')
    const isStuck = (message: Message): boolean => eventOf(message).reason === 'STUCK'
    const stuck = await nodeRed.next(events('demo'), isStuck)
    assert.match(eventOf(stuck).text, /^rig\/fan\/imu: .*az/)
    await pressIn('demo', 'Sensor works')
    await nodeRed.next(events('demo'), (message) => isStuck(message) && kindOf(message) === 'end')
  })
})

describe('examples of the ceiling-fan rig with a sensor of their own', function () {
  this.timeout(120_000)
  const start = nodeRedOfEachTest()

  it('serial port: lines of a microcontroller become scores, a coin is an anomaly', async function () {
    needsTool(this, 'socat')
    needsTool(this, 'gcc')
    const pair = new SerialPair()
    await pair.plug()
    const rig = new FanRig(FAN_DEFAULTS)
    /** 20 lines each tenth of a second of fast time. */
    const device = setInterval(() => {
      const data = rig.next(20)!
      const line = (row: number): string => [...data.subarray(3 * row, 3 * row + 3)].join(',')
      void pair.write(Array.from({ length: 20 }, (_, row) => `${line(row)}\n`).join(''))
    }, 100 / PACE)
    try {
      const flows = example('Ceiling-fan rig/3 - Sensor on a serial port.json', {
        'anomaly-imu-source': { serialPath: pair.port },
      })
      const nodeRed = await start({ flows: withVerdicts(flows), env: fastClock(PACE) })
      await nodeRed.next('verdicts', (message) => verdictOf(message).threshold !== null, 60_000)
      await calm(nodeRed, 'what happened')
      rig.set({ ...FAN_DEFAULTS, coin: true })
      assert.match(await anomalyAt(nodeRed), /^fan: .*mostly a[xyz]/)
    } finally {
      clearInterval(device)
      await pair.stop()
    }
  })

  it('I2C: an MPU-6050 with noise behind the real ioctl interface becomes scores, a coin is an anomaly', async function () {
    needsTool(this, 'gcc')
    const { library } = compileShim()
    assert.ok(library)
    const control = path.join(mkdtempSync(path.join(os.tmpdir(), 'anomaly-shim-')), 'control')
    const put = (state: string): void => {
      writeFileSync(`${control}.new`, state)
      renameSync(`${control}.new`, control)
    }
    put('present')
    const flows = example('Ceiling-fan rig/4 - Sensor on I2C.json')
    const nodeRed = await start({
      flows: withVerdicts(flows),
      env: {
        ...fastClock(PACE, library),
        ...{ I2CSHIM_CONTROL: control, I2CSHIM_AMPLITUDE: '0.01', I2CSHIM_NOISE: '0.003' },
      },
    })
    const first = await nodeRed.next('verdicts', (message) => verdictOf(message).threshold !== null, 60_000)
    assert.equal(first['topic'], 'fan')
    await calm(nodeRed, 'what happened')
    put('coin')
    assert.match(await anomalyAt(nodeRed), /^fan: .*mostly a[xy]/)
    rmSync(path.dirname(control), { recursive: true })
  })
})
