import assert from 'node:assert/strict'
import type { Frame } from '../../src/core/frame'
import { Flow } from './flow'

const WINDOW = {
  id: 'window',
  type: 'anomaly-window',
  unit: 'samples',
  length: '4',
  hop: '2',
  wires: [['out']],
}
const OUT = { id: 'out', type: 'helper' }

/** `rows` samples of one channel that count up from `first`. */
const counting = (first: number, rows: number): Frame => ({
  channels: ['ax'],
  rate: 100,
  start: 1_700_000_000_000 + first * 10,
  data: Float32Array.from({ length: rows }, (_, i) => first + i),
})
const values = (flow: Flow): number[][] =>
  flow.at('out').map((message) => [...(message.payload as Frame).data])

describe('anomaly-window', () => {
  let flow: Flow
  afterEach(() => flow.end())

  it('sends windows of the length set, one per hop, whatever the size of the messages', async () => {
    flow = await Flow.load([WINDOW, OUT])
    flow.send('window', { topic: 'a', payload: counting(0, 3) })
    flow.send('window', { topic: 'a', payload: counting(3, 7) })
    await flow.settle()
    assert.deepEqual(values(flow), [[0, 1, 2, 3], [2, 3, 4, 5], [4, 5, 6, 7], [6, 7, 8, 9]]) // prettier-ignore
    assert.deepEqual((flow.at('out')[0]!.payload as Frame).contract, ['channels ax', 'window 4'])
    assert.equal((flow.at('out')[1]!.payload as Frame).start, 1_700_000_000_020)
  })

  it('keeps topics apart, and operating states where a context is set', async () => {
    flow = await Flow.load([{ ...WINDOW, context: 'speed' }, OUT])
    for (const [speed, from] of [
      ['low', 0],
      ['high', 4],
    ] as const) {
      for (const first of [from, from + 1, from + 2, from + 3]) {
        flow.send('window', { topic: 'a', speed, payload: counting(first, 1) })
        flow.send('window', { topic: 'b', speed: 'low', payload: counting(200 + first, 1) })
      }
    }
    await flow.settle()
    assert.deepEqual(
      flow.at('out').map(({ topic, context }) => `${String(topic)} ${String(context)}`),
      ['a low', 'b low', 'b low', 'a high', 'b low'],
    )
    assert.deepEqual(values(flow), [[0, 1, 2, 3], [200, 201, 202, 203], [202, 203, 204, 205], [4, 5, 6, 7], [204, 205, 206, 207]]) // prettier-ignore
  })

  it('reports a machine that is off, by the vibration or by the value itself', async () => {
    const rows = (values: readonly number[], first: number): Frame => ({ ...counting(first, 4), data: Float32Array.from(values) }) // prettier-ignore
    const seen = async (settings: Readonly<Record<string, unknown>>): Promise<unknown[]> => {
      flow = await Flow.load([{ ...WINDOW, hop: '4', ...settings }, OUT])
      const machine = [[9, 9.5, 9, 9.5], [9, 9.001, 9, 9.001], [0.1, 0.1, 0.1, 0.1], [9, 9, 9, 9]] // prettier-ignore
      machine.forEach((values, i) => flow.send('window', { topic: 'a', payload: rows(values, 4 * i) }))
      await flow.settle()
      const found = flow.at('out').map(({ anomaly }) => anomaly?.reason ?? 'window')
      await flow.end()
      return found
    }
    assert.deepEqual(await seen({}), ['window', 'window', 'window', 'window'])
    // A sensor without any noise is no machine at rest: what follows finds it stuck.
    assert.deepEqual(await seen({ offBelow: '0.1' }), ['window', 'MACHINE_OFF', 'window', 'window'])
    assert.deepEqual(await seen({ offBelow: '1', offLevel: 'value' }), ['window', 'window', 'MACHINE_OFF', 'window']) // prettier-ignore
    flow = await Flow.load([{ ...WINDOW, offBelow: '1', offChannels: 'ay' }, OUT])
  })

  it('begins anew after a gap and after msg.reset, which passes on', async () => {
    flow = await Flow.load([WINDOW, OUT])
    flow.send('window', { topic: 'a', payload: counting(0, 3) })
    flow.send('window', { topic: 'a', payload: counting(100, 3) })
    flow.send('window', { topic: 'a', reset: true })
    flow.send('window', { topic: 'a', payload: counting(103, 4) })
    await flow.settle()
    assert.equal(flow.at('out')[0]!['reset'], true)
    assert.deepEqual([...(flow.at('out')[1]!.payload as Frame).data], [103, 104, 105, 106])
  })

  it('overlaps windows by half where the hop is empty, also those of an odd length', async () => {
    flow = await Flow.load([{ ...WINDOW, length: '5', hop: '' }, OUT])
    flow.send('window', { payload: counting(0, 11) })
    await flow.settle()
    assert.deepEqual(values(flow), [[0, 1, 2, 3, 4], [3, 4, 5, 6, 7], [6, 7, 8, 9, 10]]) // prettier-ignore
  })

  it('shows how much of the first window is there', async () => {
    flow = await Flow.load([WINDOW, OUT])
    flow.send('window', { topic: 'a', payload: counting(0, 3) })
    await flow.settle()
    const { status } = flow.node('window') as unknown as { status: { lastCall: { args: unknown[] } } }
    assert.deepEqual(status.lastCall.args, [{ fill: 'yellow', shape: 'ring', text: '3/4 samples' }])
  })

  it('gives the places of streams back with msg.reset and msg.forget', async () => {
    flow = await Flow.load([{ ...WINDOW, maxStreams: '2', context: 'speed' }, OUT])
    const send = (topic: string, first: number): void =>
      flow.send('window', { topic, speed: 1, payload: counting(first, 4) })
    for (const topic of ['a', 'b', 'c']) send(topic, 0)
    flow.send('window', { reset: true })
    for (const topic of ['c', 'd', 'e']) send(topic, 0)
    flow.send('window', { topic: 'd', forget: true })
    for (const topic of ['e', 'f']) send(topic, 0)
    await flow.settle()
    const topics = flow.at('out').filter(({ payload }) => payload !== undefined)
    assert.deepEqual(topics.map(({ topic }) => topic), ['a', 'b', 'c', 'd', 'e']) // prettier-ignore
  })

  it('takes what people wire by hand', async () => {
    flow = await Flow.load([WINDOW, OUT])
    for (const value of [1, 2, 3, 4]) flow.send('window', { payload: { t: value, load: 10 * value } })
    await flow.settle()
    const frame = flow.at('out')[0]!.payload as Frame
    assert.deepEqual(frame.channels, ['t', 'load'])
    assert.deepEqual([...frame.data], [1, 10, 2, 20, 3, 30, 4, 40])
  })

  it('keeps its samples over a restart: the next window is the same', async () => {
    const userDir = (flow = await Flow.load([WINDOW, OUT])).userDir
    flow.send('window', { topic: 'a', payload: counting(0, 3) })
    await flow.settle()
    await flow.unload()
    flow = await Flow.load([WINDOW, OUT], userDir)
    flow.send('window', { topic: 'a', payload: counting(3, 1) })
    await flow.settle()
    assert.deepEqual(values(flow), [[0, 1, 2, 3]])
  })
})
