import path from 'node:path'
import { sameContract, startsWith, type Contract } from '../core/contract'
import { InputError } from '../core/errors'
import type { DataWarning, LearningReport } from '../core/stage'
import { sweepTemporaryFiles } from './atomic-file'
import { packBundle, unpackBundle } from './bundle-archive'
import { BundleParts } from './bundle-parts'
import { canonicalJson } from './canonical-json'
import { reportsOf, type Calibration, type Manifest } from './manifest'
import type { PartFile } from './part'
import { listStreamFolders, StreamFiles, type StreamState } from './stream-files'
import { checkBundleName, streamFolder, StreamFolders, type Stream } from './stream-folder'

export type { Calibration, Manifest, Stream }

export interface BundleOptions {
  /** Versions kept for each stream, ≥ 1. */
  readonly versionsKept?: number
}

/** What a stage has to add to a stream's model. */
export interface Entry {
  /** The whole chain so far; a learnt stage's line ends in its part's hash. */
  readonly contract: Contract
  /** True where nothing more is to come: this becomes the next version. False: the chain is still being learned. */
  readonly complete: boolean
  readonly calibration?: Calibration
  /** Of the last learnt stage of the chain. */
  readonly report?: LearningReport
  /** ms since the epoch */
  readonly time: number
}

/** A stream and the versions that are kept for it. */
export interface StreamVersions extends Stream {
  /** Number of the version in use; undefined while the first one is being learned. */
  readonly current: number | undefined
  /** Oldest first. */
  readonly versions: readonly Manifest[]
  /** What has been learned of the next version. */
  readonly draft: Manifest | undefined
}

const DEFAULT_VERSIONS = 5

/**
 * What was learned, at rest: one folder with the parts (immutable, named by their hash) and, for each stream, numbered versions
 * and a pointer to the current one. Reading is synchronous and from memory after the first time; writing is queued, so that any
 * number of callers may write at once. Whatever interrupts a write, the old state or the new one is found afterwards.
 * One process writes to a bundle.
 */
export class Bundle {
  private readonly parts: BundleParts
  private readonly states = new Map<string, StreamState>()
  private readonly folders = new StreamFolders()
  private readonly pending: DataWarning[] = []
  private queue: Promise<unknown> = Promise.resolve()

  private constructor(
    private readonly root: string,
    readonly name: string,
    private readonly versionsKept: number,
  ) {
    this.parts = new BundleParts(root, name)
    sweepTemporaryFiles(this.parts.own.folder)
  }

  /** Opens the bundle `name` below `root`, or begins it: nothing is written before something is kept. @throws ConfigError on a name that is no folder name */
  static open(root: string, name: string, options: BundleOptions = {}): Bundle {
    return new Bundle(root, checkBundleName(name), Math.max(1, options.versionsKept ?? DEFAULT_VERSIONS))
  }

  get folder(): string {
    return path.join(this.root, this.name)
  }

  /** Saves a part; gives back its hash. @throws DeviceError */
  keep(part: PartFile): Promise<string> {
    return this.enqueue(() => this.parts.keep(part))
  }

  /** A part, checked byte by byte. @throws InputError where it is missing or damaged */
  load(hash: string): PartFile {
    return this.parts.own.load(hash)
  }

  /** The version in use; while the first one is being learned, what there is of it so far (version 0). */
  current(stream: Stream): Manifest | undefined {
    const { versions, current, draft } = this.state(this.folders.of(stream))
    return versions.find((manifest) => manifest.version === current) ?? draft
  }

  /** The versions kept of a stream, oldest first. */
  versions(stream: Stream): readonly Manifest[] {
    return this.state(streamFolder(stream)).versions
  }

  /** Every stream that has a version or a draft, by name. */
  streams(): readonly StreamVersions[] {
    return listStreamFolders(this.streamsFolder).flatMap((folder) => {
      const { versions, current, draft } = this.state(folder)
      const stream = (versions[0] ?? draft)?.stream
      return stream === undefined ? [] : [{ ...stream, versions, current, draft }]
    })
  }

  /** Warnings about damaged files since the last call. */
  takeWarnings(): readonly DataWarning[] {
    return this.pending.splice(0)
  }

  /**
   * Adds to a stream's model: a draft while the chain is being learned, the next version when it is complete. Parts of the chain
   * that a bundle beside this one holds are copied. Gives back the number of the version in use (0: none yet).
   * @param part what is new in the chain, saved in the same turn: nothing that another stage adds comes between it and its report
   */
  extend(stream: Stream, entry: Entry, part?: PartFile): Promise<number> {
    return this.enqueue(async () => {
      if (part !== undefined) await this.parts.keep(part)
      return this.extendNow(stream, entry)
    })
  }

  private async extendNow(stream: Stream, entry: Entry): Promise<number> {
    const folder = streamFolder(stream)
    const state = this.state(folder)
    const current = this.current(stream)
    const { contract, complete, time } = entry
    const inUse = state.current ?? 0
    const unchanged = current !== undefined && sameContract(current.contract, contract)
    const calibration = entry.calibration ?? (unchanged ? current.calibration : undefined)
    if (complete && unchanged && inUse > 0 && same(calibration, current.calibration)) return inUse
    const { found: parts, missing } = await this.parts.collect(contract)
    for (const hash of missing)
      this.pending.push({ key: 'model.partElsewhere', params: { field: this.name, hash } })
    const manifest: Manifest = {
      stream:
        stream.context === undefined
          ? { topic: stream.topic }
          : { topic: stream.topic, context: stream.context },
      version: complete ? state.highest + 1 : 0,
      contract,
      parts,
      ...(calibration === undefined ? {} : { calibration }),
      reports: reportsOf(contract, entry.report, state.draft?.reports, current?.reports),
      time,
    }
    if (complete) await this.commit(folder, state, manifest)
    // The draft goes on where an earlier stage learned the very same once more.
    else if (state.draft === undefined || !startsWith(state.draft.contract, contract))
      await this.draft(folder, state, manifest)
    this.parts.settle(parts)
    return this.state(folder).current ?? 0
  }

  private async commit(folder: string, state: StreamState, manifest: Manifest): Promise<void> {
    const files = this.files(folder)
    await files.writeVersion(manifest)
    const versions = [...state.versions, manifest]
    const kept = versions.slice(-this.versionsKept)
    const draft =
      state.draft !== undefined && startsWith(manifest.contract, state.draft.contract)
        ? undefined
        : state.draft
    this.states.set(folder, {
      ...state,
      versions: kept,
      current: manifest.version,
      highest: manifest.version,
      draft,
    })
    const gone = versions.slice(0, -this.versionsKept)
    for (const old of gone) await files.removeVersion(old.version)
    if (state.draft !== undefined && draft === undefined) await files.removeDraft()
    await this.sweep([...gone, ...(state.draft === undefined ? [] : [state.draft])])
  }

  private async draft(folder: string, state: StreamState, manifest: Manifest): Promise<void> {
    await this.files(folder).writeDraft(manifest)
    this.states.set(folder, { ...state, draft: manifest })
    if (state.draft !== undefined) await this.sweep([state.draft])
  }

  /** Makes an earlier version the current one again. @throws InputError where it is not kept or not whole */
  rollback(stream: Stream, version: number): Promise<void> {
    return this.enqueue(async () => {
      const folder = streamFolder(stream)
      const state = this.state(folder)
      const manifest = state.versions.find((candidate) => candidate.version === version)
      if (manifest === undefined) {
        throw new InputError('model.noVersion', {
          field: 'version',
          got: version,
          versions: state.versions.map((kept) => kept.version).join(', ') || '-',
        })
      }
      for (const hash of manifest.parts) this.parts.own.load(hash)
      await this.files(folder).point(version)
      this.states.set(folder, { ...state, current: version })
    })
  }

  /** Removes everything learned for a stream. */
  forget(stream: Stream): Promise<void> {
    return this.enqueue(async () => {
      const folder = streamFolder(stream)
      const { versions, draft } = this.state(folder)
      await this.files(folder).remove()
      this.states.delete(folder)
      await this.sweep([...versions, ...(draft === undefined ? [] : [draft])])
    })
  }

  /** The current version of every stream with its parts, as one file (`.anomaly`). @throws InputError where nothing is complete yet */
  exportBundle(): Promise<Uint8Array> {
    return this.enqueue(async () => {
      const manifests = this.streams().flatMap(
        ({ versions, current }) => versions.find((kept) => kept.version === current) ?? [],
      )
      if (manifests.length === 0) throw new InputError('model.nothingToExport', { field: this.name })
      const hashes = new Set(manifests.flatMap((manifest) => manifest.parts))
      return packBundle(
        this.name,
        manifests,
        new Map([...hashes].map((hash) => [hash, this.parts.own.bytes(hash)])),
      )
    })
  }

  /**
   * Takes in what `exportBundle` gave: each stream's model becomes that stream's next version and the current one; earlier
   * versions are kept for rollback. Everything is checked before anything is written.
   * @throws InputError in plain words where the file is cut off, damaged or foreign
   */
  importBundle(bytes: Uint8Array): Promise<readonly Stream[]> {
    return this.enqueue(async () => {
      const { manifests, parts } = unpackBundle(bytes)
      for (const [hash, sealed] of parts) await this.parts.own.adopt(hash, sealed)
      for (const manifest of manifests) {
        const folder = streamFolder(manifest.stream)
        const state = this.state(folder)
        const version = state.highest === 0 ? manifest.version : state.highest + 1
        await this.commit(folder, state, { ...manifest, version })
      }
      return manifests.map((manifest) => manifest.stream)
    })
  }

  /** Resolves when everything asked for so far is done. */
  async idle(): Promise<void> {
    await this.queue
  }

  /** Removes the parts of these manifests that no other one lists. */
  private async sweep(gone: readonly Manifest[]): Promise<void> {
    const candidates = new Set([...gone.flatMap((manifest) => manifest.parts), ...this.parts.takeOldParts()])
    if (candidates.size === 0) return
    for (const folder of listStreamFolders(this.streamsFolder)) {
      // Each stream is read once; thousands of them must not hold up everything else.
      if (!this.states.has(folder)) await new Promise((resolve) => setImmediate(resolve))
      const { versions, draft, complete } = this.state(folder)
      if (!complete) return
      for (const manifest of draft === undefined ? versions : [...versions, draft]) {
        for (const hash of manifest.parts) candidates.delete(hash)
      }
    }
    await this.parts.remove(candidates)
  }

  private state(folder: string): StreamState {
    let state = this.states.get(folder)
    if (state === undefined) {
      state = this.files(folder).read((manifest) =>
        manifest.parts.every((hash) => this.parts.own.isWhole(hash)),
      )
      this.states.set(folder, state)
      this.pending.push(...state.warnings)
    }
    return state
  }

  private files(folder: string): StreamFiles {
    return new StreamFiles(path.join(this.streamsFolder, folder))
  }

  private get streamsFolder(): string {
    return path.join(this.folder, 'streams')
  }

  private enqueue<T>(work: () => Promise<T>): Promise<T> {
    const result = this.queue.then(work)
    this.queue = result.catch(() => undefined)
    return result
  }
}

function same(a: unknown, b: unknown): boolean {
  return canonicalJson(a ?? null) === canonicalJson(b ?? null)
}
