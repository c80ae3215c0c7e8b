import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { Random } from '../../src/core/random'
import type { FlowNode, Message, NodeRedProcess } from '../node-red'
import {
  anomalyAt,
  eventOf,
  example,
  kindOf,
  nodeRedOfEachTest,
  press,
  verdictOf,
  withVerdicts,
} from './example'

/** The first verdict with a threshold: the rig has learned. */
const ready = (nodeRed: NodeRedProcess): Promise<Message> =>
  nodeRed.next('verdicts', (message) => verdictOf(message).threshold !== null, 60_000)

/** Presses a button, and gives the text of the anomaly that begins. */
async function alarmAfter(
  nodeRed: NodeRedProcess,
  flows: readonly FlowNode[],
  name: string,
): Promise<string> {
  nodeRed.clear()
  await press(nodeRed, flows, name)
  return anomalyAt(nodeRed)
}

async function ended(nodeRed: NodeRedProcess, flows: readonly FlowNode[]): Promise<void> {
  await press(nodeRed, flows, 'All well')
  await nodeRed.next('what happened', (message) => kindOf(message) === 'end')
}

/** Alarms end by the clock on the wall, which is slow beside simulated time. */
const QUICK = { 'anomaly-alert': { keep: '0.1' } }

describe('examples of the other rigs', function () {
  this.timeout(120_000)
  const start = nodeRedOfEachTest()
  const folders: string[] = []
  after(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })))

  /** A user directory with a recording in it. */
  function userDirWith(name: string, text: string): string {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'anomaly-rig-'))
    folders.push(folder)
    mkdirSync(path.join(folder, 'recordings'))
    writeFileSync(path.join(folder, 'recordings', name), text)
    return folder
  }

  it('ceiling fan: each speed has its own baseline, the coin is an alarm, an unknown speed is not', async () => {
    const flows = example('Ceiling-fan rig/6 - One baseline per speed.json', {
      'anomaly-simulate': { pace: '60' },
    })
    const nodeRed = await start({ flows: withVerdicts(flows) })
    const at = (context: string, wanted: (message: Message) => boolean): Promise<Message> =>
      nodeRed.next('verdicts', (message) => message['context'] === context && wanted(message), 30_000)
    const calibrated = (message: Message): boolean => verdictOf(message).threshold !== null
    await at('low', calibrated)
    for (const speed of ['Medium', 'High']) {
      await press(nodeRed, flows, speed)
      await at(speed.toLowerCase(), (message) => calibrated(message) && !verdictOf(message).inSample)
    }
    nodeRed.clear()
    await press(nodeRed, flows, 'Off')
    await at('off', (message) => verdictOf(message).reason === 'UNKNOWN_CONTEXT')
    for (const speed of ['Low', 'Medium', 'High']) {
      await press(nodeRed, flows, speed)
      await at(speed.toLowerCase(), (message) => verdictOf(message).reason === 'NORMAL')
    }
    const judged = nodeRed.messages('verdicts').filter((message) => message['context'] !== 'off')
    const flagged = judged.filter((message) => verdictOf(message).isAnomaly).length
    assert.ok(flagged <= 0.1 * judged.length + 2, `${flagged} of ${judged.length} that are normal`)
    await press(nodeRed, flows, 'Low')
    assert.match(await alarmAfter(nodeRed, flows, 'Tape a coin'), /^fan: anomaly\. Score .*mostly a[xyz]/)
  })

  it('gyroscope: the network learns, a shake is an alarm, and that it is over is told', async () => {
    const flows = example('Gyroscope, LSTM autoencoder/1 - Learn and score.json', {
      gyroscope: { pace: '60' },
    })
    const nodeRed = await start({ flows: withVerdicts(flows) })
    const first = verdictOf(await ready(nodeRed))
    assert.match(
      first.contract.join(' · '),
      /window 40 resample 33 Hz · scaler standard#\S+ · autoencoder lstm 16-8/,
    )
    assert.match(await alarmAfter(nodeRed, flows, 'It shakes'), /^gyroscope: anomaly\. Score .*mostly gx/)
    await ended(nodeRed, flows)
  })

  it('gyroscope: a recorded log of three sensors at irregular times becomes windows of one of them', async () => {
    const random = new Random(4)
    let seconds = 1_733_763_890
    const lines = Array.from({ length: 3 * 1500 }, (_, i) => {
      seconds += 0.005 + 0.01 * random.next()
      const values = [300, 200, 100].map((size) => Math.round(size * random.normal()))
      return `${i % 3},${seconds.toFixed(4)},${values.join(',')}\n`
    })
    const userDir = userDirWith('data_log.txt', lines.join(''))
    const flows = example('Gyroscope, LSTM autoencoder/1 - Learn and score.json', {
      gyroscope: { autostart: false },
      'data_log.txt': { autostart: true, speed: '0' },
      'anomaly-model': { rows: '30' },
    })
    const nodeRed = await start({ flows: withVerdicts(flows), userDir })
    const verdict = await nodeRed.next('verdicts', (message) => verdictOf(message).score !== null, 30_000)
    assert.equal(verdict['topic'], 'recording')
    assert.deepEqual(Object.keys(verdictOf(verdict).contributions!), ['gx', 'gy', 'gz'])
    const { start: begin, end } = verdictOf(verdict).window
    assert.ok(Math.abs(end - begin - (40 * 1000) / 33) < 1, `${end - begin} ms`)
  })

  it('sensor streams: a spike, a drift and a sensor that sends nothing are told, and which sensor', async () => {
    const flows = example('Sensor streams, robust z/1 - Three sensors.json', {
      ...QUICK,
      'anomaly-simulate': { pace: '200' },
    })
    const nodeRed = await start({ flows: withVerdicts(flows) })
    await ready(nodeRed)
    assert.match(
      await alarmAfter(nodeRed, flows, 'Temperature spike'),
      /^plant: anomaly\. Score .*mostly temp/,
    )
    await ended(nodeRed, flows)
    assert.match(
      await alarmAfter(nodeRed, flows, 'Pressure drifts'),
      /^plant: anomaly\. Score .*mostly pressure/,
    )
    await ended(nodeRed, flows)
    nodeRed.clear()
    await press(nodeRed, flows, 'Vibration drops out')
    const lost = await nodeRed.next('what happened', (message) => kindOf(message) === 'begin')
    assert.equal(eventOf(lost).text, 'plant: sensor fault DROPOUT. no value of vibration')
  })

  it('sensor streams: a table of readings is scored row by row', async () => {
    const random = new Random(6)
    const rows = Array.from(
      { length: 800 },
      (_, i) =>
        `${1_700_000_000 + i},${i === 790 ? 70 : 50 + random.normal()},${5 + 0.1 * random.normal()},0\n`,
    )
    const userDir = userDirWith('train.csv', `time,temp,pressure,anomaly\n${rows.join('')}`)
    const flows = example('Sensor streams, robust z/1 - Three sensors.json', {
      'anomaly-simulate': { autostart: false },
      'train.csv': { autostart: true, speed: '0' },
    })
    const nodeRed = await start({ flows: withVerdicts(flows), userDir })
    const verdicts = (await nodeRed.firstMessages('verdicts', 800)).map(verdictOf)
    assert.deepEqual(Object.keys(verdicts[0]!.contributions!), ['temp', 'pressure'])
    const hot = verdicts[790]!
    assert.ok(hot.isAnomaly && hot.score! > 15, `${hot.score}`)
    assert.ok(hot.contributions!['temp']! > 0.9)
  })

  it('IMU: the ONNX file of the example scores, a shock and a stuck gyroscope are alarms', async () => {
    const flows = example('IMU with your own ONNX/1 - Windows of 50 by 6.json', {
      IMU: { pace: '40' },
      ...QUICK,
    })
    const nodeRed = await start({ flows: withVerdicts(flows) })
    const first = verdictOf(await ready(nodeRed))
    assert.match(first.contract.at(-1)!, /^onnx mae#[0-9a-f]{16}$/)
    const normal = nodeRed.messages('verdicts').map((message) => verdictOf(message).score!)
    // The file's score is scaled: about 1 for windows like those that it was trained with.
    const mean = normal.reduce((sum, score) => sum + score, 0) / normal.length
    assert.ok(mean > 0.8 && mean < 1.6, `${mean}`)
    assert.match(await alarmAfter(nodeRed, flows, 'A shock'), /^imu: anomaly\. Score .*mostly accel_x/)
    await ended(nodeRed, flows)
    assert.match(
      await alarmAfter(nodeRed, flows, 'The gyroscope sticks'),
      /^imu: anomaly\. Score .*mostly gyro_y/,
    )
    await ended(nodeRed, flows)
  })
})
