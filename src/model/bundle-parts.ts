import path from 'node:path'
import type { Contract } from '../core/contract'
import { listFolder } from './atomic-file'
import { hashesOf } from './manifest'
import { hashPart, type PartFile } from './part'
import { PartFolder } from './part-folder'

/** Parts that no manifest lists may belong to a save that is going on elsewhere; only older ones are swept, ms. */
const ORPHAN_AGE = 3_600_000
/** Parts that a full disk refused, kept in memory until it takes them: so many at most. */
const MAX_UNSAVED = 64

/** The parts of a bundle, which may share theirs with the bundles beside it (two detectors after one scaler). */
export class BundleParts {
  readonly own: PartFolder
  /** Parts that were kept for a manifest that is still to come. */
  private readonly awaited = new Set<string>()
  /** Parts that are to be saved and are not yet. */
  private readonly unsaved = new Map<string, PartFile>()
  private orphansKnown = false

  /** @param beside the parts of the other bundles that are open */
  constructor(
    private readonly root: string,
    private readonly bundle: string,
    private readonly beside: () => Iterable<BundleParts>,
  ) {
    this.own = partsOf(root, bundle)
  }

  /** A part that will be saved: from now on, whoever needs it finds it. */
  expect(part: PartFile): void {
    const [oldest] = this.unsaved.keys()
    if (this.unsaved.size >= MAX_UNSAVED) this.unsaved.delete(oldest!)
    this.unsaved.set(hashPart(part), part)
  }

  /** A part that is not saved yet. */
  expected(hash: string): PartFile | undefined {
    return this.unsaved.get(hash)
  }

  /** Saves a part; one that the disk refuses stays expected. @throws DeviceError */
  async keep(part: PartFile): Promise<string> {
    this.expect(part)
    const hash = await this.own.keep(part)
    this.unsaved.delete(hash)
    this.awaited.add(hash)
    return hash
  }

  /**
   * Hashes of the chain's parts, after saving those that are not saved yet and copying those that only a bundle beside this one
   * holds; `missing` are found nowhere. @throws DeviceError
   */
  async collect(
    contract: Contract,
  ): Promise<{ readonly found: readonly string[]; readonly missing: readonly string[] }> {
    const found: string[] = []
    const missing: string[] = []
    for (const hash of new Set(hashesOf(contract))) {
      const isHere =
        this.own.isWhole(hash) || (await this.keepExpected(hash)) || (await this.copyFromSibling(hash))
      if (isHere) found.push(hash)
      else missing.push(hash)
    }
    return { found, missing }
  }

  private async keepExpected(hash: string): Promise<boolean> {
    const part =
      this.expected(hash) ??
      [...this.beside()].map((parts) => parts.expected(hash)).find((found) => found !== undefined)
    if (part === undefined) return false
    await this.keep(part)
    return true
  }

  private async copyFromSibling(hash: string): Promise<boolean> {
    for (const sibling of listFolder(this.root)) {
      if (sibling === this.bundle) continue
      const parts = partsOf(this.root, sibling)
      if (!parts.has(hash) || !parts.isWhole(hash)) continue
      await this.own.adopt(hash, parts.bytes(hash))
      return true
    }
    return false
  }

  /** These are listed in a manifest now. */
  settle(hashes: readonly string[]): void {
    for (const hash of hashes) this.awaited.delete(hash)
  }

  /** The first time: parts that an interrupted run may have left, if no manifest lists them. */
  takeOldParts(): readonly string[] {
    if (this.orphansKnown) return []
    this.orphansKnown = true
    return this.own.list().filter((hash) => Date.now() - this.own.savedAt(hash) > ORPHAN_AGE)
  }

  /** Removes parts that no manifest lists, unless one is awaited. */
  async remove(hashes: Iterable<string>): Promise<void> {
    for (const hash of hashes) if (!this.awaited.has(hash)) await this.own.remove(hash)
  }
}

function partsOf(root: string, bundle: string): PartFolder {
  return new PartFolder(path.join(root, bundle, 'parts'))
}
