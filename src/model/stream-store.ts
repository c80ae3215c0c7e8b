import path from 'node:path'
import { startsWith, type Contract } from '../core/contract'
import type { DataWarning } from '../core/stage'
import type { BundleParts } from './bundle-parts'
import type { Manifest } from './manifest'
import { listStreamFolders, StreamFiles, type StreamState } from './stream-files'
import { streamFolder, StreamFolders, type Stream } from './stream-folder'

/**
 * The streams of a bundle: what is known of each, read once and kept in memory, and every change of it on the disk. Parts that no
 * manifest lists any more are removed. The caller sees to it that one change follows the other.
 */
export class StreamStore {
  private readonly states = new Map<string, StreamState>()
  private readonly names = new StreamFolders()
  private readonly pending: DataWarning[] = []

  /** @param versionsKept versions kept for each stream, ≥ 1 */
  constructor(
    private readonly folder: string,
    private readonly parts: BundleParts,
    public versionsKept: number,
  ) {}

  of(stream: Stream): StreamState {
    return this.state(this.names.of(stream))
  }

  /** Every stream that has a folder. */
  get all(): readonly StreamState[] {
    return listStreamFolders(this.folder).map((folder) => this.state(folder))
  }

  warn(warning: DataWarning): void {
    this.pending.push(warning)
  }

  /** Warnings about damaged files since the last call. */
  takeWarnings(): readonly DataWarning[] {
    return this.pending.splice(0)
  }

  /** Makes a manifest the version in use; old ones beyond the number kept go, and so does the draft that it completes. */
  async commit(manifest: Manifest): Promise<void> {
    const { files, state, set } = this.at(manifest.stream)
    await files.writeVersion(manifest)
    const versions = [...state.versions, manifest]
    const gone = versions.slice(0, -this.versionsKept)
    const isComplete = state.draft !== undefined && startsWith(manifest.contract, state.draft.contract)
    const draft = isComplete ? undefined : state.draft
    const { version } = manifest
    set({ ...state, versions: versions.slice(-this.versionsKept), current: version, highest: version, draft })
    for (const old of gone) await files.removeVersion(old.version)
    if (isComplete) await files.removeDraft()
    await this.sweep([...gone, ...(state.draft === undefined ? [] : [state.draft])])
  }

  async writeDraft(manifest: Manifest): Promise<void> {
    const { files, state, set } = this.at(manifest.stream)
    await files.writeDraft(manifest)
    set({ ...state, draft: manifest })
    if (state.draft !== undefined) await this.sweep([state.draft])
  }

  async dropDraft(stream: Stream): Promise<void> {
    const { files, state, set } = this.at(stream)
    if (state.draft === undefined) return
    await files.removeDraft()
    set({ ...state, draft: undefined })
    await this.sweep([state.draft])
  }

  /** Makes a version that is kept the one in use. */
  async point(stream: Stream, version: number): Promise<void> {
    const { files, state, set } = this.at(stream)
    await files.point(version)
    set({ ...state, current: version })
  }

  /** Removes a stream; with a draft all but that. */
  async remove(stream: Stream, rest?: Manifest): Promise<void> {
    const { files, folder, state } = this.at(stream)
    if (rest === undefined) await files.remove()
    else {
      await files.writeDraft(rest)
      await files.removeVersions(state.versions.map(({ version }) => version))
    }
    this.states.delete(folder)
    await this.sweep([...state.versions, ...(state.draft === undefined ? [] : [state.draft])])
  }

  /** Removes the parts of these manifests that no other one lists. */
  private async sweep(gone: readonly Manifest[]): Promise<void> {
    const candidates = new Set([...gone.flatMap((manifest) => manifest.parts), ...this.parts.takeOldParts()])
    if (candidates.size === 0) return
    for (const folder of listStreamFolders(this.folder)) {
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

  private at(stream: Stream): {
    readonly folder: string
    readonly files: StreamFiles
    readonly state: StreamState
    set(state: StreamState): void
  } {
    const folder = streamFolder(stream)
    const set = (state: StreamState): void => void this.states.set(folder, state)
    return { folder, files: this.files(folder), state: this.state(folder), set }
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
    return new StreamFiles(path.join(this.folder, folder))
  }
}

/** What is kept of a stream, first what counts most: the draft, the version in use, the others from the newest on. */
export function byRank({ versions, current, draft }: StreamState): readonly Manifest[] {
  const inUse = versions.filter(({ version }) => version === current)
  const others = versions.filter(({ version }) => version !== current).reverse()
  return [...(draft === undefined ? [] : [draft]), ...inUse, ...others]
}

/** The version in use. */
export function inUse({ versions, current }: StreamState): Manifest | undefined {
  return versions.find(({ version }) => version === current)
}

/** The newest version before the one in use that does not begin with this chain. */
export function newestWithout({ versions, current = 0 }: StreamState, chain: Contract): Manifest | undefined {
  return versions.findLast(({ version, contract }) => version < current && !startsWith(contract, chain))
}
