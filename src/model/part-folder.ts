import fs from 'node:fs'
import path from 'node:path'
import { InputError } from '../core/errors'
import {
  listFolder,
  readBytes,
  readSealedSync,
  writeAtomic,
  writeSealed,
  MAX_SEALED_BYTES,
} from './atomic-file'
import { makeFolder } from './disk'
import { HASH, hashPart, PART_SCHEMA, partDocument, readPart, type PartFile } from './part'
import { openSeal } from './seal'

const FILE = /^([0-9a-f]{16})\.json$/

/** The parts of a bundle: immutable files named by their hash. */
export class PartFolder {
  /** Parts found whole by this process; checking again costs a hash of all their bytes. */
  private readonly whole = new Set<string>()

  constructor(readonly folder: string) {}

  /** Saves a part; one that is there already stays as it is. */
  async keep(part: PartFile): Promise<string> {
    const hash = hashPart(part)
    if (this.isWhole(hash)) return hash
    await makeFolder(this.folder)
    await writeSealed(this.file(hash), PART_SCHEMA, partDocument(part))
    this.whole.add(hash)
    return hash
  }

  /** @throws InputError where it is missing or damaged */
  load(hash: string): PartFile {
    if (!HASH.test(hash)) throw new InputError('model.noPart', { field: `part ${hash.slice(0, 40)}` })
    try {
      const part = readPart(readSealedSync(this.file(hash), PART_SCHEMA), hash)
      this.whole.add(hash)
      return part
    } catch (error) {
      this.whole.delete(hash)
      if (error instanceof InputError) throw error
      throw new InputError('model.noPart', { field: `part ${hash}` }, { cause: error })
    }
  }

  /** True where the part is there and undamaged. */
  isWhole(hash: string): boolean {
    if (this.whole.has(hash)) return true
    try {
      this.load(hash)
      return true
    } catch {
      return false
    }
  }

  has(hash: string): boolean {
    return fs.existsSync(this.file(hash))
  }

  /** The sealed bytes of a part, as they are on the disk. */
  bytes(hash: string): Uint8Array {
    return readBytes(this.file(hash), MAX_SEALED_BYTES)
  }

  /** Saves sealed bytes from another bundle after checking them. @throws InputError */
  async adopt(hash: string, bytes: Uint8Array): Promise<void> {
    readPart(openSeal(bytes, PART_SCHEMA, `part ${hash}`), hash)
    if (this.isWhole(hash)) return
    await makeFolder(this.folder)
    await writeAtomic(this.file(hash), bytes)
    this.whole.add(hash)
  }

  async remove(hash: string): Promise<void> {
    this.whole.delete(hash)
    await fs.promises.rm(this.file(hash), { force: true })
  }

  list(): readonly string[] {
    return listFolder(this.folder).flatMap((name) => FILE.exec(name)?.[1] ?? [])
  }

  /** When a part was saved, ms since the epoch. */
  savedAt(hash: string): number {
    return fs.statSync(this.file(hash)).mtimeMs
  }

  private file(hash: string): string {
    return path.join(this.folder, `${hash}.json`)
  }
}
