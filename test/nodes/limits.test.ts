import assert from 'node:assert/strict'
import type { Verdict } from '../../src/core/verdict'
import type { Message } from '../../src/runtime/message'
import { Flow, type FlowDefinition } from './flow'

const RULES = [
  { channel: 'temp', low: '10', high: '70', change: '', within: '', hold: '', level: 'alarm' },
  { channel: 'temp', low: '', high: '60', change: '', within: '', hold: '', level: 'warning' },
  { channel: 'temp', low: '', high: '', change: '', within: '', hold: '5', level: 'alarm' },
]

function flowOf(rules: readonly object[]): readonly FlowDefinition[] {
  return [
    { id: 'limits', type: 'anomaly-limits', limits: rules, maxStreams: '', wires: [['out']] },
    { id: 'out', type: 'helper' },
    { id: 'caught', type: 'catch', scope: null, uncaught: false, wires: [['errors']] },
    { id: 'errors', type: 'helper' },
  ]
}

function reasons(messages: readonly Message[]): readonly string[] {
  return messages.map(({ anomaly }) => anomaly!.reason)
}

function errorsOf(flow: Flow): string {
  return flow
    .at('errors')
    .map((message) => String((message['error'] as { message: string }).message))
    .join()
}

describe('node anomaly-limits', () => {
  let flow: Flow
  afterEach(() => flow.end())

  it('answers every message with a verdict, from the first one on', async () => {
    flow = await Flow.load(flowOf(RULES.slice(0, 2)))
    for (const temp of [45, 65, 85, 5]) flow.send('limits', { topic: 'press', payload: { temp }, batch: 7 })
    await flow.settle()
    assert.deepEqual(reasons(flow.at('out')), ['NORMAL', 'WARNING', 'ANOMALY', 'ANOMALY'])
    const alarm = flow.at('out')[2]!
    assert.equal(alarm.payload, null)
    assert.equal(alarm.topic, 'press')
    assert.equal(alarm['batch'], 7)
    assert.equal(alarm.anomaly!.detail, 'temp is 85, above 70; temp is 85, above 60')
  })

  it('passes verdicts and control messages on', async () => {
    flow = await Flow.load(flowOf(RULES.slice(0, 1)))
    const stuck = { reason: 'STUCK', score: null } as unknown as Verdict
    flow.send('limits', { payload: null, anomaly: stuck })
    flow.send('limits', { learn: true })
    await flow.settle()
    assert.deepEqual(reasons(flow.at('out').slice(0, 1)), ['STUCK'])
    assert.equal(flow.at('out')[1]!['learn'], true)
  })

  it('keeps over a restart since when a value was outside', async () => {
    const rules = [{ ...RULES[0], hold: '5' }]
    const at = (seconds: number): Message => ({
      payload: {
        channels: ['temp'],
        rate: 1,
        start: 1e12 + 1000 * seconds,
        data: Float32Array.of(80, 80, 80),
      },
    })
    flow = await Flow.load(flowOf(rules))
    flow.send('limits', at(0))
    await flow.settle()
    assert.deepEqual(reasons(flow.at('out')), ['NORMAL'])
    await flow.unload()
    flow = await Flow.load(flowOf(rules), flow.userDir)
    flow.send('limits', at(3))
    await flow.settle()
    assert.deepEqual(reasons(flow.at('out')), ['ANOMALY'])
  })

  it('names the row and the field of a limit that is wrong, and refuses messages', async () => {
    flow = await Flow.load(flowOf(RULES))
    flow.send('limits', { payload: { temp: 1 } })
    await flow.settle()
    assert.equal(flow.at('out').length, 0)
    assert.match(errorsOf(flow), /Limit 3, Channel: this limit has no low, high or change/)
  })
})
