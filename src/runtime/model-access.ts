import { hashOf, type Contract } from '../core/contract'
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
import type { StreamKey } from './streams'

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

  /** Parts of a stream that a learner with this contract line made before, or that were imported for it, newest first. */
  partsOf(stream: StreamKey, line: string): readonly KeptPart[] {
    const manifest = this.open().current(stream)
    for (const warning of this.open().takeWarnings()) this.host.warn(warning.key, warning.params)
    if (manifest === undefined) return []
    const parts: KeptPart[] = []
    for (const entry of manifest.contract) {
      const hash = hashOf(entry)
      const kind = entry.replace(/#[0-9a-f]{16}$/, '')
      if (hash === undefined || !(kind === line || takesGiven(line, kind))) continue
      try {
        parts.push({ ...this.open().load(hash), hash })
      } catch (error) {
        this.host.error(error)
      }
    }
    return parts
  }

  calibrationOf(stream: StreamKey): Calibration | undefined {
    return this.open().current(stream)?.calibration
  }

  /** True where something has been learned for any stream. */
  get isUsed(): boolean {
    return this.open().streams().length > 0
  }

  /** Contexts of a stream that the bundle knows. */
  contextsOf(topic: string): readonly string[] {
    return this.open()
      .streams()
      .flatMap((stream) => (stream.topic === topic ? (stream.context ?? []) : []))
  }

  versionOf(stream: StreamKey): number {
    return this.open().current(stream)?.version ?? 0
  }

  /** What a verdict says of its model. */
  readonly modelOf = (stream: StreamKey): { name: string; version: number } => ({
    name: this.name,
    version: this.versionOf(stream),
  })

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

  async forget(stream: StreamKey): Promise<void> {
    await this.open().forget(stream)
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
    const key = JSON.stringify([stream.topic, stream.context])
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
