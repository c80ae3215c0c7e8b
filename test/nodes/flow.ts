import helper from 'node-red-node-test-helper'
import type { Node, NodeAPI } from 'node-red'
import type { EventEmitter } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Frame } from '../../src/core/frame'
import { Random } from '../../src/core/random'
import type { Bundle } from '../../src/model/bundle'
import type { Message } from '../../src/runtime/message'
import { modelStoreOf } from '../../src/runtime/model-store'
import { nodeRedModule, packageRoot } from '../node-red'
import { nodeTypes } from './node-types'

type Register = (red: NodeAPI) => void

/** The node of this type, straight from its source. */
function registerOf(name: string): Register {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- found by its name at run time
  return require(path.join(packageRoot, 'nodes', name, name)) as Register
}

/** Configuration nodes of Node-RED's own and the files they are in. */
const CORE: Readonly<Record<string, string>> = { 'mqtt-broker': '10-mqtt.js', 'tls-config': '05-tls.js' }
const CONFIG_TYPES: ReadonlySet<string> = new Set(['anomaly-model', ...Object.keys(CORE)])

/** A node of Node-RED's own, of the version under test. */
function coreNode(name: string): Register {
  const file = require.resolve(`@node-red/nodes/core/network/${name}`, { paths: [nodeRedModule] })
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- found by its path at run time
  return require(file) as Register
}

export interface FlowDefinition {
  readonly id: string
  readonly type: string
  readonly wires?: readonly (readonly string[])[]
  readonly [setting: string]: unknown
}

/** What the types of the helper leave out. */
interface Deploying {
  setFlows(nodes: readonly FlowDefinition[], type: string): Promise<void>
}

/** What one node sent, and what the runtime said of it. */
export class Flow {
  private constructor(readonly userDir: string) {}

  /** Loads a flow of real nodes into a runtime in this process. `helper` nodes named `out…` collect what they get. */
  static async load(
    nodes: readonly FlowDefinition[],
    userDir?: string,
    credentials: Readonly<Record<string, Readonly<Record<string, string>>>> = {},
  ): Promise<Flow> {
    helper.init(path.join(nodeRedModule, 'lib', 'red.js'))
    const folder = userDir ?? mkdtempSync(path.join(os.tmpdir(), 'anomaly-flow-'))
    helper.settings({ userDir: folder })
    const flow = new Flow(folder)
    const core = Object.entries(CORE).filter(([type]) => nodes.some((node) => node.type === type))
    const used = nodeTypes.filter(({ type }) => nodes.some((node) => node.type === type))
    await helper.load(
      [...core.map(([, file]) => coreNode(file)), ...used.map(({ name }) => registerOf(name))],
      placed(nodes),
      credentials,
    )
    flow.listen(nodes)
    return flow
  }

  /** Deploys other nodes in place of these, of the same types, as the editor does. */
  async deploy(nodes: readonly FlowDefinition[], type: 'full' | 'flows' | 'nodes' = 'full'): Promise<void> {
    await (helper as unknown as Deploying).setFlows(placed(nodes), type)
    this.listen(nodes)
  }

  private listen(nodes: readonly FlowDefinition[]): void {
    for (const { id, type } of nodes) {
      if (type !== 'helper') continue
      const node = helper.getNode(id)
      node.removeAllListeners('input')
      node.on('input', (message: unknown) => this.collect(id, message as Message))
    }
  }

  private readonly collected = new Map<string, Message[]>()

  private collect(id: string, message: Message): void {
    this.at(id).push(message)
  }

  /** Everything that arrived at a helper node so far. */
  at(id: string): Message[] {
    let list = this.collected.get(id)
    if (list === undefined) {
      list = []
      this.collected.set(id, list)
    }
    return list
  }

  /** What a node wrote to the log, oldest first. */
  logged(id: string): string[] {
    const entries = helper.log().args.map(([entry]) => entry as { id?: string; msg?: unknown })
    return entries.flatMap((entry) => (entry.id === id ? [String(entry.msg)] : []))
  }

  node(id: string): Node {
    return helper.getNode(id)
  }

  send(id: string, message: Message): void {
    helper.getNode(id).receive(message as never)
  }

  /** What all nodes have written to the log so far at this level. */
  loggedAt(level: 'warn' | 'error'): readonly string[] {
    const number = { warn: 30, error: 20 }[level]
    const entries = helper.log().args.map(([entry]) => entry as { level: number; id?: string; msg: unknown })
    return entries.flatMap(({ level: each, id, msg }) =>
      each === number && id !== undefined ? String(msg) : [],
    )
  }

  /** Waits until nothing is on its way any more: Node-RED delivers by setImmediate, one per hop. */
  async settle(turns = 50): Promise<void> {
    for (let i = 0; i < turns; i++) await new Promise(setImmediate)
  }

  /** Waits until what the nodes have learned so far is on the disk, however slow that is. */
  async saved(): Promise<void> {
    const { bundles } = modelStoreOf(this.runtime) as unknown as { bundles: ReadonlyMap<string, Bundle> }
    // What was saved may have let a node go on to the next thing to save.
    for (let round = 0; round < 3; round++) {
      await this.settle()
      await Promise.all([...bundles.values()].map((bundle) => bundle.idle()))
    }
    await this.settle()
  }

  /** What all nodes of this user directory share. */
  get runtime(): NodeAPI {
    return { events: runtimeEvents(), settings: { userDir: this.userDir } } as unknown as NodeAPI
  }

  /** Ends the nodes; the user directory stays for the next load. */
  async unload(): Promise<void> {
    await helper.unload()
  }

  async end(): Promise<void> {
    await helper.unload()
    rmSync(this.userDir, { recursive: true, force: true })
  }
}

/** On one tab. A node without a place is a configuration node. */
function placed(nodes: readonly FlowDefinition[]): readonly FlowDefinition[] {
  const each = nodes.map((node) => (CONFIG_TYPES.has(node.type) ? node : { x: 1, y: 1, z: 'tab', ...node }))
  return [{ id: 'tab', type: 'tab' }, ...each]
}

/** The events that all nodes of the runtime share. */
export function runtimeEvents(): EventEmitter {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- whichever Node-RED the tests run on
  return (require(path.join(nodeRedModule, 'lib', 'red.js')) as { events: EventEmitter }).events
}

/** Deterministic standard normal numbers. */
export function gaussian(seed: number): () => number {
  const random = new Random(seed)
  return () => random.normal()
}

/** A one-row frame of features, one window of a second after the other. */
export function featureFrame(i: number, random: () => number, shift = 0): Frame {
  return {
    channels: ['ax.log_rms', 'ay.log_rms', 'az.log_rms'],
    start: 1_700_000_000_000 + 1000 * i,
    end: 1_700_000_000_000 + 1000 * (i + 1),
    data: Float32Array.from([random() + shift, 2 * random() + shift, 0.5 * random() + shift]),
    contract: ['source ax,ay,az g 200 Hz', 'window 200', 'features v1'],
  }
}
