import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Message } from '../../src/runtime/message'
import { Flow, featureFrame, gaussian, type FlowDefinition } from './flow'

const MODEL = {
  id: 'model',
  type: 'anomaly-model',
  bundle: '${MODEL}',
  rows: '${N}',
  calibrationRows: '${M}',
}
/** A chain that learns, every setting of which comes from the instance. */
const SUBFLOW: readonly FlowDefinition[] = [
  {
    id: 'sub',
    type: 'subflow',
    name: 'guard',
    in: [{ x: 1, y: 1, wires: [{ id: 'scaler' }] }],
    out: [{ x: 1, y: 1, wires: [{ id: 'threshold', port: 0 }] }],
  },
  { id: 'scaler', type: 'anomaly-scaler', z: 'sub', model: 'model', method: '${METHOD}', wires: [['detector']] },
  { id: 'detector', type: 'anomaly-mahalanobis', z: 'sub', model: 'model', wires: [['threshold']] },
  { id: 'threshold', type: 'anomaly-threshold-calibrate', z: 'sub', model: 'model', alpha: '${ALPHA}', wires: [[], []] },
] // prettier-ignore

type Env = Readonly<Record<string, string>>
const ONE: Env = { MODEL: 'pump-1', N: '30', M: '20', METHOD: 'standard', ALPHA: '5' }
const TWO: Env = { MODEL: 'pump-2', N: '45', M: '25', METHOD: 'robust', ALPHA: '10' }

/** Two instances, `one` and `two`, between `in1` and `out1`, `in2` and `out2`. */
function instances(first: Env, second: Env): readonly FlowDefinition[] {
  const instance = (id: string, values: Env, out: string): FlowDefinition => ({
    id,
    type: 'subflow:sub',
    env: Object.entries(values).map(([name, value]) => ({ name, type: 'str', value })),
    wires: [[out]],
  })
  return [
    instance('one', first, 'out1'),
    instance('two', second, 'out2'),
    { id: 'in1', type: 'helper', wires: [['one']] },
    { id: 'in2', type: 'helper', wires: [['two']] },
    ...['out1', 'out2', 'errors'].map((id) => ({ id, type: 'helper' })),
    { id: 'catch', type: 'catch', scope: null, uncaught: false, wires: [['errors']] },
  ]
}

const numbersOf = (messages: readonly Message[]): unknown[] => messages.map(({ i }) => i)
const range = (first: number, end: number): number[] =>
  Array.from({ length: end - first }, (_, i) => first + i)
const errorsOf = (flow: Flow): string[] =>
  flow.at('errors').map(({ error }) => (error as { message: string }).message)

describe('a learning chain in a subflow', function () {
  this.timeout(30_000)
  let flow: Flow
  afterEach(() => flow.end())

  function feed(into: 'in1' | 'in2', first: number, end: number, seed: number, topic = 'fan'): void {
    const random = gaussian(seed)
    for (let i = first; i < end; i++)
      flow.node(into).send({ topic, i, payload: featureFrame(i, random, seed) })
  }

  async function arrived(id: string, count: number): Promise<readonly Message[]> {
    for (const end = Date.now() + 10_000; flow.at(id).length < count && Date.now() < end;) await sleep(5)
    assert.equal(flow.at(id).length, count, errorsOf(flow).join('\n'))
    return flow.at(id)
  }

  /** How many windows were learned from and calibrated with, and what scored the last. */
  function learned(messages: readonly Message[]): unknown {
    const verdicts = messages.map(({ anomaly }) => anomaly!)
    const first = verdicts.findIndex(({ reason }) => reason !== 'LEARNING')
    const { model, contract } = verdicts.at(-1)!
    const [scaler = ''] = contract.filter((line) => line.startsWith('scaler'))
    return {
      rows: verdicts.filter(({ inSample }) => inSample).length,
      calibrated: first,
      model: model!.name,
      scaler: scaler.replace(/#.*/, ''),
    }
  }

  it('has in each instance the model and the settings of its environment, also after a restart', async () => {
    const nodes = [...SUBFLOW, { ...MODEL, z: 'sub' }, ...instances(ONE, TWO)]
    flow = await Flow.load(nodes)
    feed('in1', 0, 120, 1)
    feed('in2', 0, 120, 2)
    const [one, two] = [await arrived('out1', 120), await arrived('out2', 120)]
    assert.deepEqual(errorsOf(flow), [])
    for (const messages of [one, two]) {
      assert.deepEqual(numbersOf(messages), range(0, 120))
      assert.ok(messages.every(({ payload }) => Number.isFinite(payload)))
    }
    const first = {
      rows: 30,
      calibrated: 50,
      model: 'pump-1',
      scaler: 'scaler standard',
    }
    const second = {
      rows: 45,
      calibrated: 70,
      model: 'pump-2',
      scaler: 'scaler robust',
    }
    assert.deepEqual([learned(one), learned(two)], [first, second])
    // The ceil(0.95 · 21) = 20th smallest of 20 scores, the ceil(0.9 · 26) = 24th smallest of 25.
    const thresholdOf = (messages: readonly Message[], from: number, to: number, rank: number): number =>
      messages.slice(from, to).map(({ payload }) => Number(payload)).sort((a, b) => a - b)[rank - 1]! // prettier-ignore
    assert.equal(one.at(-1)!.anomaly!.threshold, thresholdOf(one, 30, 50, 20))
    assert.equal(two.at(-1)!.anomaly!.threshold, thresholdOf(two, 45, 70, 24))
    const lines = [one, two].map((messages) => messages.at(-1)!.anomaly!.contract)

    await flow.unload()
    const models = path.join(flow.userDir, 'edge-anomaly', 'models')
    assert.deepEqual(readdirSync(models).sort(), ['pump-1', 'pump-2'])
    flow = await Flow.load(nodes, flow.userDir)
    feed('in1', 120, 125, 1)
    feed('in2', 120, 125, 2)
    const after = [await arrived('out1', 5), await arrived('out2', 5)]
    assert.deepEqual(
      after.map((messages) => messages.at(-1)!.anomaly!.contract),
      lines,
    )
    assert.deepEqual(
      after.map((messages) => messages.at(-1)!.anomaly!.model),
      [
        { name: 'pump-1', version: 1 },
        { name: 'pump-2', version: 1 },
      ],
    )
    assert.deepEqual(
      after.map((messages) => messages.at(-1)!.anomaly!.threshold),
      [one, two].map((messages) => messages.at(-1)!.anomaly!.threshold),
    )
  })

  it('without a model of its own, has one in each instance for itself, also after a restart', async () => {
    const own = SUBFLOW.map(({ model, ...node }) => (model === undefined ? node : { ...node, rows: '${N}' }))
    const nodes = [...own, ...instances({ ...ONE, N: '30' }, { ...TWO, N: '45' })]
    flow = await Flow.load(nodes)
    feed('in1', 0, 120, 1)
    feed('in2', 0, 120, 2)
    const [one, two] = [await arrived('out1', 120), await arrived('out2', 120)]
    assert.deepEqual(errorsOf(flow), [])
    const rowsOf = (messages: readonly Message[]): number =>
      messages.filter(({ anomaly }) => anomaly!.inSample).length
    assert.deepEqual([rowsOf(one), rowsOf(two)], [30, 45])
    const lines = [one, two].map((messages) => messages.at(-1)!.anomaly!.contract)
    await flow.unload()
    flow = await Flow.load(nodes, flow.userDir)
    feed('in1', 120, 121, 1)
    feed('in2', 120, 121, 2)
    const after = [await arrived('out1', 1), await arrived('out2', 1)]
    assert.deepEqual(
      after.map(([message]) => message!.anomaly!.contract),
      lines,
    )
  })

  it('with one model for all instances, learns a stream in the first only: the second names it, and what to do', async () => {
    const shared = { ...MODEL, bundle: 'pumps', rows: '30', calibrationRows: '20' }
    flow = await Flow.load([...SUBFLOW, shared, ...instances(ONE, TWO)])
    feed('in1', 0, 60, 1)
    assert.deepEqual(numbersOf(await arrived('out1', 60)), range(0, 60))
    feed('in2', 0, 3, 2)
    await arrived('errors', 3)
    assert.equal(flow.at('out1').at(-1)!.anomaly!.model!.name, 'pumps')
    for (const { error, i } of flow.at('errors')) {
      const { message, source } = error as { message: string; source: { id: string; type: string } }
      assert.equal(
        message,
        'ConfigError: pumps: stream "fan" already has a scaler in this model (node one-scaler); give each chain its own model, or each its own topic',
      )
      assert.deepEqual([source.id, source.type], ['two-scaler', 'anomaly-scaler'])
      assert.ok(Number(i) < 3)
    }
    assert.deepEqual(flow.at('out2'), [])
    // Another topic is learned there, and the first instance goes on.
    feed('in2', 3, 63, 2, 'other')
    feed('in1', 60, 70, 1)
    const two = await arrived('out2', 60)
    assert.deepEqual(numbersOf(await arrived('out1', 70)), range(0, 70))
    assert.deepEqual(numbersOf(two), range(3, 63))
    assert.deepEqual(
      two.map(({ anomaly }) => anomaly!.reason === 'LEARNING'),
      range(0, 60).map((i) => i < 50),
    )
    assert.equal(flow.at('errors').length, 3)
  })
})
