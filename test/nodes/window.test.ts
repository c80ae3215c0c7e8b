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

  it('has room for other streams after msg.reset, of one or of all, with operating states too', async () => {
    for (const context of ['', 'speed']) {
      flow = await Flow.load([{ ...WINDOW, context, maxStreams: '2' }, OUT])
      const send = (topic: string): void =>
        flow.send('window', { topic, speed: 'low', payload: counting(0, 4) })
      for (const topic of ['a', 'b', 'c']) send(topic)
      flow.send('window', { topic: 'a', reset: true })
      send('c')
      send('d')
      flow.send('window', { reset: true })
      for (const topic of ['e', 'f']) send(topic)
      await flow.settle()
      const sent = flow.at('out').filter(({ reset }) => reset === undefined)
      assert.deepEqual(
        sent.map(({ topic }) => topic),
        ['a', 'b', 'c', 'e', 'f'],
      )
      if (context === '') await flow.end()
    }
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
