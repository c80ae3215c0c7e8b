import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import mqtt from 'mqtt'
import { readModel } from '../../src/core/autoencoder/model'
import { Random } from '../../src/core/random'
import { readOnnx } from '../../src/model/onnx/read'
import { writeAutoencoder } from '../../src/model/onnx/write-autoencoder'
import { makeAutoencoder } from '../../src/train/autoencoder-learner'
import { readAutoencoderSettings } from '../../src/train/learner-settings'
import type { Verdict } from '../../src/core/verdict'
import { FAN_DEFAULTS, FanRig } from '../../src/core/simulate/fan-rig'
import {
  freePort,
  packageRoot,
  startNodeRed,
  type FlowNode,
  type Message,
  type NodeRedProcess,
} from '../node-red'
import { compileShim } from '../sources/i2c/shim/compile'
import { Mosquitto } from '../tools/mosquitto'
import { needsTool } from '../tools/outside-tool'
import { SerialPair } from '../tools/serial-pair'

const folder = path.join(packageRoot, 'examples')
const all = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.json'))
  .sort()
const tested = new Set<string>()

/** An example as it is shipped, with debug nodes and dashboard widgets replaced by probes, and `changes` by node type. */
function example(
  file: string,
  changes: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {},
): FlowNode[] {
  tested.add(file)
  const nodes = JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as FlowNode[]
  return nodes
    .filter((node) => !/^ui-(base|theme|page|group)$/.test(node.type) && node.type !== 'global-config')
    .map((node) => {
      const isProbe = node.type === 'debug' || node.type.startsWith('ui-')
      return {
        ...node,
        ...changes[node.type],
        ...(isProbe ? { type: 'test-out', name: node['name'] || node['label'] } : {}),
      }
    })
}

async function press(nodeRed: NodeRedProcess, flows: readonly FlowNode[], name: string): Promise<void> {
  const button = flows.find((node) => node.type === 'inject' && node['name'] === name)
  assert.ok(button, `there is a button ${name}`)
  await nodeRed.request(`/inject/${button.id}`, { method: 'POST' })
}

const verdictOf = (message: Message): Verdict => message['anomaly'] as Verdict
const frameOf = (message: Message): { channels: string[]; data: Float32Array; rate?: number } =>
  message['payload'] as never
const kindOf = (message: Message): unknown => (message['payload'] as Record<string, unknown>)['kind']

/** Simulated samples in the rig's own MQTT form, as fast as they are taken; the count says when they were made. */
class Device {
  private sequence = 0
  readonly rig = new FanRig(FAN_DEFAULTS)

  batch(): string {
    const data = this.rig.next(20)!
    const axis = (index: number): number[] => Array.from({ length: 20 }, (_, row) => data[row * 3 + index]!)
    return JSON.stringify({ seq: this.sequence++, time: 0, ax: axis(0), ay: axis(1), az: axis(2) })
  }

  lines(): string {
    const data = this.rig.next(20)!
    return Array.from(
      { length: 20 },
      (_, row) => `${[0, 1, 2].map((axis) => data[row * 3 + axis]).join(',')}\n`,
    ).join('')
  }

  async publish(client: mqtt.MqttClient, seconds: number): Promise<void> {
    for (let i = 0; i < seconds * 10; i++) await client.publishAsync('rig/fan/imu', this.batch(), { qos: 1 })
  }
}

/** An autoencoder for windows of 50 × 6, trained for a moment and written as a file. */
async function ownModel(): Promise<Uint8Array> {
  const random = new Random(3)
  const channels = ['ax', 'ay', 'az', 'gx', 'gy', 'gz']
  const frames = Array.from({ length: 60 }, (_, i) => ({
    ...{ channels, start: i * 500, data: Float32Array.from({ length: 300 }, () => random.next()) },
  }))
  const learner = makeAutoencoder(readAutoencoderSettings({ layers: '8', epochs: 3 }))
  const part = await learner.fit(frames)
  return writeAutoencoder(readModel(part.body, part.blobs), { channels })
}

describe('examples', function () {
  this.timeout(120_000)
  let nodeRed: NodeRedProcess | undefined
  afterEach(async () => {
    await nodeRed?.stop()
    nodeRed = undefined
  })

  it('01: learns, calibrates, and tells when a coin is taped on and taken off', async () => {
    const flows = example('01 - First score without hardware.json', {
      'anomaly-simulate': { pace: '40' },
      'anomaly-alert': { keep: '0.2' },
    })
    nodeRed = await startNodeRed({ flows })
    await sleep(5000)
    await press(nodeRed, flows, 'Tape a coin')
    const begin = await nodeRed.next('what happened', (message) => kindOf(message) === 'begin')
    assert.match(
      String((begin['payload'] as Record<string, unknown>)['text']),
      /^fan: anomaly\. Score \S+, threshold \S+, mostly a[xyz]\./,
    )
    await nodeRed.next('alarm on or off', (message) => message['payload'] === true)
    await press(nodeRed, flows, 'Take it off')
    await nodeRed.next('what happened', (message) => kindOf(message) === 'end')
    await nodeRed.next('alarm on or off', (message) => message['payload'] === false)
  })

  it('imu-source: two samples become a frame, the broken one is refused by name', async () => {
    const flows = example('One per node/imu-source.json')
    nodeRed = await startNodeRed({ flows })
    const frame = frameOf(await nodeRed.next('frame'))
    assert.deepEqual(frame.channels, ['ax', 'ay', 'az'])
    assert.deepEqual([...frame.data], [Math.fround(0.1), 0, 1, Math.fround(0.2), 0, 1])
    assert.equal(frame.rate, 200)
    await press(nodeRed, flows, 'a broken sample')
    const error = (await nodeRed.next('what is wrong'))['error'] as { message: string }
    assert.match(error.message, /ax/)
  })

  it('window: frames of 200 rows of 3 channels', async () => {
    nodeRed = await startNodeRed({ flows: example('One per node/window.json') })
    const frame = frameOf(await nodeRed.next('window'))
    assert.equal(frame.data.length, 600)
  })

  it('features: one row of 42 features', async () => {
    nodeRed = await startNodeRed({ flows: example('One per node/features.json') })
    const frame = frameOf(await nodeRed.next('features'))
    assert.equal(frame.channels.length, 42)
    assert.equal(frame.data.length, 42)
    assert.ok(['ax.log_rms', 'az.band3', 'corr.ax.ay'].every((name) => frame.channels.includes(name)))
  })

  it('scaler: 30 windows with mean 0 and deviation 1', async () => {
    nodeRed = await startNodeRed({
      flows: example('One per node/scaler.json', { 'anomaly-simulate': { pace: '20' } }),
    })
    const frames = (await nodeRed.firstMessages('scaled', 30)).map(frameOf)
    for (let column = 0; column < 42; column++) {
      const values = frames.map((frame) => frame.data[column]!)
      const mean = values.reduce((sum, value) => sum + value, 0) / 30
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 30
      assert.ok(
        Math.abs(mean) < 1e-5 && Math.abs(variance - 1) < 1e-4,
        `column ${column}: ${mean}, ${variance}`,
      )
    }
  })

  it('mahalanobis: the score rises when a coin is taped on', async () => {
    const flows = example('One per node/mahalanobis.json', { 'anomaly-simulate': { pace: '40' } })
    nodeRed = await startNodeRed({ flows })
    const normal = (await nodeRed.firstMessages('score', 90))
      .slice(60)
      .map((message) => Number(message['payload']))
    await press(nodeRed, flows, 'Tape a coin')
    await nodeRed.next('score', (message) => Number(message['payload']) > 3 * Math.max(...normal))
  })

  it('robust-z: a hot row scores above 10', async () => {
    const flows = example('One per node/robust-z.json')
    nodeRed = await startNodeRed({ flows })
    await nodeRed.next('score', (message) => message['anomaly'] !== undefined && !verdictOf(message).inSample)
    await press(nodeRed, flows, 'A hot one')
    const hot = await nodeRed.next('score', (message) => Number(message['payload']) > 10)
    assert.ok(verdictOf(hot).contributions!['temp']! > 0.9)
  })

  it('threshold-calibrate: a threshold once 19 scores are in, and only what lies above it on the second output', async () => {
    nodeRed = await startNodeRed({ flows: example('One per node/threshold-calibrate.json') })
    await nodeRed.next('all', (message) => verdictOf(message).threshold !== null, 60_000)
    const from = nodeRed.messages('all').length
    const verdicts = (await nodeRed.firstMessages('all', from + 60, 60_000)).map(verdictOf)
    // Scores that come closer together than usual are judged but not taken, so a few more may be needed.
    const learning = verdicts.filter((verdict) => verdict.reason === 'LEARNING').length
    assert.ok(learning >= 19, `${learning} while calibrating`)
    const judged = verdicts.slice(learning)
    assert.ok(
      judged.length >= 60 && judged.every((verdict) => verdict.threshold !== null && verdict.pValue !== null),
    )
    assert.ok(judged.every((verdict) => verdict.isAnomaly === verdict.score! > verdict.threshold!))
    const flagged = nodeRed.messages('anomalies only').map((message) => Number(message['payload']))
    assert.ok(flagged.every((score) => score > judged[0]!.threshold!))
  })

  it('alert: two strange windows begin an alarm', async () => {
    const flows = example('One per node/alert.json')
    nodeRed = await startNodeRed({ flows })
    await press(nodeRed, flows, 'a strange window')
    await press(nodeRed, flows, 'a strange window')
    const event = await nodeRed.next('event', (message) => kindOf(message) === 'begin')
    assert.equal(event['topic'], 'press')
    await nodeRed.next('alarm on or off', (message) => message['payload'] === true)
    await press(nodeRed, flows, 'Snooze 10 s')
    await nodeRed.next('event', (message) => kindOf(message) === 'snoozed')
    await nodeRed.next('alarm on or off', (message) => message['payload'] === false)
  })

  it('model: what was learned is on disk under its name', async () => {
    nodeRed = await startNodeRed({
      flows: example('One per node/model.json', { 'anomaly-simulate': { pace: '40' } }),
    })
    await nodeRed.next('verdict', (message) => verdictOf(message).threshold !== null)
    // It is saved a moment after it works.
    let reply: { streams: { topic: string; versions: { n: number }[] }[] }
    do reply = (await nodeRed.getJson('/edge-anomaly/models/example')) as typeof reply
    while (reply.streams[0]?.versions[0] === undefined)
    assert.deepEqual(
      reply.streams.map((stream) => [stream.topic, stream.versions.length, stream.versions[0]?.n]),
      [['fan', 1, 19]],
    )
    assert.ok(existsSync(path.join(nodeRed.userDir, 'edge-anomaly', 'models', 'example')))
  })

  it('limits: normal, a warning, an alarm that says which limit was passed', async () => {
    const flows = example('One per node/limits.json')
    nodeRed = await startNodeRed({ flows })
    await press(nodeRed, flows, '45 °C')
    await nodeRed.next('verdict', (message) => verdictOf(message).reason === 'NORMAL')
    await press(nodeRed, flows, '85 °C')
    const alarm = verdictOf(await nodeRed.next('verdict', ({ anomaly }) => (anomaly as Verdict).isAnomaly))
    assert.equal(
      alarm.detail,
      'temp is 85, above 70; temp changed by 40 within 30 s, more than 15; temp is 85, above 60',
    )
    const event = (await nodeRed.next('what happened'))['payload'] as Record<string, unknown>
    assert.equal(event['text'], `press: anomaly. ${alarm.detail}`)
  })

  it('system-metrics: a row of this computer each second, and a verdict of it', async () => {
    nodeRed = await startNodeRed({ flows: example('One per node/system-metrics.json') })
    const frame = frameOf(await nodeRed.next('this computer'))
    for (const channel of ['cpu', 'memory']) assert.ok(frame.channels.includes(channel), channel)
    assert.equal(frame.rate, 1)
    assert.ok(['NORMAL', 'WARNING'].includes(verdictOf(await nodeRed.next('verdict')).reason))
  })

  it('record: a file below the user directory between Start and Stop', async () => {
    const flows = example('One per node/record.json')
    nodeRed = await startNodeRed({ flows })
    await press(nodeRed, flows, 'Start')
    await nodeRed.firstMessages('samples', 5)
    await sleep(500)
    await press(nodeRed, flows, 'Stop')
    const file = String((await nodeRed.next('files'))['payload'])
    assert.equal(path.dirname(file), path.join(nodeRed.userDir, 'recordings'))
    assert.match(readFileSync(file, 'utf8'), /^time,temp,pressure,vibration,label\n\d+,[^\n]*,normal\n/)
  })

  it('replay: what was recorded comes again, then the end', async () => {
    const flows = example('One per node/replay.json', { 'anomaly-replay': { speed: '0' } })
    nodeRed = await startNodeRed({ flows })
    await press(nodeRed, flows, 'Record and play back')
    const again = frameOf(await nodeRed.next('samples again', () => true, 15_000))
    assert.deepEqual([again.channels, again.rate, again.data.length], [['ax', 'ay', 'az'], 200, 60])
    const end = (await nodeRed.next('end'))['payload'] as { rows: number; files: number }
    assert.equal(end.files, 1)
    assert.ok(end.rows > 50)
  })

  it('evaluate: a report of the limits against the labels of the samples', async () => {
    const flows = example('One per node/evaluate.json')
    nodeRed = await startNodeRed({ flows })
    await sleep(4000)
    await press(nodeRed, flows, 'Report')
    const report = (await nodeRed.next('report'))['payload'] as { detector: string; normal: number; anomalous: number; recall: number | null } // prettier-ignore
    assert.equal(report.detector, 'limits')
    assert.ok(report.normal > 50, JSON.stringify(report))
    await press(nodeRed, flows, 'Begin anew')
  })

  it('simulate: samples in g, labelled', async () => {
    const flows = example('One per node/simulate.json')
    nodeRed = await startNodeRed({ flows })
    const first = await nodeRed.next('samples')
    assert.equal(frameOf(first).data.length, 60)
    assert.equal(first['label'], 'normal')
    await press(nodeRed, flows, 'coin on')
    await nodeRed.next('samples', (message) => message['label'] === 'coin')
    await press(nodeRed, flows, 'temperature spike')
    await nodeRed.next('three sensors', (message) => message['label'] === 'spike')
    await press(nodeRed, flows, 'all cores busy')
    const busy = frameOf(await nodeRed.next('Raspberry Pi', (message) => message['label'] === 'burn'))
    assert.ok(busy.data[busy.channels.indexOf('cpu')]! > 97)
  })

  it('onnx-autoencoder: the score rises when a coin is taped on', async () => {
    const flows = example('One per node/onnx-autoencoder.json', { 'anomaly-simulate': { pace: '20' } })
    nodeRed = await startNodeRed({ flows })
    await nodeRed.next('score', (message) => verdictOf(message).inSample, 60_000)
    const normal = await nodeRed.next(
      'score',
      (message) => !verdictOf(message).inSample && typeof message['payload'] === 'number',
    )
    await press(nodeRed, flows, 'Tape a coin')
    await nodeRed.next('score', (message) => Number(message['payload']) > 4 * Number(normal['payload']))
  })

  it('learn an autoencoder: alarm after the coin; trains on; saved as an ONNX file', async () => {
    const flows = example('Autoencoder/1 - Learn an autoencoder.json', { 'anomaly-simulate': { pace: '40' } })
    nodeRed = await startNodeRed({ flows })
    const learned = (): Promise<unknown> => nodeRed!.getJson('/edge-anomaly/models/autoencoder')
    const versions = async (): Promise<number> =>
      ((await learned()) as { streams: { versions: unknown[] }[] }).streams[0]?.versions.length ?? 0
    while ((await versions()) < 1) await sleep(200)
    await press(nodeRed, flows, 'Train on')
    while ((await versions()) < 2) await sleep(200)
    const file = await fetch(`${nodeRed.base}/edge-anomaly/models/autoencoder/onnx?topic=fan`)
    const model = readOnnx(new Uint8Array(await file.arrayBuffer()))
    assert.deepEqual(model.outputs.map((output) => output.name).sort(), [
      'channel_error',
      'reconstruction',
      'score',
    ])
    await press(nodeRed, flows, 'Tape a coin')
    await nodeRed.next('what happened', (message) => kindOf(message) === 'begin')
  })

  it('bring your own ONNX model: scores, and a threshold after 99 of them', async () => {
    const userDir = mkdtempSync(path.join(os.tmpdir(), 'anomaly-own-model-'))
    mkdirSync(path.join(userDir, 'models'))
    writeFileSync(path.join(userDir, 'models', 'autoencoder.onnx'), await ownModel())
    nodeRed = await startNodeRed({
      flows: example('Autoencoder/2 - Bring your own ONNX model.json'),
      userDir,
    })
    const judged = await nodeRed.next('score', (message) => verdictOf(message).threshold !== null, 60_000)
    assert.ok(verdictOf(judged).score! > 0)
    assert.match(verdictOf(judged).contract.at(-1)!, /^onnx mae#[0-9a-f]{16}$/)
    await nodeRed.stop()
    rmSync(userDir, { recursive: true, force: true })
  })

  describe('the ceiling-fan rig over a real broker', () => {
    let broker: Mosquitto
    let client: mqtt.MqttClient
    before(async function () {
      needsTool(this, 'mosquitto')
      broker = await Mosquitto.start(await freePort())
      client = await mqtt.connectAsync(broker.url)
    })
    after(async () => {
      await client?.endAsync(true)
      await broker?.stop()
    })

    const onBroker = (): Readonly<Record<string, Readonly<Record<string, unknown>>>> => ({
      'mqtt-broker': { broker: '127.0.0.1', port: String(broker.port) },
    })

    it('demo: alarm after the coin; the buttons reach the fan', async () => {
      const flows = example('Ceiling-fan rig/1 - Demo over MQTT.json', onBroker())
      nodeRed = await startNodeRed({ flows })
      await nodeRed.waitForLog(/connected to mqtt/)
      const device = new Device()
      await device.publish(client, 140)
      device.rig.set({ ...FAN_DEFAULTS, coin: true })
      await device.publish(client, 10)
      const begin = await nodeRed.next('what happened', (message) => kindOf(message) === 'begin')
      assert.equal(begin['topic'], 'rig/fan/imu')

      const orders: string[] = []
      client.on('message', (_topic, payload) => orders.push(payload.toString()))
      await client.subscribeAsync('rig/fan/control')
      await press(nodeRed, flows, 'Speed: medium')
      while (orders.length === 0) await sleep(10)
      assert.deepEqual(JSON.parse(orders[0]!), { speed: 'medium' })
    })

    it('with buzzer: the command for the buzzer is run', async () => {
      const bin = mkdtempSync(path.join(os.tmpdir(), 'anomaly-pinctrl-'))
      const log = path.join(bin, 'calls')
      writeFileSync(path.join(bin, 'pinctrl'), `#!/bin/sh\necho "$@" >> ${log}\n`, { mode: 0o755 })
      const flows = example('Ceiling-fan rig/2 - With buzzer.json', onBroker())
      nodeRed = await startNodeRed({ flows, env: { PATH: `${bin}:${process.env['PATH']}` } })
      await nodeRed.waitForLog(/connected to mqtt/)
      const device = new Device()
      await device.publish(client, 140)
      device.rig.set({ ...FAN_DEFAULTS, coin: true })
      await device.publish(client, 10)
      await nodeRed.next('what happened', (message) => kindOf(message) === 'begin')
      while (!existsSync(log) || !readFileSync(log, 'utf8').includes('set 17 op dh')) await sleep(20)
      rmSync(bin, { recursive: true })
    })

    it('two detectors: each has verdicts of its own', async () => {
      const flows = example('Ceiling-fan rig/5 - Two detectors after one scaler.json', onBroker())
      nodeRed = await startNodeRed({ flows })
      await nodeRed.waitForLog(/connected to mqtt/)
      const device = new Device()
      await device.publish(client, 180)
      device.rig.set({ ...FAN_DEFAULTS, coin: true })
      await device.publish(client, 10)
      const models = new Set<unknown>()
      const isNew = (message: Message): boolean => {
        if (kindOf(message) === 'begin') models.add((message['payload'] as Record<string, unknown>)['model'])
        return models.size === 2
      }
      await nodeRed.next('what happened', isNew)
      assert.deepEqual([...models].sort(), ['ceiling-fan-a', 'ceiling-fan-b'])
    })

    it('dashboard: score and threshold reach the chart, events the text', async () => {
      const flows = example('Ceiling-fan rig with dashboard/1 - Score on a chart.json', onBroker())
      nodeRed = await startNodeRed({ flows })
      await nodeRed.waitForLog(/connected to mqtt/)
      const device = new Device()
      await device.publish(client, 140)
      device.rig.set({ ...FAN_DEFAULTS, coin: true })
      await device.publish(client, 10)
      await nodeRed.next(
        'Score',
        (message) => message['topic'] === 'score' && typeof message['payload'] === 'number',
      )
      await nodeRed.next(
        'Score',
        (message) => message['topic'] === 'threshold' && typeof message['payload'] === 'number',
      )
      await nodeRed.next('Last event', (message) => kindOf(message) === 'begin')
    })
  })

  it('serial port: lines of a microcontroller become scores', async function () {
    needsTool(this, 'socat')
    const pair = new SerialPair()
    await pair.plug()
    try {
      const flows = example('Ceiling-fan rig/3 - Sensor on a serial port.json', {
        'anomaly-imu-source': { serialPath: pair.port },
      })
      nodeRed = await startNodeRed({ flows })
      await nodeRed.waitForLog(/connected to .*port/)
      const device = new Device()
      const paced = async (seconds: number): Promise<void> => {
        for (let i = 0; i < seconds * 10; i++) {
          await pair.write(device.lines())
          if (i % 5 === 0) await sleep(5)
        }
      }
      await paced(150)
      device.rig.set({ ...FAN_DEFAULTS, coin: true })
      await paced(20)
      await nodeRed.next('what happened', (message) => kindOf(message) === 'begin')
    } finally {
      await nodeRed?.stop()
      await pair.stop()
    }
  })

  it('I2C: a simulated MPU-6050 behind the real ioctl interface gives windows', async function () {
    needsTool(this, 'gcc')
    const shim = compileShim()
    assert.ok('library' in shim)
    const control = path.join(mkdtempSync(path.join(os.tmpdir(), 'anomaly-shim-')), 'control')
    writeFileSync(control, 'present')
    const flows = example('Ceiling-fan rig/4 - Sensor on I2C.json', {
      // The simulated sensor has no noise: its z axis is constant, which would be a stuck sensor, and windows do not differ.
      'anomaly-features': { constantWindow: 'score' },
    })
    const features = flows.find((node) => node.type === 'anomaly-features')!
    const probe = {
      id: 'probe',
      type: 'test-out',
      name: 'features',
      z: String(features['z']),
      x: 10,
      y: 10,
      wires: [],
    }
    const wired = flows.map((node) => (node === features ? { ...node, wires: [['probe']] } : node))
    nodeRed = await startNodeRed({
      flows: [...wired, probe],
      env: { LD_PRELOAD: 'library' in shim ? String(shim.library) : '', I2CSHIM_CONTROL: control },
    })
    const frames = await nodeRed.firstMessages('features', 3, 30_000)
    assert.equal(frames[0]!['topic'], 'fan')
    assert.equal(frameOf(frames[0]!).channels.length, 42)
    rmSync(path.dirname(control), { recursive: true })
  })
})

describe('every example', () => {
  it('is deployed by a test', () => {
    const missing = all.filter((file) => !tested.has(file))
    assert.deepEqual(missing, [])
  })
})
