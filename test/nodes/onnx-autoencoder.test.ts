import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Message } from '../../src/runtime/message'
import { packageRoot } from '../node-red'
import { Flow, featureFrame, gaussian, runtimeEvents } from './flow'

const OUT = { id: 'out', type: 'helper' }
const fixtures = path.join(packageRoot, 'test', 'model', 'fixtures')

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(10)
}

describe('anomaly-onnx-autoencoder', function () {
  this.timeout(60_000)
  let flow: Flow
  afterEach(() => flow.end())

  describe('learned here', () => {
    const NODE = { id: 'ae', type: 'anomaly-onnx-autoencoder', rows: '40', epochs: '20', wires: [['out']] }
    const feed = (first: number, end: number, random: () => number, shift = 0): void => {
      for (let i = first; i < end; i++)
        flow.send('ae', { topic: 'fan', i, payload: featureFrame(i, random, shift) })
    }
    const of = (list: readonly Message[], i: number): Message => list.find((message) => message['i'] === i)!

    it('trains in a thread, answers LEARNING meanwhile, then sends the block on and scores', async () => {
      flow = await Flow.load([NODE, OUT])
      const random = gaussian(31)
      feed(0, 45, random)
      await flow.settle()
      // 40 are held; the five that came during the training are answered at once.
      assert.deepEqual(
        flow.at('out').map((message) => [message['i'], message.anomaly!.reason, message.payload]),
        [40, 41, 42, 43, 44].map((i) => [i, 'LEARNING', null]),
      )
      await until(() => flow.at('out').length === 45)
      const block = flow.at('out').slice(5)
      assert.deepEqual(
        block.map((message) => message['i']),
        Array.from({ length: 40 }, (_, i) => i),
      )
      assert.ok(block.every((message) => message.anomaly!.inSample && Number(message.payload) > 0))
      feed(45, 50, random)
      feed(50, 51, random, 8)
      await until(() => flow.at('out').length === 51)
      const normal = Math.max(...[45, 46, 47, 48, 49].map((i) => Number(of(flow.at('out'), i).payload)))
      assert.ok(Number(of(flow.at('out'), 50).payload) > 5 * normal, 'a window far outside stands out')
      const { contributions } = of(flow.at('out'), 50).anomaly!
      assert.ok(Math.abs(Object.values(contributions!).reduce((sum, share) => sum + share, 0) - 1) < 1e-6)
    })

    it('gives the training up on msg.learn = false, and answers for its windows', async () => {
      flow = await Flow.load([{ ...NODE, layers: '256, 128', epochs: '10000', patience: '10000' }, OUT])
      feed(0, 40, gaussian(32))
      await sleep(300)
      assert.equal(flow.at('out').length, 0)
      flow.send('ae', { learn: false })
      const windows = (): readonly Message[] => flow.at('out').filter(({ anomaly }) => anomaly !== undefined)
      await until(() => windows().length === 40)
      assert.ok(windows().every(({ anomaly, payload }) => anomaly!.reason === 'LEARNING' && payload === null))
    })
  })

  describe('with a file', () => {
    let userDir: string
    // `end` removes the user directory with the flow.
    beforeEach(() => {
      userDir = mkdtempSync(path.join(os.tmpdir(), 'anomaly-own-file-'))
      mkdirSync(path.join(userDir, 'models'))
      copyFileSync(path.join(fixtures, 'dense_rows.onnx'), path.join(userDir, 'models', 'ae.onnx'))
      writeFileSync(path.join(userDir, 'models', 'broken.onnx'), 'not a model')
    })
    const node = (
      file: string,
    ): { id: string; type: string; wires: string[][] } & Record<string, unknown> => ({
      ...{ id: 'ae', type: 'anomaly-onnx-autoencoder', source: 'file', file, error: 'mae', wires: [['out']] },
    })
    const errors: string[] = []
    const load = async (file: string, more: object = {}): Promise<void> => {
      errors.length = 0
      flow = await Flow.load(
        [
          { ...node(file), ...more },
          OUT,
          { id: 'catch', type: 'catch', wires: [['caught']] },
          { id: 'caught', type: 'helper' },
          { id: 'status', type: 'status', scope: null, wires: [['statuses']] },
          { id: 'statuses', type: 'helper' },
        ],
        userDir,
      )
    }
    const frame = (rows: number): object => ({
      ...{ channels: ['ax', 'ay', 'az'], rate: 100, start: 0 },
      data: Float32Array.from({ length: rows * 3 }, (_, i) => Math.sin(i)),
    })

    it('scores windows of the shape that the file takes', async () => {
      await load('models/ae.onnx')
      flow.send('ae', { topic: 'a', payload: frame(8) })
      await until(() => flow.at('out').length === 1)
      const verdict = flow.at('out')[0]!.anomaly!
      assert.ok(verdict.score! > 0)
      assert.equal(verdict.model!.name, 'ae')
      assert.deepEqual(Object.keys(verdict.contributions!), ['ax', 'ay', 'az'])
    })

    it('shows what was dropped, and what runs the file again once it keeps up', async () => {
      await load('models/ae.onnx', { queueLimit: '2' })
      const shown = (): string => (flow.at('statuses').at(-1)?.['status'] as { text: string })?.text
      for (let i = 0; i < 20; i++) flow.send('ae', { topic: 'a', payload: frame(8) })
      await until(() => /^dropped \d+$/.test(shown()))
      await sleep(600)
      flow.send('ae', { topic: 'a', payload: frame(8) })
      await until(() => /^onnxruntime-/.test(shown()))
      assert.ok(flow.at('out').some(({ dropped }) => Number(dropped) > 0))
    })

    it('takes up a file that was replaced at the next deploy, though the node is unchanged', async () => {
      await load('models/ae.onnx')
      const file = path.join(userDir, 'models', 'ae.onnx')
      const score = async (): Promise<readonly [number, string]> => {
        const before = flow.at('out').length
        flow.send('ae', { topic: 'a', payload: frame(8) })
        await until(() => flow.at('out').length > before)
        const { score, contract } = flow.at('out').at(-1)!.anomaly!
        return [score!, contract.at(-1)!]
      }
      const first = await score()
      runtimeEvents().emit('flows:started')
      assert.deepEqual(await score(), first)

      writeFileSync(file, readFileSync(path.join(fixtures, 'folded.onnx')))
      assert.deepEqual(await score(), first, 'not in the middle of the work')
      runtimeEvents().emit('flows:started')
      const second = await score()
      assert.notDeepEqual(second, first)
      assert.match(second[1], /^onnx mae#[0-9a-f]{16}$/)

      writeFileSync(file, 'not a model')
      runtimeEvents().emit('flows:started')
      await until(() => flow.loggedAt('error').some((text) => /sound ONNX file/.test(text)))
    })

    it('says which shape the file takes where a window has another', async () => {
      await load('models/ae.onnx')
      flow.send('ae', { topic: 'a', payload: frame(5) })
      await until(() => flow.at('caught').length > 0)
      assert.match(String((flow.at('caught').at(-1)!['error'] as Error).message), /8.*3|3.*8/)
    })

    it('refuses a file that is no model, and one that is missing, by name', async () => {
      for (const [file, what] of [
        ['models/broken.onnx', /model|ONNX/i],
        ['models/none.onnx', /none\.onnx/],
      ] as const) {
        await load(file)
        flow.send('ae', { topic: 'a', payload: frame(8) })
        await until(() => flow.at('caught').length > 0)
        assert.match(String((flow.at('caught').at(-1)!['error'] as Error).message), what)
        if (file === 'models/broken.onnx') await flow.unload()
      }
      // Once it is there, any deploy takes it up.
      copyFileSync(path.join(fixtures, 'dense_rows.onnx'), path.join(userDir, 'models', 'none.onnx'))
      runtimeEvents().emit('flows:started')
      flow.send('ae', { topic: 'a', payload: frame(8) })
      await until(() => flow.at('out').length === 1)
    })
  })
})
