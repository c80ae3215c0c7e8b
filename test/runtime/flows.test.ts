import assert from 'node:assert/strict'
import type { NodeAPI, NodeDef } from 'node-red'
import { isInFlows } from '../../src/runtime/flows'

const flowsOf = (...ids: readonly string[]): NodeAPI =>
  ({
    nodes: { eachNode: (see: (node: NodeDef) => void) => ids.forEach((id) => see({ id } as NodeDef)) },
  }) as unknown as NodeAPI

describe('nodes of the flows', () => {
  it('holds a node, and one of a subflow as long as the instance and the subflow are there', () => {
    const red = flowsOf('a', 'inst', 'inner', 'node', 'with-dash')
    for (const id of ['a', 'inst-node', 'inst-inner-node', 'with-dash', 'inst-with-dash'])
      assert.equal(isInFlows(red, id), true, id)
    for (const id of ['b', 'inst-gone', 'gone-node', 'inst-gone-node', 'with', 'dash', 'inst-'])
      assert.equal(isInFlows(red, id), false, id)
  })
})
