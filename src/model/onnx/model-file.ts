import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { readBytes } from '../atomic-file'

/** Largest model file that is read, bytes. */
const MAX_BYTES = 64 * 1024 * 1024

/** A model file of the user's, whole in memory: nothing is opened by its name afterwards. */
export interface ModelFile {
  readonly bytes: Uint8Array
  /** 16 hex digits of its SHA-256. */
  readonly hash: string
  /** Its name without folder and ending. */
  readonly name: string
}

/** What changes with a file: when it was written, its size, and which file it is. '' where there is none. */
export function stampOf(file: string): string {
  const stat = fs.statSync(file, { throwIfNoEntry: false })
  return stat === undefined ? '' : `${stat.mtimeMs} ${stat.size} ${stat.ino}`
}

/** Reads a regular file of bounded size. @throws InputError, DeviceError that name the file */
export function readModelFile(file: string): ModelFile {
  const bytes = readBytes(file, MAX_BYTES)
  return {
    bytes,
    hash: createHash('sha256').update(bytes).digest('hex').slice(0, 16),
    name: path.parse(file).name,
  }
}
