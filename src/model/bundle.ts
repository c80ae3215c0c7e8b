import path from 'node:path'
import { hashOf, sameContract, startsWith, type Contract } from '../core/contract'
import { InputError } from '../core/errors'
import type { DataWarning, LearningReport } from '../core/stage'
import { sweepTemporaryFiles } from './atomic-file'
import { packBundle, unpackBundle } from './bundle-archive'
import { BundleParts } from './bundle-parts'
import { canonicalJson } from './canonical-json'
import { hashesOf, reportsOf, type Calibration, type Manifest } from './manifest'
import type { PartFile } from './part'
import { checkBundleName, type Stream } from './stream-folder'
import { byRank, inUse, newestWithout, StreamStore } from './stream-store'

export type { Calibration, Manifest, Stream }

export interface BundleOptions {
  /** Versions kept for each stream, ≥ 1. */
  readonly versionsKept?: number
  /** The bundles of the same folder that are open: a part that one of them is still saving is found there. */
  beside?(): Iterable<Bundle>
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
  private readonly kept: StreamStore
  private queue: Promise<unknown> = Promise.resolve()

  private constructor(
    private readonly root: string,
    readonly name: string,
    versionsKept: number,
    beside: () => Iterable<Bundle>,
  ) {
    this.parts = new BundleParts(root, name, () => [...beside()].map((bundle) => bundle.parts))
    this.kept = new StreamStore(path.join(this.folder, 'streams'), this.parts, versionsKept)
    sweepTemporaryFiles(this.parts.own.folder)
  }

  /** Opens the bundle `name` below `root`, or begins it: nothing is written before something is kept. @throws ConfigError on a name that is no folder name */
  static open(root: string, name: string, options: BundleOptions = {}): Bundle {
    const { versionsKept = DEFAULT_VERSIONS, beside = () => [] } = options
    return new Bundle(root, checkBundleName(name), Math.max(1, versionsKept), beside)
  }

  /** Versions kept for each stream, from the next one on. */
  set versionsKept(count: number) {
    this.kept.versionsKept = Math.max(1, count)
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
    const state = this.kept.of(stream)
    return inUse(state) ?? state.draft
  }

  /** The chain of a stream that is being learned, where there is one. */
  draft(stream: Stream): Manifest | undefined {
    return this.kept.of(stream).draft
  }

  /** All that is kept of a stream, first what counts most: the draft, the version in use, the others from the newest on. */
  manifests(stream: Stream): readonly Manifest[] {
    return byRank(this.kept.of(stream))
  }

  /** The versions kept of a stream, oldest first. */
  versions(stream: Stream): readonly Manifest[] {
    return this.kept.of(stream).versions
  }

  /** Every stream that has a version or a draft, by name. */
  streams(): readonly StreamVersions[] {
    return this.kept.all.flatMap(({ versions, current, draft }) => {
      const stream = (versions[0] ?? draft)?.stream
      return stream === undefined ? [] : [{ ...stream, versions, current, draft }]
    })
  }

  /** Warnings about damaged files since the last call. */
  takeWarnings(): readonly DataWarning[] {
    return this.kept.takeWarnings()
  }

  /**
   * Adds to a stream's model: a draft while the chain is being learned, the next version when it is complete. Parts of the chain
   * that a bundle beside this one holds are copied. Gives back the number of the version in use (0: none yet).
   * @param part what is new in the chain, saved in the same turn: nothing that another stage adds comes between it and its report
   */
  extend(stream: Stream, entry: Entry, part?: PartFile): Promise<number> {
    if (part !== undefined) this.parts.expect(part)
    return this.enqueue(async () => {
      if (part !== undefined) {
        await this.parts.keep(part)
        // A save that the disk refused at first may come after that of the whole chain.
        const { versions, current = 0 } = this.kept.of(stream)
        if (!entry.complete && versions.some(({ contract }) => startsWith(contract, entry.contract))) {
          this.parts.settle(hashesOf(entry.contract))
          return current
        }
      }
      return this.extendNow(stream, entry)
    })
  }

  private async extendNow(stream: Stream, entry: Entry): Promise<number> {
    const { contract, complete, time } = entry
    const state = this.kept.of(stream)
    const current = inUse(state) ?? state.draft
    const version = state.current ?? 0
    const unchanged = current !== undefined && sameContract(current.contract, contract)
    const calibration = entry.calibration ?? (unchanged ? current.calibration : undefined)
    if (complete && unchanged && version > 0 && same(calibration, current.calibration)) return version
    const { found: parts, missing } = await this.parts.collect(contract)
    for (const hash of missing)
      this.kept.warn({ key: 'model.partElsewhere', params: { field: this.name, hash } })
    const { topic, context } = stream
    const manifest: Manifest = {
      stream: context === undefined ? { topic } : { topic, context },
      version: complete ? state.highest + 1 : 0,
      contract,
      parts,
      ...(calibration === undefined ? {} : { calibration }),
      reports: reportsOf(contract, entry.report, state.draft?.reports, current?.reports),
      time,
    }
    if (complete) await this.kept.commit(manifest)
    // The draft goes on where an earlier stage learned the very same once more.
    else if (state.draft === undefined || !startsWith(state.draft.contract, contract))
      await this.kept.writeDraft(manifest)
    this.parts.settle(parts)
    return this.kept.of(stream).current ?? 0
  }

  /**
   * Takes back what a learning run put to work: a draft that begins with `chain`, and a version that does, if an earlier one is
   * kept that does not.
   */
  takeBack(stream: Stream, chain: Contract): Promise<void> {
    return this.enqueue(async () => {
      const state = this.kept.of(stream)
      if (state.draft !== undefined && startsWith(state.draft.contract, chain))
        await this.kept.dropDraft(stream)
      const current = inUse(state)
      const isLearnt = chain.length > 0 && hashOf(chain.at(-1)!) !== undefined
      if (current === undefined || !isLearnt || !startsWith(current.contract, chain)) return
      const before = newestWithout(state, chain)
      if (before !== undefined) await this.kept.point(stream, before.version)
    })
  }

  /** Makes an earlier version the current one again; what was being learned is given up. @throws InputError where it is not kept or not whole */
  rollback(stream: Stream, version: number): Promise<void> {
    return this.enqueue(async () => {
      const { versions } = this.kept.of(stream)
      const manifest = versions.find((candidate) => candidate.version === version)
      if (manifest === undefined) {
        throw new InputError('model.noVersion', {
          field: 'version',
          got: version,
          versions: versions.map((kept) => kept.version).join(', ') || '-',
        })
      }
      for (const hash of manifest.parts) this.parts.own.load(hash)
      await this.kept.point(stream, version)
      await this.kept.dropDraft(stream)
    })
  }

  /** Removes everything learned for a stream; with `kept` all but the parts of that chain. */
  forget(stream: Stream, kept: Contract = []): Promise<void> {
    return this.enqueue(async () => {
      const source = this.manifests(stream).find(({ contract }) => startsWith(contract, kept))
      const parts = hashesOf(kept).filter((hash) => source?.parts.includes(hash))
      if (source === undefined || parts.length === 0) {
        await this.kept.remove(stream)
        return
      }
      const { stream: owner, time } = source
      const reports = reportsOf(kept, undefined, source.reports)
      await this.kept.remove(stream, {
        stream: owner,
        version: 0,
        contract: kept,
        parts,
        reports,
        time,
        paused: true,
      })
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
        const { highest } = this.kept.of(manifest.stream)
        await this.kept.commit({ ...manifest, version: highest === 0 ? manifest.version : highest + 1 })
        await this.kept.dropDraft(manifest.stream)
      }
      return manifests.map((manifest) => manifest.stream)
    })
  }

  /** Resolves when everything asked for so far is done. */
  async idle(): Promise<void> {
    await this.queue
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
