import { hashOf, sameContract, startsWith, type Contract } from '../core/contract'
import { ConfigError } from '../core/errors'
import { contractOf, rowCount, type Frame } from '../core/frame'
import type { Bundle, Calibration } from '../model/bundle'
import { takesGiven } from '../model/import/given-line'
import type { NamedPart } from '../model/named-part'
import { hashPart, type PartFile, type Role } from '../model/part'
import type { Config } from './define-node'
import type { Host } from './host'
import { modelStoreOf, type Arriving } from './model-store'
import { isEmpty } from '../core/read-settings'
import { streamKey, type StreamKey } from './streams'

export type { Role, PartFile, Calibration }

/** A part as it was kept, with its name. */
export type KeptPart = NamedPart

/** What the model node offers to the nodes that use it. */
export interface ModelNode {
  readonly bundleName: string
  /** Frames in a learning block. */
  readonly rows: number
  /** Windows in a calibration. */
  readonly calibrationRows: number
  readonly versionsKept: number
}

/** Streams of which is remembered what arrives. */
const MAX_ARRIVING = 1000

export const DEFAULT_ROWS = 60
export const DEFAULT_CALIBRATION_ROWS = 99

function isModel(node: object): node is ModelNode {
  return 'bundleName' in node
}

/** The bundle of a node that has chosen no model. */
function privateName(host: Host): string {
  return `node-${host.node.id.replace(/[^\w.-]/g, '_')}`
}

/** A learning node's view of its bundle: the one of its model node, or a private one where no model node is chosen. */
export class ModelAccess {
  readonly name: string
  readonly rows: number
  readonly calibrationRows: number
  private readonly isPrivate: boolean
  private bundle?: Bundle
  private readonly arriving = new Map<string, Arriving>()
  /** Streams whose removal from the disk is under way. */
  private readonly forgetting: string[] = []

  constructor(
    private readonly host: Host,
    private readonly role: Role,
    model: ModelNode | undefined,
    private readonly versionsKept: number,
  ) {
    this.isPrivate = model === undefined
    this.name = model?.bundleName ?? privateName(host)
    this.rows = model?.rows ?? DEFAULT_ROWS
    this.calibrationRows = model?.calibrationRows ?? DEFAULT_CALIBRATION_ROWS
    modelStoreOf(host.red).register(this.name, role, host.node.id)
  }

  /** Opens the bundle that the config's `model` names. @throws ConfigError where that node is missing or disabled */
  static of(config: Config, role: Role, host: Host): ModelAccess {
    const id = config['model']
    if (isEmpty(id)) return new ModelAccess(host, role, undefined, 5)
    const node = host.red.nodes.getNode(String(id)) as object | null | undefined
    const field = host.text('model.modelField')
    if (node === null || node === undefined) throw new ConfigError('model.disabled', { field })
    // The node is there, but has refused its own settings.
    if (!isModel(node)) throw new ConfigError('model.badSettings', { field })
    return new ModelAccess(host, role, node, node.versionsKept)
  }

  /**
   * Parts of a stream that a learner with this contract line made before, or that were imported for it, newest first: of the chain
   * that is being learned, and of the version in use.
   */
  partsOf(stream: StreamKey, line: string): readonly KeptPart[] {
    if (this.isForgetting(stream)) return []
    const bundle = this.open()
    const chains = [bundle.draft(stream), bundle.current(stream)]
    for (const warning of bundle.takeWarnings()) this.host.warn(warning.key, warning.params)
    const hashes = chains.flatMap((manifest) =>
      (manifest?.contract ?? []).flatMap((entry) => this.hashFor(line, entry) ?? []),
    )
    return [...new Set(hashes)].flatMap((hash) => this.load(hash) ?? [])
  }

  /** The part that a learner with this line, or a file, gave for just this contract, of a version that is kept but not in use. */
  partFor(stream: StreamKey, line: string, contract: Contract): KeptPart | undefined {
    if (this.isForgetting(stream)) return undefined
    const bundle = this.open()
    const atWork = [bundle.draft(stream), bundle.current(stream)]
    for (const manifest of bundle.manifests(stream)) {
      if (atWork.includes(manifest) || !startsWith(manifest.contract, contract)) continue
      const hash = this.hashFor(line, manifest.contract[contract.length] ?? '')
      if (hash !== undefined) return this.load(hash)
    }
    return undefined
  }

  private hashFor(line: string, entry: string): string | undefined {
    const kind = entry.replace(/#[0-9a-f]{16}$/, '')
    return kind === line || takesGiven(line, kind) ? hashOf(entry) : undefined
  }

  private load(hash: string): KeptPart | undefined {
    try {
      return { ...this.open().load(hash), hash }
    } catch (error) {
      this.host.error(error)
      return undefined
    }
  }

  /** The calibrations that are kept of a stream: that of the version in use first. */
  calibrationsOf(stream: StreamKey): readonly Calibration[] {
    if (this.isForgetting(stream)) return []
    return this.open()
      .manifests(stream)
      .flatMap(({ calibration }) => calibration ?? [])
  }

  /** True where a learning run came as far as this contract before it was interrupted. */
  awaits(stream: StreamKey, contract: Contract): boolean {
    if (this.isForgetting(stream)) return false
    const draft = this.open().draft(stream)
    return draft !== undefined && draft.paused !== true && sameContract(draft.contract, contract)
  }

  /** True where something has been learned for any stream. */
  get isUsed(): boolean {
    return this.open().streams().length > 0
  }

  /** Contexts of a stream that the bundle knows. */
  contextsOf(topic: string): readonly string[] {
    return this.streamsOf(topic).flatMap((stream) => (stream.topic === topic ? (stream.context ?? []) : []))
  }

  /** What the bundle knows of a stream, each context apart; '' is every stream. */
  streamsOf(topic: string): readonly StreamKey[] {
    return this.open()
      .streams()
      .filter((stream) => topic === '' || stream.topic === topic)
      .map(({ topic: name, context }) => streamKey(name, context))
  }

  /** What a verdict says of its model; version 0 while what the parts of its contract belong to is still being learned. */
  readonly modelOf = (stream: StreamKey, contract: Contract): { name: string; version: number } => {
    const current = this.open().current(stream)
    const isPart = current !== undefined && startsWith(current.contract, contract)
    return { name: this.name, version: isPart ? current.version : 0 }
  }

  hash(part: PartFile): string {
    return hashPart(part)
  }

  /** Saves a fitted part; where no threshold node shares the bundle, the detector completes the version. */
  async keep(stream: StreamKey, part: PartFile, chain: Contract): Promise<void> {
    const complete =
      this.isPrivate || (part.role === 'detector' && !modelStoreOf(this.host.red).has(this.name, 'threshold'))
    const entry = { contract: chain, complete, report: part.report, time: this.host.now() }
    await this.open().extend(stream, entry, part)
  }

  /** Saves a calibration: this completes the version. */
  async commit(stream: StreamKey, chain: Contract, calibration: Calibration): Promise<number> {
    return this.open().extend(stream, { contract: chain, complete: true, calibration, time: this.host.now() })
  }

  /** Notes that a learning run has come as far as this contract: interrupted, it begins anew here. */
  async begin(stream: StreamKey, contract: Contract): Promise<void> {
    await this.open().extend(stream, { contract, complete: false, time: this.host.now() })
  }

  /** Takes back what a run that is given up has added to the model: all that begins with this chain. */
  async takeBack(stream: StreamKey, chain: Contract): Promise<void> {
    await this.open().takeBack(stream, chain)
  }

  /** All nodes of the bundle take up what it holds now. */
  reloadAll(): void {
    modelStoreOf(this.host.red).changed(this.name)
  }

  /**
   * Forgets what this node learned of a stream, and what was built on it; what stages before it learned is kept. From the call on
   * this node is given none of it, though removing it from the disk takes a while.
   */
  async forget(stream: StreamKey, line?: string): Promise<void> {
    const [newest] = this.open().manifests(stream)
    const { contract = [] } = newest ?? {}
    const own = line === undefined ? contract.length : contract.findIndex((entry) => this.hashFor(line, entry)) // prettier-ignore
    const order = idOf(stream)
    this.forgetting.push(order)
    try {
      await this.open().forget(stream, this.isPrivate || own < 0 ? [] : contract.slice(0, own))
    } finally {
      this.forgetting.splice(this.forgetting.indexOf(order), 1)
    }
  }

  private isForgetting(stream: StreamKey): boolean {
    return this.forgetting.length > 0 && this.forgetting.includes(idOf(stream))
  }

  /** The first running chain to claim a (bundle, stream) owns it. @throws ConfigError naming the other owner */
  claim(stream: StreamKey): void {
    modelStoreOf(this.host.red).claims.claim(this.name, stream, this.role, this.host.node.id)
  }

  release(): void {
    const store = modelStoreOf(this.host.red)
    store.claims.release(this.host.node.id)
    store.unregister(this.name, this.host.node.id)
  }

  /** Removes what the node kept for itself alone, once it is in no flow any more; a model that it shared stays. */
  discard(): Promise<void> {
    return modelStoreOf(this.host.red).discard(privateName(this.host))
  }

  /** Says what this node can work with, so that an imported file finds its place. */
  offer(line: string): void {
    const { host, role } = this
    const arriving = (): readonly Arriving[] => [...this.arriving.values()]
    modelStoreOf(host.red).offer(this.name, host.node.id, { role, line, arriving })
  }

  /** Remembers what reaches this node of a stream: an imported part is put to work on just that. */
  saw(stream: StreamKey, frame: Frame): void {
    const key = idOf(stream)
    const [oldest] = this.arriving.keys()
    if (this.arriving.size >= MAX_ARRIVING && !this.arriving.has(key)) this.arriving.delete(oldest!)
    const { channels: columns } = frame
    this.arriving.set(key, { stream, contract: contractOf(frame), columns, rows: rowCount(frame) })
  }

  /** Calls back when the bundle was changed from outside (rollback, import, forget). */
  onChange(listener: () => void): void {
    modelStoreOf(this.host.red).onChange(this.name, this.host.node.id, listener)
  }

  private open(): Bundle {
    this.bundle ??= modelStoreOf(this.host.red).bundle(this.name, this.versionsKept)
    return this.bundle
  }
}

function idOf({ topic, context }: StreamKey): string {
  return JSON.stringify([topic, context])
}
