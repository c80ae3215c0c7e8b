import assert from 'node:assert/strict'
import { Flow, featureFrame, gaussian, type FlowDefinition } from './flow'
import type { Message } from '../../src/runtime/message'

const CHAIN: readonly FlowDefinition[] = [
  { id: 'scaler', type: 'anomaly-scaler', rows: '10', wires: [['detector', 'outScaler']] },
  { id: 'detector', type: 'anomaly-mahalanobis', rows: '30', wires: [['outDetector']] },
  { id: 'outScaler', type: 'helper' },
  { id: 'outDetector', type: 'helper' },
]

const numbers = (messages: readonly Message[]): number[] => messages.map((message) => Number(message['i']))
const range = (first: number, end: number): number[] =>
  Array.from({ length: end - first }, (_, i) => first + i)

function feed(flow: Flow, first: number, end: number, random: () => number, topic = 'fan'): void {
  for (let i = first; i < end; i++) flow.send('scaler', { topic, i, payload: featureFrame(i, random) })
}

describe('a learning run through the chain', () => {
  let flow: Flow
  afterEach(() => flow.end())

  it('sends every frame on exactly once and in order, with a different N in each node', async () => {
    flow = await Flow.load(CHAIN)
    feed(flow, 0, 100, gaussian(1))
    await flow.settle()

    const scaled = flow.at('outScaler')
    assert.deepEqual(numbers(scaled), range(0, 100))
    assert.deepEqual(
      scaled.map((message) => message.learning !== undefined),
      range(0, 100).map((i) => i < 10),
    )
    const verdicts = flow.at('outDetector')
    assert.deepEqual(numbers(verdicts), range(0, 100))
    assert.deepEqual(
      verdicts.map((message) => message.anomaly!.inSample),
      range(0, 100).map((i) => i < 30),
    )
    assert.ok(
      verdicts.every((message) => typeof message.payload === 'number' && Number.isFinite(message.payload)),
    )
    const contracts = new Set(verdicts.map((message) => message.anomaly!.contract.join('|')))
    assert.equal(contracts.size, 1)
    assert.match(
      [...contracts][0]!,
      /^source .*\|window 200\|features v1\|scaler standard#[0-9a-f]{16}\|mahalanobis .*#[0-9a-f]{16}$/,
    )
  })

  it('scales with the mean and deviation of exactly the N frames learned from', async () => {
    flow = await Flow.load(CHAIN)
    feed(flow, 0, 10, gaussian(2))
    await flow.settle()
    const rows = flow.at('outScaler').map((message) => [...(message.payload as { data: Float32Array }).data])
    for (const column of [0, 1, 2]) {
      const values = rows.map((row) => row[column]!)
      const mean = values.reduce((sum, value) => sum + value, 0) / 10
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 10
      assert.ok(Math.abs(mean) < 1e-6)
      assert.ok(Math.abs(variance - 1) < 1e-5)
    }
  })

  it('keeps two interleaved topics apart', async () => {
    flow = await Flow.load(CHAIN)
    const a = gaussian(3)
    const b = gaussian(4)
    for (let i = 0; i < 60; i++) {
      flow.send('scaler', { topic: 'a', i, payload: featureFrame(i, a) })
      flow.send('scaler', { topic: 'b', i: 1000 + i, payload: featureFrame(i, b, 50) })
    }
    await flow.settle()
    for (const [topic, first] of [
      ['a', 0],
      ['b', 1000],
    ] as const) {
      const verdicts = flow.at('outDetector').filter((message) => message.topic === topic)
      assert.deepEqual(numbers(verdicts), range(first, first + 60))
      assert.deepEqual(
        verdicts.map((message) => message.anomaly!.inSample),
        range(0, 60).map((i) => i < 30),
      )
      const scores = verdicts.slice(30).map((message) => Number(message.payload))
      assert.ok(Math.max(...scores) < 6, `scores of ${topic} are those of its own model`)
    }
    const parts = new Set(
      flow.at('outDetector').map((message) => `${message.topic} ${message.anomaly!.contract.at(-1)}`),
    )
    assert.equal(parts.size, 2)
  })

  it('lets two detectors learn after one scaler', async () => {
    flow = await Flow.load([
      { id: 'scaler', type: 'anomaly-scaler', rows: '10', wires: [['detector', 'second']] },
      { id: 'detector', type: 'anomaly-mahalanobis', rows: '30', wires: [['outDetector']] },
      {
        id: 'second',
        type: 'anomaly-mahalanobis',
        rows: '40',
        covariance: 'empirical',
        wires: [['outSecond']],
      },
      { id: 'outDetector', type: 'helper' },
      { id: 'outSecond', type: 'helper' },
    ])
    feed(flow, 0, 80, gaussian(5))
    await flow.settle()
    assert.deepEqual(numbers(flow.at('outDetector')), range(0, 80))
    assert.deepEqual(numbers(flow.at('outSecond')), range(0, 80))
    assert.equal(flow.at('outDetector').filter((message) => message.anomaly!.inSample).length, 30)
    assert.equal(flow.at('outSecond').filter((message) => message.anomaly!.inSample).length, 40)
  })

  it('learns again in mid-stream: the old parts go on until the new ones are there, then the chain follows', async () => {
    flow = await Flow.load(CHAIN)
    const random = gaussian(6)
    feed(flow, 0, 60, random)
    await flow.settle()
    const before = flow.at('outDetector').length
    const oldLine = flow.at('outDetector').at(-1)!.anomaly!.contract.at(-2)
    flow.send('scaler', { learn: true, payload: Date.now() })
    feed(flow, 60, 70, random)
    await flow.settle()
    const during = flow.at('outDetector').slice(before)
    // Ten live frames scored by the old parts; the ten copies wait in the detector's new block.
    assert.deepEqual(numbers(during), range(60, 70))
    assert.ok(
      during.every((message) => message.anomaly!.contract.at(-2) === oldLine && !message.anomaly!.inSample),
    )

    feed(flow, 70, 100, random)
    await flow.settle()
    const after = flow.at('outDetector').slice(before + 10)
    // The copies 60 … 69 and the next 20 live frames are the new block, then it goes on live.
    assert.deepEqual(numbers(after), [...range(60, 90), ...range(90, 100)])
    assert.deepEqual(
      after.map((message) => message.anomaly!.inSample),
      after.map((_, i) => i < 30),
    )
    const newLines = new Set(after.map((message) => message.anomaly!.contract.at(-2)))
    assert.equal(newLines.size, 1)
    assert.notEqual([...newLines][0], oldLine)
  })

  it('never scores with a part fitted on something else: a change upstream is named', async () => {
    flow = await Flow.load(CHAIN)
    const random = gaussian(7)
    feed(flow, 0, 50, random)
    await flow.settle()
    const frame = {
      ...featureFrame(50, random),
      contract: ['source ax,ay,az g 200 Hz', 'window 100', 'features v1'],
    }
    flow.send('scaler', { topic: 'fan', i: 50, payload: frame })
    await flow.settle()
    const last = flow.at('outDetector').at(-1)!
    assert.equal(last['i'], 50)
    assert.equal(last.payload, null)
    assert.equal(last.anomaly!.reason, 'OUT_OF_CONTRACT')
    assert.match(last.anomaly!.detail!, /'window 200'.*'window 100'/)
  })

  it('calibrates on exactly M windows that no part was fitted on, a whole window apart', async () => {
    flow = await Flow.load([
      { id: 'scaler', type: 'anomaly-scaler', rows: '10', wires: [['detector']] },
      { id: 'detector', type: 'anomaly-mahalanobis', rows: '30', wires: [['threshold']] },
      {
        id: 'threshold',
        type: 'anomaly-threshold-calibrate',
        rows: '20',
        alpha: '5',
        wires: [['out'], ['only']],
      },
      { id: 'out', type: 'helper' },
      { id: 'only', type: 'helper' },
    ])
    feed(flow, 0, 400, gaussian(9))
    await flow.settle()
    const verdicts = flow.at('out').map((message) => message.anomaly!)
    assert.deepEqual(numbers(flow.at('out')), range(0, 400))
    assert.deepEqual(
      verdicts.map((verdict) => verdict.reason === 'LEARNING'),
      range(0, 400).map((i) => i < 50),
    )
    // The threshold is the ceil(21 · 0.95) = 20th smallest, i.e. the largest, of the scores 30 … 49.
    const calibration = verdicts.slice(30, 50).map((verdict) => verdict.score!)
    assert.equal(verdicts[50]!.threshold, Math.max(...calibration))
    assert.ok(verdicts.slice(50).every((verdict) => verdict.threshold === verdicts[50]!.threshold))
    assert.equal(flow.at('only').length, verdicts.filter((verdict) => verdict.isAnomaly).length)
    assert.deepEqual(
      verdicts.slice(50).map((verdict) => verdict.isAnomaly),
      verdicts.slice(50).map((verdict) => verdict.score! > verdict.threshold!),
    )
  })

  it('gives up a block on reset and answers for its frames', async () => {
    flow = await Flow.load(CHAIN)
    const random = gaussian(8)
    feed(flow, 0, 5, random)
    flow.send('scaler', { reset: true })
    feed(flow, 5, 15, random)
    await flow.settle()
    const scaled = flow.at('outScaler').filter((message) => message['i'] !== undefined)
    assert.deepEqual(numbers(scaled), range(0, 15))
    assert.deepEqual(
      scaled.map((message) => message.anomaly?.reason),
      range(0, 15).map((i) => (i < 5 ? 'LEARNING' : undefined)),
    )
  })
})
