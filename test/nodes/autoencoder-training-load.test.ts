import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import { LEARNING_EVENT, type LearningNews } from '../../src/runtime/host'
import { buildKernels } from '../train/build-kernels'
import { Flow, featureFrame, gaussian, runtimeEvents, type FlowDefinition } from './flow'

const ROWS = 30
const PATIENCE_MS = 20_000

const learning = (settings: object = {}, rows = ROWS): readonly FlowDefinition[] => [
  { id: 'model', type: 'anomaly-model', bundle: 'fan', rows: String(rows) },
  { id: 'ae', type: 'anomaly-onnx-autoencoder', model: 'model', epochs: '3', ...settings, wires: [['out']] },
  { id: 'out', type: 'helper' },
  { id: 'status', type: 'status', scope: ['ae'], wires: [['statuses']] },
  { id: 'statuses', type: 'helper' },
]

/** Windows of 50 rows × 6 channels. */
function windowOf(i: number): object {
  const data = Float32Array.from({ length: 300 }, (_, j) => Math.sin(i + 0.3 * Math.floor(j / 6) + (j % 6)))
  return { channels: ['a', 'b', 'c', 'd', 'e', 'f'], rate: 50, start: 1000 * i, data }
}

describe('what training costs everybody else', function () {
  this.timeout(40_000)
  let flow: Flow
  const news: LearningNews[] = []
  const listen = (said: LearningNews): unknown => news.push(said)
  before(buildKernels)
  beforeEach(() => {
    news.length = 0
    runtimeEvents().on(LEARNING_EVENT, listen)
  })
  afterEach(async () => {
    runtimeEvents().off(LEARNING_EVENT, listen)
    await flow.end()
  })
  const until = async (condition: () => boolean): Promise<void> => {
    for (const begin = Date.now(); !condition(); await sleep(5))
      if (Date.now() - begin > PATIENCE_MS) throw new Error(`it did not come to ${String(condition)}`)
  }

  it('is one thread at a time, however many streams fill their blocks at once; the others say that they wait', async () => {
    flow = await Flow.load(learning())
    let [begun, running, most] = [0, 0, 0]
    const count = (thread: Worker): void => {
      begun++
      most = Math.max(most, ++running)
      thread.on('exit', () => running--)
    }
    process.on('worker', count)
    const random = gaussian(3)
    const streams = ['a', 'b', 'c', 'd', 'e', 'f']
    for (let i = 0; i < ROWS; i++)
      for (const topic of streams) flow.send('ae', { topic, payload: featureFrame(i, random) })
    await until(() => flow.at('out').length === ROWS * streams.length)
    process.off('worker', count)
    assert.deepEqual([begun, most], [streams.length, 1])
    const learned = news.flatMap(({ state, topic }) => (state === 'learned' ? topic : []))
    assert.deepEqual(learned, streams)
    const waiting = news.flatMap(({ text }) => text?.match(/^waiting to train: (\d) before it$/)?.[1] ?? [])
    assert.deepEqual(waiting, ['1', '2', '3', '4', '5'])
    assert.ok(
      flow.at('out').every(({ payload, anomaly }) => typeof payload === 'number' && anomaly!.inSample),
    )
  })

  it('leaves the event loop free while a large block is scored at last', async () => {
    const rows = 600
    flow = await Flow.load(learning({ kind: 'lstm', layers: '32', epochs: '1' }, rows))
    for (let i = 0; i < rows; i++) flow.send('ae', { topic: 'fan', payload: windowOf(i) })
    await until(() => news.some(({ state }) => state === 'learned'))
    // Each turn in which some of the verdicts came.
    const seen: number[] = []
    while (seen.at(-1) !== rows) {
      await new Promise(setImmediate)
      if (flow.at('out').length !== seen.at(-1)) seen.push(flow.at('out').length)
    }
    const largest = Math.max(...seen.map((count, i) => count - (seen[i - 1] ?? 0)))
    assert.ok(largest < rows / 4, `${largest} of ${rows} windows in one turn`)
    const starts = flow.at('out').map(({ anomaly }) => anomaly!.window.start)
    assert.deepEqual(
      starts,
      [...starts].sort((a, b) => a - b),
    )
  })

  it('loses no window of the block, however few may wait for the engine', async () => {
    flow = await Flow.load(learning({ engine: 'onnxruntime-node', queueLimit: '4' }))
    const random = gaussian(3)
    for (let i = 0; i < ROWS; i++) flow.send('ae', { topic: 'fan', payload: featureFrame(i, random) })
    await until(() => flow.at('out').length === ROWS)
    assert.ok(
      flow.at('out').every(({ dropped, payload }) => dropped === undefined && typeof payload === 'number'),
    )
  })

  it('loses none of those that come while a large block is scored', async () => {
    const rows = 300
    flow = await Flow.load(learning({ kind: 'lstm', layers: '32', epochs: '1', queueLimit: '4' }, rows))
    for (let i = 0; i < rows; i++) flow.send('ae', { topic: 'fan', payload: windowOf(i) })
    await until(() => news.some(({ state }) => state === 'learned'))
    for (let i = rows; i < rows + 100; i++) flow.send('ae', { topic: 'fan', payload: windowOf(i) })
    await until(() => flow.at('out').length === rows + 100)
    assert.deepEqual(
      flow.at('out').map(({ anomaly }) => anomaly!.inSample),
      flow.at('out').map((_, i) => i < rows),
    )
    assert.ok(flow.at('out').every(({ dropped }) => dropped === undefined))
  })

  it('says how far it is in the verdicts that the old part goes on giving', async () => {
    flow = await Flow.load(learning())
    const random = gaussian(3)
    let sent = 0
    const feed = (count: number): void => {
      for (let i = 0; i < count; i++) flow.send('ae', { topic: 'fan', payload: featureFrame(sent++, random) })
    }
    feed(ROWS)
    await until(() => flow.at('out').length === ROWS)
    await flow.unload()
    flow = await Flow.load(learning({ epochs: '10000', patience: '10000' }), flow.userDir)
    feed(1)
    await until(() => flow.at('out').length === 1)
    assert.equal(flow.at('out')[0]!.anomaly!.detail, undefined)
    flow.send('ae', { topic: 'fan', learn: true })
    feed(ROWS)
    const told = (): boolean =>
      flow.at('out').some(({ anomaly }) => /^epoch \d+\/10000, /.test(anomaly!.detail ?? ''))
    await until(() => {
      feed(1)
      return told()
    })
    assert.ok(flow.at('out').every(({ payload }) => typeof payload === 'number'))
    const texts = flow.at('statuses').map(({ status }) => (status as { text: string }).text)
    for (const text of texts.filter((each) => /^\d+\/10000/.test(each))) assert.ok(text.length <= 20, text)
    flow.send('ae', { learn: false })
  })
})
