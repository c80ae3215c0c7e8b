import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { InputError } from '../core/errors'
import type { DataWarning } from '../core/stage'
import { listFolder, notWritten, readSealedSync, sweepTemporaryFiles, writeSealed } from './atomic-file'
import { makeFolder, realDisk } from './disk'
import { DocumentReader } from './document'
import { MANIFEST_SCHEMA, readManifest, type Manifest } from './manifest'

const POINTER_SCHEMA = 'pointer/1'
const VERSION_FILE = /^v(\d{1,9})\.json$/
const DRAFT = 'draft.json'
const POINTER = 'current.json'
/** Begins the name of a folder that is being removed; no stream's folder begins so. */
const DOOMED = '!'

/** Names of the folders of streams below a bundle's folder for them; what was being removed at the last stop is removed now. */
export function listStreamFolders(streams: string): readonly string[] {
  return listFolder(streams).filter((name) => {
    if (name.startsWith(DOOMED)) fs.rmSync(path.join(streams, name), { recursive: true, force: true })
    return !name.startsWith(DOOMED) && !name.startsWith('.')
  })
}

/** What is known of one stream: its versions, which of them is the current one, and the chain that is being learned. */
export interface StreamState {
  /** Sound versions, oldest first. */
  readonly versions: readonly Manifest[]
  /** Number of the version that the pointer names, or of the newest sound one. */
  readonly current?: number
  readonly draft?: Manifest
  /** The highest number ever given to a version, sound or not. */
  readonly highest: number
  readonly warnings: readonly DataWarning[]
  /** False where a file could not be read: what it refers to is unknown. */
  readonly complete: boolean
}

/** The folder of one stream. */
export class StreamFiles {
  constructor(readonly folder: string) {}

  /**
   * Reads the whole folder. Whatever is damaged is left out, with a warning; the newest sound version stands in for a current
   * one that is not sound.
   * @param isSound tells whether the parts of a manifest are there and whole
   */
  read(isSound: (manifest: Manifest) => boolean): StreamState {
    sweepTemporaryFiles(this.folder)
    const names = listFolder(this.folder)
    const warnings: DataWarning[] = []
    let complete = true
    let highest = 0
    const load = (name: string): Manifest | undefined => {
      try {
        const manifest = readManifest(readSealedSync(path.join(this.folder, name), MANIFEST_SCHEMA), name)
        if (isSound(manifest)) return manifest
        warnings.push({ key: 'model.partsLost', params: { field: this.shown(name) } })
      } catch (error) {
        // A damaged manifest is lost for good; one that cannot be read just now may still refer to parts.
        if (!(error instanceof InputError)) complete = false
        warnings.push({ key: 'model.leftOut', params: { field: this.shown(name), reason: reasonOf(error) } })
      }
      return undefined
    }
    const versions: Manifest[] = []
    for (const name of names) {
      const number = VERSION_FILE.exec(name)?.[1]
      if (number === undefined) continue
      highest = Math.max(highest, Number(number))
      const manifest = load(name)
      if (manifest !== undefined) versions.push({ ...manifest, version: Number(number) })
    }
    versions.sort((a, b) => a.version - b.version)
    const draft = names.includes(DRAFT) ? load(DRAFT) : undefined
    const current = this.pointed(names, versions, warnings)
    return {
      versions,
      highest,
      warnings,
      complete,
      ...(current === undefined ? {} : { current }),
      ...(draft === undefined ? {} : { draft }),
    }
  }

  private pointed(
    names: readonly string[],
    versions: readonly Manifest[],
    warnings: DataWarning[],
  ): number | undefined {
    const newest = versions.at(-1)?.version
    // Without a pointer the first version was cut off between its own file and the pointer: it is whole, so it counts.
    if (!names.includes(POINTER)) return newest
    try {
      const document = readSealedSync(path.join(this.folder, POINTER), POINTER_SCHEMA)
      const wanted = new DocumentReader(POINTER, document).at('version').whole(1)
      if (versions.some((manifest) => manifest.version === wanted)) return wanted
      if (newest !== undefined) {
        warnings.push({ key: 'model.fallback', params: { field: this.shown(''), wanted, version: newest } })
      }
    } catch (error) {
      warnings.push({ key: 'model.leftOut', params: { field: this.shown(POINTER), reason: reasonOf(error) } })
    }
    return newest
  }

  async writeVersion(manifest: Manifest): Promise<void> {
    await makeFolder(this.folder)
    await writeSealed(path.join(this.folder, `v${manifest.version}.json`), MANIFEST_SCHEMA, manifest)
    await this.point(manifest.version)
  }

  async writeDraft(manifest: Manifest): Promise<void> {
    await makeFolder(this.folder)
    await writeSealed(path.join(this.folder, DRAFT), MANIFEST_SCHEMA, manifest)
  }

  /** Makes a version the current one. */
  async point(version: number): Promise<void> {
    await writeSealed(path.join(this.folder, POINTER), POINTER_SCHEMA, { version })
  }

  async removeVersion(version: number): Promise<void> {
    await fs.promises.rm(path.join(this.folder, `v${version}.json`), { force: true })
  }

  async removeDraft(): Promise<void> {
    await fs.promises.rm(path.join(this.folder, DRAFT), { force: true })
  }

  /** Removes these versions and the pointer; the draft stays. */
  async removeVersions(versions: readonly number[]): Promise<void> {
    for (const version of versions) await this.removeVersion(version)
    await fs.promises.rm(path.join(this.folder, POINTER), { force: true })
  }

  /** Removes the stream at one stroke: under its new name it is no stream any more. */
  async remove(): Promise<void> {
    const streams = path.dirname(this.folder)
    const doomed = path.join(streams, `${DOOMED}${randomBytes(8).toString('hex')}`)
    try {
      await realDisk.rename(this.folder, doomed)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
      throw notWritten(this.folder, error)
    }
    await realDisk.syncFolder(streams)
    await fs.promises.rm(doomed, { recursive: true, force: true })
  }

  private shown(name: string): string {
    return path.join(path.basename(this.folder), name)
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
