import fs from 'node:fs'
import path from 'node:path'
import type { NodeAPI } from 'node-red'
import type { Contract } from '../core/contract'
import { Bundle } from '../model/bundle'
import { Claims } from '../model/claims'
import { dataRootOf } from './data-root'
import { PerRuntime } from './per-runtime'
import type { Role } from '../model/part'
import type { StreamKey } from './streams'

/** What reaches a learning node of one stream. */
export interface Arriving {
  readonly stream: StreamKey
  readonly contract: Contract
  readonly columns: readonly string[]
  readonly rows: number
}

/** A learning node that uses a bundle: what files of other programs are for. */
export interface LearnerAtWork {
  readonly role: Role
  /** Contract line of what it learns, without a hash. */
  readonly line: string
  arriving(): readonly Arriving[]
}

/** What all nodes of one runtime share: opened bundles, claims, who uses which bundle, who wants to know of changes. */
export class ModelStore {
  readonly claims = new Claims()
  private readonly bundles = new Map<string, Bundle>()
  private readonly users = new Map<string, Map<string, Role>>()
  private readonly listeners = new Map<string, Map<string, () => void>>()
  private readonly atWork = new Map<string, Map<string, LearnerAtWork>>()

  constructor(readonly root: string) {}

  /** The bundle of this name, opened once per runtime; it keeps as many versions as was last asked for. */
  bundle(name: string, versionsKept?: number): Bundle {
    let bundle = this.bundles.get(name)
    if (bundle === undefined) {
      bundle = Bundle.open(this.models, name, { beside: () => this.bundles.values() })
      this.bundles.set(name, bundle)
    }
    if (versionsKept !== undefined) bundle.versionsKept = versionsKept
    return bundle
  }

  /** Removes a bundle that nobody uses any more. */
  async discard(name: string): Promise<void> {
    this.bundles.delete(name)
    await fs.promises.rm(path.join(this.models, name), { recursive: true, force: true })
  }

  private get models(): string {
    return path.join(this.root, 'models')
  }

  register(name: string, role: Role, nodeId: string): void {
    entryOf(this.users, name).set(nodeId, role)
  }

  unregister(name: string, nodeId: string): void {
    this.users.get(name)?.delete(nodeId)
    this.listeners.get(name)?.delete(nodeId)
    this.atWork.get(name)?.delete(nodeId)
  }

  /** True where a running node uses this bundle in this role. */
  has(name: string, role: Role): boolean {
    return [...(this.users.get(name)?.values() ?? [])].includes(role)
  }

  offer(name: string, nodeId: string, learner: LearnerAtWork): void {
    entryOf(this.atWork, name).set(nodeId, learner)
  }

  /** The learning nodes that use this bundle. */
  learners(name: string): readonly LearnerAtWork[] {
    return [...(this.atWork.get(name)?.values() ?? [])]
  }

  onChange(name: string, nodeId: string, listener: () => void): void {
    entryOf(this.listeners, name).set(nodeId, listener)
  }

  /** Tells every node of a bundle that it was changed from outside. */
  changed(name: string): void {
    for (const listener of [...(this.listeners.get(name)?.values() ?? [])]) listener()
  }
}

function entryOf<V>(map: Map<string, Map<string, V>>, key: string): Map<string, V> {
  let entry = map.get(key)
  if (entry === undefined) {
    entry = new Map()
    map.set(key, entry)
  }
  return entry
}

const stores = new PerRuntime((red) => new ModelStore(dataRootOf(red)))

/** The bundles of this runtime. */
export function modelStoreOf(red: NodeAPI): ModelStore {
  return stores.of(red)
}
