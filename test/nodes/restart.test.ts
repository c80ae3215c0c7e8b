import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startNodeRed, type FlowNode, type Message, type NodeRedProcess } from '../node-red'
import { gaussian } from './flow'

const at = { z: 'tab', x: 100, y: 100 }
const FLOWS: readonly FlowNode[] = [
  { id: 'tab', type: 'tab', label: 'restart' },
  { id: 'model', type: 'anomaly-model', bundle: 'press', rows: '30', calibrationRows: '19' },
  { id: 'in', type: 'test-in', ...at, wires: [['source']] },
  {
    id: 'source',
    type: 'anomaly-imu-source',
    ...at,
    transport: 'message',
    format: 'json',
    channels: ['ax', 'ay', 'az'].map((name) => ({ name, from: name, unit: 'g', scale: '', offset: '' })),
    rate: '100',
    clock: 'device',
    timeField: 't',
    timeUnit: 'ms',
    wires: [['window']],
  },
  {
    id: 'window',
    type: 'anomaly-window',
    ...at,
    length: '20',
    hop: '20',
    unit: 'samples',
    wires: [['features']],
  },
  {
    id: 'features',
    type: 'anomaly-features',
    ...at,
    preset: 'list',
    features: ['log_rms'],
    wires: [['scaler']],
  },
  { id: 'scaler', type: 'anomaly-scaler', ...at, model: 'model', wires: [['detector']] },
  { id: 'detector', type: 'anomaly-mahalanobis', ...at, model: 'model', wires: [['threshold']] },
  {
    id: 'threshold',
    type: 'anomaly-threshold-calibrate',
    ...at,
    model: 'model',
    alpha: '5',
    voteK: '2',
    voteN: '3',
    wires: [['out', 'alert'], []],
  },
  // A vote of 2 of 3 takes 19 · 3 windows to calibrate; the alarm ends as soon as the scores are normal.
  { id: 'alert', type: 'anomaly-alert', ...at, keep: '0', wires: [['events'], ['level']] },
  { id: 'out', type: 'test-out', ...at, wires: [] },
  { id: 'events', type: 'test-out', ...at, wires: [] },
  { id: 'level', type: 'test-out', ...at, wires: [] },
]
const BEFORE = 100
const ALL = 140

/** Samples of window i: normal, but strange from 95 to 110, so that the restart at 100 falls into an alarm. */
function messages(): Message[] {
  const random = gaussian(11)
  return Array.from({ length: ALL }, (_, i) => {
    const gain = i >= 95 && i < 110 ? 8 : 1
    const payload = Array.from({ length: 20 }, (__, k) => {
      const [ax, ay, az] = [gain * random(), 2 * gain * random(), gain * random()]
      return { t: 1_700_000_000_000 + 10 * (20 * i + k), ax, ay, az }
    })
    return { topic: 'press', i, payload }
  })
}

const outcome = (list: readonly Message[]): unknown[] =>
  list.map((message) => {
    const verdict = message['anomaly'] as Record<string, unknown>
    return [
      message['i'],
      message['payload'],
      verdict['threshold'],
      verdict['pValue'],
      verdict['isAnomaly'],
      verdict['reason'],
      verdict['vote'],
      verdict['contributions'],
      verdict['window'],
      verdict['contract'],
    ]
  })

const eventOf = (message: Message): Record<string, unknown> => message['payload'] as Record<string, unknown>
const kindOf = (message: Message): unknown => eventOf(message)['kind']
/** What an event tells, less the times on the wall. */
const told = (message: Message): unknown[] =>
  ['kind', 'level', 'state', 'stream', 'reason', 'score', 'threshold', 'count'].map(
    (name) => eventOf(message)[name],
  )

const levelsOf = (nodeRed: NodeRedProcess): unknown[] =>
  nodeRed.messages('level').map((message) => message['payload'])

async function feed(nodeRed: NodeRedProcess, part: readonly Message[]): Promise<readonly Message[]> {
  const from = nodeRed.messages('out').length
  await nodeRed.send('in', ...part)
  return (await nodeRed.firstMessages('out', from + part.length)).slice(from)
}

describe('restart of Node-RED at a window boundary', function () {
  this.timeout(90_000)
  const userDir = mkdtempSync(path.join(os.tmpdir(), 'anomaly-restart-'))
  after(() => rmSync(userDir, { recursive: true, force: true }))

  it('gives the same scores, thresholds, votes and alarms to the bit as an uninterrupted run', async () => {
    const all = messages()
    const steady = await startNodeRed({ flows: FLOWS })
    const expected = outcome(await feed(steady, all))
    await sleep(500) // events follow the verdicts, a few turns later
    const expectedEvents = steady.messages('events').map(told)
    const expectedLevels = levelsOf(steady)
    await steady.stop()

    const first = await startNodeRed({ flows: FLOWS, userDir })
    const one = outcome(await feed(first, all.slice(0, BEFORE)))
    await sleep(500) // events follow the verdicts, a few turns later
    const events = [...first.messages('events')]
    const levels = levelsOf(first)
    await first.stop()
    const second = await startNodeRed({ userDir })
    const two = outcome(await feed(second, all.slice(BEFORE)))
    await sleep(500) // events follow the verdicts, a few turns later
    events.push(...second.messages('events'))
    const after = levelsOf(second)
    await second.stop()

    assert.deepEqual([...one, ...two], expected)
    assert.equal(expected.filter((entry) => (entry as unknown[])[5] === 'ANOMALY').length >= 15, true)
    assert.deepEqual(events.map(told), expectedEvents)
    // The buzzer behind the level is told once more what it was before the restart.
    assert.deepEqual([levels, after[0]], [[true], true])
    assert.deepEqual([...levels, ...after.slice(1)], expectedLevels)
    assert.ok(
      events.some((message) => kindOf(message) === 'begin') &&
        events.some((message) => kindOf(message) === 'end'),
    )
  })

  it('learns anew and says so where a block was interrupted, and keeps what was learned before it', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'anomaly-restart-'))
    const all = messages()
    const first = await startNodeRed({ flows: FLOWS, userDir: folder })
    await first.send('in', ...all.slice(0, 12))
    await sleep(500) // they are held back: nothing comes out that could be waited for
    await first.stop()
    assert.match(first.log, /interrupted at 12 of 30 windows/)
    const second = await startNodeRed({ userDir: folder })
    const verdicts = await feed(second, all.slice(12, 60))
    await second.stop()
    assert.equal(
      verdicts.filter((message) => (message['anomaly'] as { inSample: boolean }).inSample).length,
      30,
    )

    // The calibration was interrupted: scaler and detector are there at once, the calibration starts anew.
    const third = await startNodeRed({ userDir: folder })
    const later = await feed(third, all.slice(60, 90))
    await third.stop()
    rmSync(folder, { recursive: true, force: true })
    assert.ok(later.every((message) => !(message['anomaly'] as { inSample: boolean }).inSample))
    assert.ok(later.every((message) => typeof message['payload'] === 'number'))
    assert.ok(later.every((message) => (message['anomaly'] as { reason: string }).reason === 'LEARNING'))
  })
})
