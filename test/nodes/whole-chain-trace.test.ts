import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { checkStream, type TracedDetector } from './chain-trace'
import { Flow, gaussian, type FlowDefinition } from './flow'

const SCALER_ROWS = 12
const ROWS = 32
const CALIBRATION_ROWS = 20
/** Samples of a message: half a window, so that each message but the first completes one. */
const BATCH = 10

const DETECTOR = { scored: 'scored', judged: 'judged', rows: ROWS, calibrationRows: CALIBRATION_ROWS, isMahalanobis: true } // prettier-ignore

function head(detectors: readonly string[]): readonly FlowDefinition[] {
  return [
    {
      id: 'source',
      type: 'anomaly-imu-source',
      transport: 'message',
      format: 'json',
      channels: ['ax', 'ay', 'az'].map((name) => ({ name, from: name, unit: 'g', scale: '', offset: '' })),
      rate: '100',
      clock: 'device',
      timeField: 't',
      timeUnit: 'ms',
      wires: [['window']],
    },
    { id: 'window', type: 'anomaly-window', length: '20', hop: '10', unit: 'samples', wires: [['features']] },
    { id: 'features', type: 'anomaly-features', preset: 'list', features: ['log_rms'], wires: [['scaler', 'rows']] },
    { id: 'scaler', type: 'anomaly-scaler', rows: String(SCALER_ROWS), wires: [[...detectors, 'scaled']] },
    { id: 'rows', type: 'helper' },
    { id: 'scaled', type: 'helper' },
  ] // prettier-ignore
}

/** A detector with its threshold, both into the one alert; `suffix` tells several apart. */
function branch(detector: Readonly<Record<string, unknown>>, suffix = ''): readonly FlowDefinition[] {
  const rows = String(CALIBRATION_ROWS)
  return [
    { id: `detector${suffix}`, type: 'anomaly-mahalanobis', rows: String(ROWS), ...detector, wires: [[`threshold${suffix}`, `scored${suffix}`]] },
    { id: `threshold${suffix}`, type: 'anomaly-threshold-calibrate', rows, alpha: '5', voteK: '1', voteN: '1', wires: [['alert', `judged${suffix}`], []] },
    { id: `scored${suffix}`, type: 'helper' },
    { id: `judged${suffix}`, type: 'helper' },
  ] // prettier-ignore
}

const ALERT: readonly FlowDefinition[] = [
  { id: 'alert', type: 'anomaly-alert', keep: '0', hold: '0', wires: [['events'], []] },
  { id: 'events', type: 'helper' },
]

describe('every message of a learning run, from the source to the alert', function () {
  this.timeout(60_000)
  let flow: Flow
  const fed = new Map<string, { next: number; random: () => number }>()
  beforeEach(() => fed.clear())
  afterEach(() => flow.end())

  /** Gives the source the next half window of a stream. */
  function feedOne(topic: string, gain = 1): void {
    const stream = fed.get(topic) ?? { next: 0, random: gaussian(topic.length) }
    fed.set(topic, stream)
    const i = stream.next++
    const payload = Array.from({ length: BATCH }, (_, k) => {
      const [ax, ay, az] = [stream.random() * gain, 2 * stream.random() * gain, stream.random() * gain]
      return { t: 1_700_000_000_000 + 10 * (BATCH * i + k), ax, ay, az }
    })
    flow.send('source', { topic, i, payload })
  }

  function feed(count: number, topics: readonly string[], gain = 1): void {
    for (let n = 0; n < count; n++) for (const topic of topics) feedOne(topic, gain)
  }

  const check = (topic: string, detector: TracedDetector = DETECTOR): ReturnType<typeof checkStream> =>
    checkStream(flow, topic, fed.get(topic)!.next - 1, SCALER_ROWS, detector)

  /** Each alarm is about a window that was judged to be anomalous; and there is one for each of these streams. */
  function checkAlarms(topics: readonly string[], judged: readonly string[] = ['judged']): void {
    const anomalies = new Set(
      judged.flatMap((id) =>
        flow.at(id).flatMap(({ topic, anomaly }) => (anomaly!.isAnomaly ? [`${String(topic)} ${anomaly!.score}`] : [])),
      ),
    ) // prettier-ignore
    const begun = flow
      .at('events')
      .map(({ payload }) => payload as { kind: string; reason: string; stream: string; score: number })
      .filter(({ kind }) => kind === 'begin')
    for (const { reason, stream, score } of begun) {
      assert.equal(reason, 'ANOMALY')
      assert.ok(anomalies.has(`${stream} ${score}`))
    }
    assert.deepEqual([...new Set(begun.map(({ stream }) => stream))].sort(), [...topics].sort())
  }

  it('with another number of windows in each node', async () => {
    flow = await Flow.load([...head(['detector']), ...branch({}), ...ALERT])
    feed(121, ['fan'])
    feed(3, ['fan'], 20)
    await flow.settle(100)
    const [part, ...others] = check('fan')
    assert.deepEqual(others, [])
    assert.deepEqual(part!.block, range(1, 33))
    // Windows overlap by half, so that every second one counts.
    assert.deepEqual(part!.calibration, range(0, 20).map((k) => 33 + 2 * k)) // prettier-ignore
    assert.deepEqual(part!.judged, range(72, 124))
    assert.ok(flow.at('judged').slice(-2).every(({ anomaly }) => anomaly!.isAnomaly)) // prettier-ignore
    checkAlarms(['fan'])
  })

  it('of two topics interleaved', async () => {
    flow = await Flow.load([...head(['detector']), ...branch({}), ...ALERT])
    feed(121, ['fan', 'press', 'fan'])
    feed(3, ['press', 'fan'], 20)
    await flow.settle(100)
    const parts = [check('fan'), check('press')]
    assert.deepEqual(parts.map(({ length }) => length), [1, 1]) // prettier-ignore
    assert.notEqual(parts[0]![0]!.line, parts[1]![0]!.line)
    checkAlarms(['fan', 'press'])
  })

  it('of two detectors after one scaler', async () => {
    flow = await Flow.load([
      ...head(['detector', 'detector2']),
      ...branch({}),
      ...branch({ type: 'anomaly-robust-z', rows: '40' }, '2'),
      ...ALERT,
    ])
    feed(141, ['fan', 'press'])
    feed(3, ['fan', 'press'], 20)
    await flow.settle(100)
    const second = { scored: 'scored2', judged: 'judged2', rows: 40, calibrationRows: CALIBRATION_ROWS, isMahalanobis: false } // prettier-ignore
    for (const topic of ['fan', 'press']) {
      assert.deepEqual(check(topic).map(({ block }) => block), [range(1, 33)]) // prettier-ignore
      assert.deepEqual(check(topic, second).map(({ block }) => block), [range(1, 41)]) // prettier-ignore
    }
    checkAlarms(['fan', 'press'], ['judged', 'judged2'])
  })

  it('of one that learns again in mid-stream: each window is judged by the parts of before until the new ones are there', async () => {
    flow = await Flow.load([...head(['detector']), ...branch({}), ...ALERT])
    feed(121, ['fan', 'press'])
    await flow.settle(100)
    flow.send('scaler', { topic: 'fan', learn: true })
    feed(121, ['fan', 'press'])
    feed(3, ['fan', 'press'], 20)
    await flow.settle(100)
    assert.equal(check('press').length, 1)
    const [old, renewed, ...others] = check('fan')
    assert.deepEqual(others, [])
    assert.deepEqual(renewed!.block, range(121, 153))
    // The copies of the scaler's block wait in the detector, while the old parts judge the same windows.
    assert.equal(old!.judged.at(-1), 132)
    assert.deepEqual(renewed!.calibration, range(0, 20).map((k) => 153 + 2 * k)) // prettier-ignore
    assert.notEqual(old!.threshold, renewed!.threshold)
    checkAlarms(['fan', 'press'])
  })

  it('of a fit that takes long, of two topics, with a part at work: what comes meanwhile is judged by that part', async () => {
    const autoencoder = { type: 'anomaly-onnx-autoencoder', epochs: '400', patience: '400', layers: '32, 8' }
    flow = await Flow.load([...head(['detector']), ...branch(autoencoder), ...ALERT])
    const topics = ['fan', 'press']
    const detector = { ...DETECTOR, isMahalanobis: false }
    const inSample = (topic: string): number =>
      flow.at('judged').filter((message) => message.topic === topic && message.anomaly!.inSample).length

    /** Feeds both until both have learned; what a fit has to take in meanwhile is at most 12 windows. */
    async function fit(blocks: number): Promise<void> {
      for (let n = 0; n < 12; n++) {
        feed(1, topics)
        await sleep(10)
      }
      const isLearning = (): boolean => topics.some((topic) => inSample(topic) < blocks * ROWS)
      for (const end = Date.now() + 30_000; isLearning() && Date.now() < end;) await sleep(20)
    }

    feed(ROWS + 1, topics)
    await fit(1)
    feed(60, topics)
    await flow.settle(100)
    const learning = flow.at('judged').filter(({ payload }) => payload === null).length // prettier-ignore
    assert.ok(learning >= 2, 'windows that come during the first fit are answered at once')

    flow.send('detector', { learn: true })
    feed(ROWS, topics)
    await fit(2)
    feed(60, topics)
    feed(3, topics, 20)
    await flow.settle(100)
    for (const topic of topics) {
      const parts = check(topic, detector)
      assert.equal(parts.length, 2)
      const [old, renewed] = parts
      const firstBlock = renewed!.block
      assert.ok(old!.judged.some((i) => i > firstBlock.at(-1)!), 'the old part judges during the second fit') // prettier-ignore
      assert.ok(renewed!.judged.length > 0 && old!.judged.at(-1)! < renewed!.calibration[0]!)
    }
    // None is without a score while a part is at work.
    assert.equal(flow.at('judged').filter(({ payload }) => payload === null).length, learning) // prettier-ignore
    checkAlarms(topics)
  })
})

function range(first: number, end: number): readonly number[] {
  return Array.from({ length: end - first }, (_, i) => first + i)
}
