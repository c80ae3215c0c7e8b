import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { judged } from '../core/alarm/watching'
import { startNodeRed, type FlowNode, type NodeRedProcess } from '../node-red'

const at = { z: 'tab', x: 100, y: 100 }
const FLOWS: readonly FlowNode[] = [
  { id: 'tab', type: 'tab', label: 'alarm' },
  { id: 'shown', type: 'tab', label: 'shown' },
  { id: 'in', type: 'test-in', ...at, z: 'shown', wires: [['link']] },
  { id: 'link', type: 'link out', z: 'shown', x: 1, y: 1, mode: 'link', links: ['linked'], wires: [] },
  { id: 'linked', type: 'link in', ...at, links: ['link'], wires: [['bell']] },
  { id: 'bell', type: 'anomaly-alert', ...at, latch: true, keep: '0', wires: [['events'], ['level']] },
  { id: 'events', type: 'test-out', ...at, z: 'shown', wires: [] },
  { id: 'level', type: 'test-out', ...at, z: 'shown', wires: [] },
]
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
      assert.ok(existsSync(stateFile()))
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

  it('leaves nothing behind once it is deleted', async () => {
    await nodeRed.deploy(
      FLOWS.filter(({ id }) => id !== 'bell'),
      'nodes',
    )
    assert.equal(existsSync(stateFile()), false)
  })
})
