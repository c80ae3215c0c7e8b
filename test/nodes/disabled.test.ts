import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { judged } from '../core/alarm/watching'
import { featureFrame, gaussian } from './flow'
import { startNodeRed, type FlowNode, type NodeRedProcess } from '../node-red'

const at = { z: 'tab', x: 100, y: 100 }
const FLOWS: readonly FlowNode[] = [
  { id: 'tab', type: 'tab', label: 'alarm' },
  { id: 'shown', type: 'tab', label: 'shown' },
  { id: 'in', type: 'test-in', ...at, z: 'shown', wires: [['link']] },
  { id: 'link', type: 'link out', z: 'shown', x: 1, y: 1, mode: 'link', links: ['linked'], wires: [] },
  { id: 'linked', type: 'link in', ...at, links: ['link'], wires: [['bell']] },
  { id: 'bell', type: 'anomaly-alert', ...at, latch: true, keep: '0', wires: [['events'], ['level']] },
  { id: 'model', type: 'anomaly-model', bundle: 'shared', rows: '30' },
  { id: 'frames', type: 'test-in', ...at, wires: [['own', 'sharing']] },
  { id: 'own', type: 'anomaly-scaler', ...at, rows: '30', wires: [[]] },
  { id: 'sharing', type: 'anomaly-mahalanobis', ...at, model: 'model', wires: [[]] },
  { id: 'events', type: 'test-out', ...at, z: 'shown', wires: [] },
  { id: 'level', type: 'test-out', ...at, z: 'shown', wires: [] },
]
/** A deploy does not wait for the disk. */
async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 250 && !holds(); i++) await sleep(20)
  assert.ok(holds())
}
const change = (id: string, settings: Readonly<Record<string, unknown>>): readonly FlowNode[] =>
  FLOWS.map((node) => (node.id === id ? { ...node, ...settings } : node))

describe('a disabled node', function () {
  this.timeout(60_000)
  let nodeRed: NodeRedProcess

  beforeEach(async () => {
    nodeRed = await startNodeRed({ flows: FLOWS })
    await nodeRed.next('level', ({ payload }) => payload === false)
    for (const score of [12, 1]) await nodeRed.send('in', { topic: 'fan', anomaly: judged(score) })
    await nodeRed.next('level', ({ payload }) => payload === true)
    nodeRed.clear()
  })
  afterEach(() => nodeRed.stop())

  const stateFile = (): string => path.join(nodeRed.userDir, 'edge-anomaly', 'state', 'bell.json')

  for (const [what, flows, type] of [
    ['the node', change('bell', { d: true }), 'nodes'],
    ['its tab', change('tab', { disabled: true }), 'flows'],
  ] as const) {
    it(`keeps what it knew, and tells the level when it is back: ${what}`, async () => {
      await nodeRed.deploy(flows, type)
      await until(() => existsSync(stateFile()))
      await nodeRed.deploy(FLOWS, type)
      assert.equal((await nodeRed.next('level'))['payload'], true)
      await nodeRed.send('in', { topic: 'fan', ack: true })
      const events = await nodeRed.firstMessages('events', 2)
      assert.deepEqual(
        events.map(({ payload }) => (payload as { kind: string }).kind),
        ['acknowledged', 'end'],
      )
    })
  }

  it('keeps what it learned for itself alone until it is deleted; what it learned into a model stays', async () => {
    const random = gaussian(3)
    const frames = Array.from({ length: 31 }, (_, i) => ({ topic: 'fan', payload: featureFrame(i, random) }))
    await nodeRed.send('frames', ...frames)
    const models = (): readonly string[] => {
      const folder = path.join(nodeRed.userDir, 'edge-anomaly', 'models')
      return existsSync(folder) ? readdirSync(folder).sort() : []
    }
    await until(() => models().length === 2)
    assert.deepEqual(models(), ['node-own', 'shared'])
    await nodeRed.deploy(change('own', { d: true }), 'nodes')
    await nodeRed.deploy(FLOWS, 'nodes')
    assert.deepEqual(models(), ['node-own', 'shared'])
    await nodeRed.deploy(
      FLOWS.filter(({ id }) => id !== 'own' && id !== 'sharing'),
      'nodes',
    )
    await until(() => models().length === 1)
    assert.deepEqual(models(), ['shared'])
  })

  it('leaves nothing behind once it is deleted', async () => {
    await nodeRed.deploy(
      FLOWS.filter(({ id }) => id !== 'bell'),
      'nodes',
    )
    await until(() => !existsSync(stateFile()))
  })
})
