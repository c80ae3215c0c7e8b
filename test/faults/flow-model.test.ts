import assert from 'node:assert/strict'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { Flow, featureFrame, gaussian, type FlowDefinition } from '../nodes/flow'

const ROWS = 30
const MODEL: FlowDefinition = { id: 'model', type: 'anomaly-model', bundle: 'press', rows: `${ROWS}` }
const WATCH: readonly FlowDefinition[] = [
  { id: 'catch', type: 'catch', scope: null, uncaught: false, wires: [['errors']] },
  {
    id: 'complete',
    type: 'complete',
    scope: ['scaler', 'detector', 'second'],
    uncaught: false,
    wires: [['done']],
  },
  ...['errors', 'done', 'out', 'out2'].map((id) => ({ id, type: 'helper' })),
]
const CHAIN: readonly FlowDefinition[] = [
  { id: 'scaler', type: 'anomaly-scaler', model: 'model', wires: [['detector']] },
  { id: 'detector', type: 'anomaly-mahalanobis', model: 'model', wires: [['out']] },
]

describe('a flow and what can be wrong with its model', () => {
  let flow: Flow
  let userDir: string
  beforeEach(() => (userDir = mkdtempSync(path.join(os.tmpdir(), 'anomaly-model-'))))
  afterEach(async () => {
    await flow.unload()
    rmSync(userDir, { recursive: true, force: true })
  })

  async function feed(first: number, end: number, node = 'scaler'): Promise<void> {
    const random = gaussian(100 + first)
    for (let i = first; i < end; i++)
      flow.send(node, { _msgid: `m${i}`, topic: 'fan', i, payload: featureFrame(i, random) })
    await flow.settle()
    await new Promise((resolve) => setTimeout(resolve, 150)) // the disk
  }
  const errors = (): string[] => flow.at('errors').map((message) => (message['error'] as Error).message)
  const scored = (id = 'out'): unknown[] => flow.at(id).filter(({ payload }) => typeof payload === 'number').map((message) => message['i']) // prettier-ignore
  const range = (first: number, end: number): number[] =>
    Array.from({ length: end - first }, (_, i) => first + i)
  const partFiles = (): string[] =>
    readdirSync(path.join(userDir, 'edge-anomaly', 'models'), { recursive: true, encoding: 'utf8' })
      .map((file) => path.join(userDir, 'edge-anomaly', 'models', file))
      .filter((file) => statSync(file).isFile())

  /** What the node wrote into the log as errors. */
  const logged = (): string[] => (flow.node('scaler').error as unknown as { args: string[][] }).args.map(([text]) => text!) // prettier-ignore

  it('a folder that cannot be written: scores all the same, and says for each part that it was not saved', async () => {
    mkdirSync(path.join(userDir, 'edge-anomaly'))
    symlinkSync(path.join(userDir, 'gone', 'disk'), path.join(userDir, 'edge-anomaly', 'models'))
    flow = await Flow.load([MODEL, ...CHAIN, ...WATCH], userDir)
    await feed(0, 50)
    assert.deepEqual(scored(), range(0, 50))
    assert.equal(flow.at('done').length, 100) // by scaler and detector, once each
    assert.equal(logged().length, 2)
    for (const text of logged())
      assert.match(text, /folder .*models\/press\/parts cannot be made.*may write there/)
  })

  it('a folder that cannot be read: each message fails once, naming the folder and what to check', async () => {
    mkdirSync(path.join(userDir, 'edge-anomaly'))
    writeFileSync(path.join(userDir, 'edge-anomaly', 'models'), 'in the way')
    flow = await Flow.load([MODEL, ...CHAIN, ...WATCH], userDir)
    await feed(0, 5)
    assert.equal(errors().length, 5)
    assert.match(errors()[0]!, /edge-anomaly\/models\/press.*may read it/)
  })

  it('torn parts: each is named with what to do, and the chain learns anew', async () => {
    flow = await Flow.load([MODEL, ...CHAIN, ...WATCH], userDir)
    await feed(0, 40)
    await flow.unload()
    const parts = partFiles().filter((file) => path.basename(path.dirname(file)) === 'parts')
    assert.equal(parts.length, 2)
    for (const file of parts) truncateSync(file, Math.floor(readFileSync(file).length / 2))
    flow = await Flow.load([MODEL, ...CHAIN, ...WATCH], userDir)
    await feed(100, 150)
    for (const file of parts)
      assert.deepEqual(logged().filter((text) => text.startsWith(path.basename(file)) && /cut off.*learn again/.test(text)).length, 1) // prettier-ignore
    assert.deepEqual(scored(), range(100, 150))
    assert.deepEqual(flow.at('out').map(({ anomaly }) => anomaly!.inSample), range(0, 50).map((i) => i < ROWS)) // prettier-ignore
    assert.deepEqual(errors(), [])
  })

  it('a model that is missing or disabled: each message fails once, naming the setting; others go on', async () => {
    flow = await Flow.load([...CHAIN, { id: 'second', type: 'anomaly-scaler', rows: '10', wires: [['out2']] }, ...WATCH], userDir) // prettier-ignore
    await feed(0, 5)
    await feed(0, 12, 'second')
    assert.equal(errors().length, 5)
    assert.match(errors()[0]!, /^ConfigError: Model: .*missing or disabled; choose another/)
    assert.deepEqual(new Set(flow.at('errors').map(({ _msgid }) => _msgid)).size, 5)
    assert.equal(flow.at('out2').length, 12)
  })

  it('a model whose settings are wrong: each message fails once, and says where to look', async () => {
    for (const wrong of [{ bundle: '' }, { rows: '1' }]) {
      flow = await Flow.load([{ ...MODEL, ...wrong }, ...CHAIN, ...WATCH], userDir)
      await feed(0, 5)
      assert.equal(errors().length, 5)
      assert.match(
        errors()[0]!,
        /^ConfigError: Model: a setting of the model node it names is wrong or missing/,
      )
      await flow.unload()
    }
    flow = await Flow.load([...WATCH], userDir)
  })

  it('two nodes that claim one part of a model: the second is refused by name, the first goes on', async () => {
    const second = { id: 'second', name: 'other', type: 'anomaly-scaler', model: 'model', wires: [['out2']] }
    flow = await Flow.load([MODEL, ...CHAIN, second, ...WATCH], userDir)
    await feed(0, 40)
    await feed(0, 40, 'second')
    await feed(40, 50)
    assert.equal(errors().length, 40)
    assert.match(
      errors()[0]!,
      /^ConfigError: press: stream "fan" already has a scaler.*node scaler.*own model/,
    )
    assert.deepEqual(scored(), range(0, 50))
    assert.equal(flow.at('out2').length, 0)
  })
})
