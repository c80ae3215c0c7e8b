import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
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

/** Files of the examples that a Node-RED was started with, by any test of this run. */
export const deployedExamples = new Set<string>()

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

/** The flow with a probe of this name on the first output of each node of a type, beside what the flow shows. */
export function tap(flows: readonly FlowNode[], type: string, name: string): FlowNode[] {
  const wired = flows.map((node) => {
    if (node.type !== type) return node
    const [first, ...others] = node['wires'] as string[][]
    return { ...node, wires: [[...first!, name], ...others] }
  })
  return [...wired, { id: name, type: 'test-out', z: flows[0]!.id, x: 9, y: 9, wires: [] }]
}

/** With a probe `verdicts` on what reaches `alert` from the learned model. */
export const withVerdicts = (flows: readonly FlowNode[]): FlowNode[] =>
  tap(flows, 'anomaly-threshold-calibrate', 'verdicts')

/** The id of the node of this name: names are not unique among several examples. */
export function idOf(flows: readonly FlowNode[], name: string): string {
  const found = flows.filter((node) => node['name'] === name)
  assert.equal(found.length, 1, `nodes named ${name}`)
  return found[0]!.id
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

/** Starts Node-RED with one example or several, and notes which. */
export async function startExamples(options: NodeRedOptions): Promise<NodeRedProcess> {
  const nodeRed = await startNodeRed(options)
  const ids = new Set(options.flows?.map(({ id }) => id))
  for (const file of exampleFiles) if (ids.has(readExample(file)[0]!.id)) deployedExamples.add(file)
  return nodeRed
}

/** Starts Node-RED for the test that calls the function given back, and stops it after that test. To be called in a `describe`. */
export function nodeRedOfEachTest(): (options: NodeRedOptions) => Promise<NodeRedProcess> {
  let running: NodeRedProcess | undefined
  afterEach(async () => {
    await running?.stop()
    running = undefined
  })
  return async (options) => (running = await startExamples(options))
}

export const verdictOf = (message: Message): Verdict => message['anomaly'] as Verdict
/** A frame as it arrives at a probe. */
export interface SeenFrame {
  readonly channels: string[]
  readonly data: Float32Array
  readonly start: number
  readonly rate?: number
  readonly contract?: readonly string[]
}
export const frameOf = (message: Message): SeenFrame => message['payload'] as never
/** Undefined for what is no event: an order that is passed on. */
export const kindOf = (message: Message): unknown =>
  (message['payload'] as Record<string, unknown> | undefined)?.['kind']

/**
 * Until each alarm that began at these probes has ended, and then forgets them: each hundredth window of a calm machine is flagged, as
 * asked.
 */
export async function calm(nodeRed: NodeRedProcess, ...probes: readonly string[]): Promise<void> {
  const on = (probe: string): number =>
    nodeRed
      .messages(probe)
      .reduce((sum, message) => sum + ({ begin: 1, end: -1 }[String(kindOf(message))] ?? 0), 0)
  while (probes.some((probe) => on(probe) > 0)) await sleep(20)
  nodeRed.clear()
}

/** The text of the first alarm at `probe` that a score begins: neither a missing sample nor a fault of the sensor. */
export async function anomalyAt(
  nodeRed: NodeRedProcess,
  probe = 'what happened',
  timeout = 20_000,
): Promise<string> {
  const event = await nodeRed.next(
    probe,
    (message) => kindOf(message) === 'begin' && eventOf(message).reason === 'ANOMALY',
    timeout,
  )
  assert.match(eventOf(event).text, /: anomaly\. Score \S+, threshold \S+, mostly /)
  return eventOf(event).text
}

export const eventOf = (
  message: Message,
): { readonly kind: string; readonly reason: string; readonly text: string; readonly model?: string } =>
  message['payload'] as never
