import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Verdict } from '../../src/core/verdict'
import {
  packageRoot,
  startNodeRed,
  type FlowNode,
  type Message,
  type NodeRedOptions,
  type NodeRedProcess,
} from '../node-red'

const folder = path.join(packageRoot, 'examples')

/** Every example flow that is shipped, below `examples/`. */
export const exampleFiles: readonly string[] = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.json'))
  .sort()

/** An example's nodes as they are shipped. */
export function readExample(file: string): FlowNode[] {
  return JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as FlowNode[]
}

/**
 * An example to be deployed: debug nodes and dashboard widgets replaced by probes, and `changes` by node type or by the name of
 * a node.
 */
export function example(
  file: string,
  changes: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {},
): FlowNode[] {
  return readExample(file)
    .filter((node) => !/^ui-(base|theme|page|group)$/.test(node.type) && node.type !== 'global-config')
    .map((node) => {
      const isProbe = node.type === 'debug' || node.type.startsWith('ui-')
      return {
        ...node,
        ...changes[node.type],
        ...changes[String(node['name'])],
        ...(isProbe ? { type: 'test-out', name: node['name'] || node['label'] } : {}),
      }
    })
}

/** Presses the button of an inject node. */
export async function press(
  nodeRed: NodeRedProcess,
  flows: readonly FlowNode[],
  name: string,
): Promise<void> {
  const button = flows.find((node) => node.type === 'inject' && node['name'] === name)
  assert.ok(button, `there is a button ${name}`)
  await nodeRed.request(`/inject/${button.id}`, { method: 'POST' })
}

/** Starts Node-RED for the test that calls the function given back, and stops it after that test. To be called in a `describe`. */
export function nodeRedOfEachTest(): (options: NodeRedOptions) => Promise<NodeRedProcess> {
  let running: NodeRedProcess | undefined
  afterEach(async () => {
    await running?.stop()
    running = undefined
  })
  return async (options) => (running = await startNodeRed(options))
}

export const verdictOf = (message: Message): Verdict => message['anomaly'] as Verdict
export const frameOf = (message: Message): { channels: string[]; data: Float32Array; rate?: number } =>
  message['payload'] as never
export const kindOf = (message: Message): unknown => (message['payload'] as Record<string, unknown>)['kind']
