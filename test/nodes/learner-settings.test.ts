import assert from 'node:assert/strict'
import { Flow, featureFrame, gaussian, type FlowDefinition } from './flow'

const WATCH: readonly FlowDefinition[] = [
  { id: 'out', type: 'helper' },
  { id: 'catch', type: 'catch', scope: null, wires: [['caught']] },
  { id: 'caught', type: 'helper' },
  { id: 'status', type: 'status', scope: null, wires: [['statuses']] },
  { id: 'statuses', type: 'helper' },
]

describe('learning nodes', () => {
  let flow: Flow
  afterEach(() => flow.end())

  const shown = (): readonly unknown[] => {
    const { fill, text } = (flow.at('statuses').at(-1)?.['status'] ?? {}) as { fill?: string; text?: string }
    return [fill, text]
  }
  const becomes = async (expected: readonly [string, string]): Promise<void> => {
    for (let i = 0; i < 60 && shown()[1] !== expected[1]; i++)
      await new Promise((resolve) => setTimeout(resolve, 50))
    assert.deepEqual(shown(), expected)
  }

  for (const [type, fewest] of [
    ['scaler', 2],
    ['robust-z', 10],
    ['mahalanobis', 30],
    ['onnx-autoencoder', 30],
  ] as const) {
    it(`${type} refuses to learn from fewer windows than it can, at once, its own number and the model's`, async () => {
      flow = await Flow.load([
        { id: 'own', type: `anomaly-${type}`, rows: String(fewest - 1), wires: [[]] },
        { id: 'model', type: 'anomaly-model', bundle: 'few', rows: type === 'scaler' ? '2' : '9' },
        { id: 'of', type: `anomaly-${type}`, model: 'model', wires: [[]] },
        ...WATCH,
      ])
      for (const id of ['own', 'of']) flow.send(id, { payload: featureFrame(0, gaussian(1)) })
      await flow.settle()
      const errors = flow.at('caught').map(({ error }) => (error as Error).message)
      assert.equal(
        errors[0],
        `ConfigError: Windows to learn from must be from ${fewest} to 100000, not ${fewest - 1}`,
      )
      assert.deepEqual(
        errors.slice(1),
        type === 'scaler'
          ? []
          : [`ConfigError: Windows to learn from must be from ${fewest} to 100000, not 9`],
      )
    })
  }

  it('scaler names the field of a range that runs backwards', async () => {
    flow = await Flow.load([
      { id: 'scaler', type: 'anomaly-scaler', method: 'minmax', rangeLow: '1', rangeHigh: '0', wires: [[]] },
      ...WATCH,
    ])
    flow.send('scaler', { payload: featureFrame(0, gaussian(1)) })
    await flow.settle()
    assert.deepEqual(
      flow.at('caught').map(({ error }) => (error as Error).message),
      ['ConfigError: Range to must be above 1, not 0'],
    )
  })

  it('say in the status that there was something to warn of, after a restart too', async () => {
    const chain: readonly FlowDefinition[] = [
      { id: 'scaler', type: 'anomaly-scaler', rows: '30', wires: [['out']] },
      ...WATCH,
    ]
    flow = await Flow.load(chain)
    const random = gaussian(2)
    const frame = (i: number): object => {
      const { data, ...rest } = featureFrame(i, random)
      data[1] = 5
      return { ...rest, data }
    }
    for (let i = 0; i < 35; i++) flow.send('scaler', { topic: 'fan', payload: frame(i) })
    await becomes(['yellow', 'ready, 1 warning'])
    const { userDir } = flow
    await flow.unload()
    flow = await Flow.load(chain, userDir)
    flow.send('scaler', { topic: 'fan', payload: frame(35) })
    await becomes(['yellow', 'ready, 1 warning'])
    assert.equal(flow.at('out').at(-1)!.anomaly, undefined)
  })
})
