import assert from 'node:assert/strict'
import helper from 'node-red-node-test-helper'
import type { AlarmEvent } from '../../src/core/alarm/event'
import type { Message } from '../../src/runtime/message'
import { judged } from '../core/alarm/watching'
import { Flow, type FlowDefinition } from './flow'

const SHOWN: readonly FlowDefinition[] = [
  { id: 'events', type: 'helper' },
  { id: 'level', type: 'helper' },
]
let id = ''
let tests = 0
const node = (settings: Record<string, unknown> = {}): FlowDefinition => ({
  id,
  type: 'anomaly-alert',
  keep: '0',
  ...settings,
  wires: [['events'], ['level']],
})
const verdict = (score: number, topic = 'fan', more: object = {}): Message => ({
  topic,
  tag: score,
  payload: score,
  anomaly: judged(score, more),
})
/** Waits until it is so: a node shows at most two statuses a second. */
async function becomes(get: () => unknown, expected: unknown): Promise<void> {
  for (let i = 0; i < 100 && get() !== expected; i++) await pause(50)
  assert.equal(get(), expected)
}
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

interface Reply {
  readonly status: number
  readonly body: { readonly error?: string }
}
/** What the button on the node does. */
const post = (node: string): Promise<Reply> => {
  const { request } = helper as unknown as { request(): { post(path: string): Promise<Reply> } }
  return request.call(helper).post(`/edge-anomaly/alerts/${node}/test`)
}

type Told = Omit<AlarmEvent, 'text'> & { text: string }
const told = (flow: Flow): Told[] => flow.at('events').map((message) => message.payload as Told)
const kinds = (flow: Flow): string[] => told(flow).map(({ kind, level }) => `${kind} ${level}`)
const levels = (flow: Flow): unknown[] => flow.at('level').map((message) => message.payload)

describe('alert', () => {
  let flow: Flow
  beforeEach(() => void (id = `alert${++tests}`))
  afterEach(() => flow.end())

  it('sends an event in words with the message that caused it, and the level when it changes', async () => {
    flow = await Flow.load([node(), ...SHOWN])
    for (const score of [1, 1, 12, 13, 12, 1, 1]) flow.send(id, verdict(score))
    await flow.settle()
    assert.deepEqual(kinds(flow), ['begin alarm', 'end ok'])
    assert.deepEqual(levels(flow), [true, false])
    const [begin] = flow.at('events')
    assert.deepEqual([begin!.topic, begin!['tag']], ['fan', 12])
    const payload = begin!.payload as Told
    assert.equal(payload.text, 'fan: anomaly. Score 12, threshold 10, mostly ay 50 %, az 30 %, ax 10 %')
    assert.deepEqual([payload.state, payload.stream, payload.score, payload.count], ['alarm', 'fan', 12, 1])
    assert.equal(begin!.anomaly!.isAnomaly, true)
  })

  it('joins limits and a detector to one level, with events of each by its name', async () => {
    flow = await Flow.load([node(), ...SHOWN])
    const of = (detector: string, score: number): Message => verdict(score, 'fan', { detector })
    for (const [limits, model] of [
      [1, 1],
      [12, 1],
      [12, 12],
      [1, 12],
      [1, 1],
    ] as const)
      // prettier-ignore
      for (const message of [of('limits', limits), of('mahalanobis', model)]) flow.send(id, message)
    await flow.settle()
    assert.deepEqual(
      told(flow).map(({ kind, detector }) => `${kind} ${detector}`),
      ['begin limits', 'begin mahalanobis', 'end limits', 'end mahalanobis'],
    )
    assert.deepEqual(levels(flow), [true, false])
  })

  it('tells one alarm of what limits and a detector find, with the sample that was judged by both', async () => {
    const high = { channel: 'value', low: '', high: '70', change: '', within: '', hold: '', level: 'alarm' }
    flow = await Flow.load([
      { id: 'limits', type: 'anomaly-limits', limits: [high], maxStreams: '', wires: [[id]] },
      node({ each: 'topic', hold: '2' }),
      ...SHOWN,
    ])
    // Limits are passed from the third sample to the sixth, the detector's threshold from the fifth to the eighth.
    for (const [value, score] of [
      [50, 1],
      [50, 1],
      [80, 1],
      [81, 1],
      [82, 12],
      [83, 13],
      [50, 14],
      [50, 15],
      [50, 1],
      [50, 1],
    ] as const) {
      flow.send('limits', { topic: 'fan', payload: value })
      await flow.settle()
      flow.send(id, verdict(score))
      await flow.settle()
    }
    assert.deepEqual(
      told(flow).map(({ kind, level, detector, count }) => [kind, level, detector, count]),
      [
        ['begin', 'alarm', 'limits', 2],
        ['end', 'ok', 'mahalanobis', 6],
      ],
    )
    assert.equal(told(flow)[0]!.text, 'fan: anomaly. value is 81, above 70')
    assert.equal(flow.at('events')[1]!['tag'], 1)
    assert.deepEqual(levels(flow), [true, false])
  })

  it('names the setting that is no choice', async () => {
    flow = await Flow.load([node({ each: 'stream' }), ...SHOWN])
    assert.match(
      flow.loggedAt('error').join(),
      /One alarm for each must be one of detector, topic, not "stream"/,
    )
  })

  it('acknowledges, snoozes, resets and forgets by message, each stream or all, whatever the payload', async () => {
    flow = await Flow.load([node({ latch: true }), ...SHOWN])
    for (const topic of ['fan', 'pump']) for (const score of [12, 1]) flow.send(id, verdict(score, topic))
    flow.send(id, { topic: 'fan', ack: true, payload: 1_700_000_000_000 })
    await flow.settle()
    assert.deepEqual(kinds(flow), ['begin alarm', 'begin alarm', 'acknowledged alarm', 'end ok'])
    assert.deepEqual(levels(flow), [true])
    flow.send(id, { topic: '', snooze: 'PT1H', payload: 5 })
    flow.send(id, verdict(12, 'fan'))
    await flow.settle()
    assert.deepEqual(levels(flow), [true, false])
    flow.send(id, { snooze: 0 })
    await flow.settle()
    assert.deepEqual(kinds(flow).slice(4), ['snoozed ok', 'resumed ok', 'begin alarm', 'repeat alarm'])
    flow.send(id, { reset: true })
    await flow.settle()
    assert.deepEqual(levels(flow), [true, false, true, false])
    assert.deepEqual(kinds(flow).slice(8), ['end ok', 'end ok'])
  })

  it('tells by itself of silence, and repeats, without a message', async () => {
    flow = await Flow.load([
      node({ noData: 's', noDataSeconds: '0.2', repeat: '0.15', repeatFactor: '1' }),
      ...SHOWN,
    ])
    flow.send(id, verdict(1))
    await becomes(() => told(flow).length >= 2, true)
    const events = told(flow)
    assert.deepEqual(kinds(flow).slice(0, 2), ['begin fault', 'repeat fault'])
    assert.equal(events[0]!.reason, 'NO_DATA')
    assert.ok(events[0]!.duration >= 200, `${events[0]!.duration}`)
    assert.equal(flow.at('events')[0]!.topic, 'fan')
    assert.deepEqual(levels(flow), [true])
  })

  it('passes a sensor fault on as an alarm of the sensor', async () => {
    flow = await Flow.load([node(), ...SHOWN])
    flow.send(id, {
      topic: 'fan',
      payload: null,
      anomaly: judged(null, {
        reason: 'STUCK',
        threshold: null,
        detector: undefined,
        detail: 'ax does not move',
      }),
    })
    await flow.settle()
    assert.deepEqual(
      told(flow).map(({ level, text }) => [level, text]),
      [['fault', 'fan: sensor fault STUCK. ax does not move']],
    )
  })

  it('refuses nonsense to its own message and goes on', async () => {
    flow = await Flow.load([
      node(),
      { id: 'catch', type: 'catch', scope: null, wires: [['caught']] },
      { id: 'caught', type: 'helper' },
      ...SHOWN,
    ])
    flow.send(id, { topic: 'fan', snooze: 'soon' })
    flow.send(id, { topic: 'fan', payload: 'x' })
    flow.send(id, { topic: { a: 1 }, anomaly: judged(12) })
    flow.send(id, verdict(12))
    await flow.settle()
    const errors = flow.at('caught').map((message) => (message['error'] as { message: string }).message)
    assert.equal(errors.length, 3)
    assert.match(errors[0]!, /msg.snooze must be minutes/)
    assert.match(errors[1]!, /msg.anomaly is missing/)
    assert.match(errors[2]!, /msg.topic must be text/)
    assert.deepEqual(kinds(flow), ['begin alarm'])
  })

  it('does nothing of a control message that it refuses', async () => {
    flow = await Flow.load([node({ latch: true }), ...SHOWN])
    for (const score of [12, 1]) flow.send(id, verdict(score))
    flow.send(id, { ack: true, snooze: 'soon' })
    flow.send(id, { ack: true, snooze: 5, forget: 'all' })
    await flow.settle()
    assert.deepEqual([kinds(flow), levels(flow)], [['begin alarm'], [true]])
    flow.send(id, { ack: true })
    await flow.settle()
    assert.deepEqual(kinds(flow).slice(1), ['acknowledged alarm', 'end ok'])
    assert.deepEqual(levels(flow), [true, false])
  })

  it('takes the text of MQTT and dashboards for true and false, and passes on what is not for it', async () => {
    flow = await Flow.load([node({ latch: true }), ...SHOWN])
    for (const score of [12, 1]) flow.send(id, verdict(score))
    flow.send(id, { ack: 'false' })
    flow.send(id, { topic: 'fan', learn: 'true', payload: 7 })
    await flow.settle()
    const [, passed, ...rest] = flow.at('events')
    assert.deepEqual([passed!.topic, passed!['learn'], passed!.payload], ['fan', 'true', 7])
    assert.deepEqual([rest, levels(flow)], [[], [true]])
    flow.send(id, { ack: 'true' })
    await flow.settle()
    assert.deepEqual(kinds(flow).slice(2), ['acknowledged alarm', 'end ok'])
    flow.send(id, { forget: 'true' })
    await flow.settle()
  })

  it('keeps its alarms over a redeploy, tells them no second time, and gives the level anew', async () => {
    flow = await Flow.load([node({ latch: true }), ...SHOWN])
    for (const score of [1, 12, 1]) flow.send(id, verdict(score))
    await flow.settle()
    const { userDir } = flow
    await flow.unload()
    flow = await Flow.load([node({ latch: true }), ...SHOWN], userDir)
    flow.send(id, verdict(1))
    await becomes(() => levels(flow).length, 1)
    assert.deepEqual([kinds(flow), levels(flow)], [[], [true]])
    flow.send(id, { ack: true })
    await flow.settle()
    assert.deepEqual(
      [kinds(flow), levels(flow)],
      [
        ['acknowledged alarm', 'end ok'],
        [true, false],
      ],
    )
  })

  it('shows the alarm in its status', async () => {
    flow = await Flow.load([node({ latch: true }), ...SHOWN])
    const shown = (): string | undefined =>
      (flow.node(id) as unknown as { status: { lastCall: { args: [{ text?: string }] } } }).status.lastCall
        .args[0].text
    flow.send(id, verdict(1))
    await becomes(shown, 'ok')
    const unscored = { threshold: null, detector: undefined, reason: 'OUT_OF_CONTRACT' as const }
    flow.send(id, { topic: 'fan', payload: null, anomaly: judged(null, unscored) })
    await becomes(shown, 'out of contract')
    flow.send(id, verdict(1, 'pump'))
    await becomes(shown, '1/2 not scored')
    flow.send(id, verdict(1))
    await becomes(shown, 'ok, 2 streams')
    flow.send(id, verdict(12.34))
    await becomes(shown, 'ALERT 12.3')
    flow.send(id, { ack: true })
    flow.send(id, verdict(1))
    flow.send(id, { snooze: 30 })
    await becomes(shown, 'snoozed 30 min')
  })

  it('sends a test event and three seconds of level at the button, by a guarded route', async () => {
    await helper.startServer()
    try {
      flow = await Flow.load([node(), ...SHOWN])
      assert.equal((await post(id)).status, 200)
      await flow.settle()
      assert.deepEqual([kinds(flow), levels(flow)], [['test alarm'], [true]])
      assert.equal(told(flow)[0]!.text, 'this is a test of the alarm')
      await becomes(() => levels(flow).length, 2)
      assert.deepEqual(levels(flow), [true, false])
      const refused = await post('nobody')
      assert.equal(refused.status, 400)
      assert.match(refused.body.error!, /deploy first/)
    } finally {
      await helper.stopServer()
    }
  })
})
