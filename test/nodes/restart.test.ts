import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startNodeRed, type FlowNode, type Message, type NodeRedProcess } from '../node-red'
import { featureFrame, gaussian } from './flow'

const at = { z: 'tab', x: 100, y: 100 }
const FLOWS: readonly FlowNode[] = [
  { id: 'tab', type: 'tab', label: 'restart' },
  { id: 'model', type: 'anomaly-model', bundle: 'press', rows: '30', calibrationRows: '19' },
  { id: 'in', type: 'test-in', ...at, wires: [['scaler']] },
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

/** Frame i: normal, but strange from 95 to 110, so that the restart at 100 falls into an alarm. */
function messages(): Message[] {
  const random = gaussian(11)
  return Array.from({ length: ALL }, (_, i) => ({
    topic: 'press',
    i,
    payload: featureFrame(i, random, i >= 95 && i < 110 ? 8 : 0),
  }))
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
    ]
  })

const eventOf = (message: Message): Record<string, unknown> => message['payload'] as Record<string, unknown>
const kindOf = (message: Message): unknown => eventOf(message)['kind']
/** What an event tells, less the times on the wall. */
const told = (message: Message): unknown[] =>
  ['kind', 'level', 'state', 'stream', 'reason', 'score', 'threshold', 'count'].map(
    (name) => eventOf(message)[name],
  )

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
    await steady.stop()

    const first = await startNodeRed({ flows: FLOWS, userDir })
    const one = outcome(await feed(first, all.slice(0, BEFORE)))
    await sleep(500) // events follow the verdicts, a few turns later
    const events = [...first.messages('events')]
    await first.stop()
    const second = await startNodeRed({ userDir })
    const two = outcome(await feed(second, all.slice(BEFORE)))
    await sleep(500) // events follow the verdicts, a few turns later
    events.push(...second.messages('events'))
    await second.stop()

    assert.deepEqual([...one, ...two], expected)
    assert.equal(expected.filter((entry) => (entry as unknown[])[5] === 'ANOMALY').length >= 15, true)
    assert.deepEqual(events.map(told), expectedEvents)
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
