import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Verdict } from '../../src/core/verdict'
import { startNodeRed, type FlowNode, type Message, type NodeRedProcess } from '../node-red'
import { featureFrame, gaussian } from './flow'

const at = { z: 'tab', x: 100, y: 100 }
const FLOWS: readonly FlowNode[] = [
  { id: 'tab', type: 'tab', label: 'chain' },
  { id: 'other', type: 'tab', label: 'other' },
  { id: 'note', type: 'comment', z: 'other', name: 'one', info: '', x: 10, y: 10, wires: [] },
  { id: 'model', type: 'anomaly-model', bundle: 'redeploy', rows: '30', calibrationRows: '20' },
  { id: 'in', type: 'test-in', ...at, wires: [['scaler']] },
  { id: 'scaler', type: 'anomaly-scaler', ...at, model: 'model', wires: [['detector']] },
  { id: 'detector', type: 'anomaly-mahalanobis', ...at, model: 'model', wires: [['threshold']] },
  {
    id: 'threshold',
    type: 'anomaly-threshold-calibrate',
    ...at,
    model: 'model',
    alpha: '5',
    wires: [['out'], []],
  },
  { id: 'out', type: 'test-out', ...at, wires: [] },
]

const change = (id: string, settings: Readonly<Record<string, unknown>>): readonly FlowNode[] =>
  FLOWS.map((node) => (node.id === id ? { ...node, ...settings } : node))
const verdictOf = (message: Message): Verdict => message['anomaly'] as Verdict
const numbersOf = (messages: readonly Message[]): unknown[] => messages.map((message) => message['i'])
const range = (first: number, end: number): number[] =>
  Array.from({ length: end - first }, (_, i) => first + i)

describe('redeploy in mid-stream', function () {
  this.timeout(60_000)
  let nodeRed: NodeRedProcess
  let random: () => number

  beforeEach(async () => {
    nodeRed = await startNodeRed({ flows: FLOWS })
    random = gaussian(21)
    await feed(0, 60)
    assert.equal(verdictOf(nodeRed.messages('out').at(-1)!).reason, 'NORMAL')
  })
  afterEach(() => nodeRed.stop())

  /** Feeds frames and gives back what came out for them. */
  async function feed(first: number, end: number): Promise<readonly Message[]> {
    const before = nodeRed.messages('out').length
    await nodeRed.send(
      'in',
      ...range(first, end).map((i) => ({ topic: 'fan', i, payload: featureFrame(i, random) })),
    )
    return (await nodeRed.firstMessages('out', before + end - first)).slice(before)
  }

  for (const [type, flows] of [
    ['full', change('note', { name: 'two' })],
    ['flows', change('detector', { name: 'renamed' })],
    ['nodes', change('threshold', { name: 'renamed' })],
    ['reload', FLOWS],
  ] as const) {
    it(`${type}: what was learned goes on, bit for bit, and nothing is learned anew`, async () => {
      const before = verdictOf(nodeRed.messages('out').at(-1)!)
      await nodeRed.deploy(flows, type)
      const after = await feed(60, 90)
      assert.deepEqual(numbersOf(after), range(60, 90))
      for (const verdict of after.map(verdictOf)) {
        assert.deepEqual(verdict.contract, before.contract)
        assert.equal(verdict.threshold, before.threshold)
        assert.equal(verdict.inSample, false)
      }
    })
  }

  for (const [type, id] of [
    ['nodes', 'scaler'],
    ['nodes', 'detector'],
    ['nodes', 'threshold'],
    ['flows', 'threshold'],
    ['full', 'note'],
  ] as const) {
    it(`${type}, with another ${id}, while it calibrates what it has learned anew: goes on to the new model`, async () => {
      const before = verdictOf(nodeRed.messages('out').at(-1)!)
      await nodeRed.send('in', { topic: 'fan', learn: true, payload: 0 })
      // 30 to learn from, which come once more; 5 to calibrate with.
      await nodeRed.send(
        'in',
        ...range(60, 95).map((i) => ({ topic: 'fan', i, payload: featureFrame(i, random) })),
      )
      await nodeRed.firstMessages('out', 60 + 35 + 30)
      await nodeRed.deploy(change(id, { name: 'renamed' }), type)
      const after = (await feed(95, 150)).map(verdictOf)
      const reasons = new Set(after.map(({ reason }) => reason))
      assert.ok(!reasons.has('OUT_OF_CONTRACT'), [...reasons].join())
      let last = after.at(-1)!
      // A version is named once it is on the disk.
      for (let i = 150; i < 190 && last.model!.version !== 2; i++) {
        await sleep(50)
        last = verdictOf((await feed(i, i + 1))[0]!)
      }
      assert.equal(last.threshold !== null && last.threshold !== before.threshold, true)
      assert.notDeepEqual(last.contract, before.contract)
      assert.equal(last.model!.version, 2)
    })
  }

  it('nodes: a detector that is changed while it holds windows back answers for them', async () => {
    await nodeRed.send('in', { topic: 'pump', forget: true })
    await nodeRed.send(
      'in',
      ...range(60, 80).map((i) => ({ topic: 'pump', i, payload: featureFrame(i, random) })),
    )
    await nodeRed.deploy(change('scaler', { name: 'renamed' }), 'nodes')
    const held = await nodeRed.firstMessages('out', 60 + 21)
    assert.deepEqual(
      held.slice(61).map((message) => [message['i'], verdictOf(message).reason]),
      range(60, 80).map((i) => [i, 'LEARNING']),
    )
  })

  it('nodes: another scaling makes the chain learn anew, and no part is used on what it was not fitted on', async () => {
    const old = verdictOf(nodeRed.messages('out').at(-1)!).contract
    await nodeRed.deploy(change('scaler', { method: 'robust' }), 'nodes')
    const after = await feed(60, 130)
    assert.deepEqual(numbersOf(after), range(60, 130))
    const verdicts = after.map(verdictOf)
    assert.deepEqual(
      verdicts.map((verdict) => verdict.inSample),
      range(0, 70).map((i) => i < 30),
    )
    assert.deepEqual(
      verdicts.map((verdict) => verdict.reason === 'LEARNING'),
      range(0, 70).map((i) => i < 50),
    )
    const contracts = new Set(verdicts.map((verdict) => verdict.contract.join('|')))
    assert.equal(contracts.size, 1)
    assert.match([...contracts][0]!, /scaler robust#/)
    assert.notEqual([...contracts][0], old.join('|'))
  })

  it('nodes: a scaling that was learned before is taken up again when it is set back', async () => {
    const old = verdictOf(nodeRed.messages('out').at(-1)!)
    await nodeRed.deploy(change('scaler', { method: 'robust' }), 'nodes')
    await feed(60, 130)
    await nodeRed.request('/edge-anomaly/models/redeploy/rollback', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ topic: 'fan', version: 1 }),
    })
    await nodeRed.deploy(FLOWS, 'nodes')
    const back = (await feed(130, 140)).map(verdictOf)
    assert.ok(back.every((verdict) => verdict.contract.join('|') === old.contract.join('|')))
    assert.ok(back.every((verdict) => verdict.threshold === old.threshold))
  })
})
