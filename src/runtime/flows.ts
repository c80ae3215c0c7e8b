import type { NodeAPI } from 'node-red'

/**
 * True where the flows hold this node, disabled ones and those on disabled tabs too: to Node-RED they are removed like
 * deleted ones. A node of a subflow is called `<id of the instance>-<id in the subflow>`, which may go on like that.
 */
export function isInFlows(red: NodeAPI, id: string): boolean {
  const ids = new Set<string>()
  red.nodes.eachNode((node) => ids.add(node.id))
  const has = (wanted: string): boolean =>
    ids.has(wanted) ||
    [...wanted.matchAll(/-/g)].some(
      ({ index }) => ids.has(wanted.slice(0, index)) && has(wanted.slice(index + 1)),
    )
  return has(id)
}
