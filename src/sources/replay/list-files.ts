import fs from 'node:fs'
import path from 'node:path'
import { DeviceError } from '../../core/errors'

export interface RecordedFile {
  readonly file: string
  /** Bytes. */
  readonly size: number
  /** Name of the folder that it lies in. */
  readonly folder: string
}

const RECORDED = /\.(csv|tsv|txt|ndjson|jsonl)$/i
const MOST = 1_000_000
/** Folders in folders. */
const DEEPEST = 16

/**
 * The recordings below a path, in the order of their names as people count (2 before 10): a file itself, or those of a folder and of all
 * folders in it.
 * @returns and how many folders and files were left out, since they are too deep or too many
 * @throws DeviceError where there is none
 */
export async function listRecordings(
  target: string,
): Promise<{ readonly files: readonly RecordedFile[]; readonly leftOut: number }> {
  const field = path.basename(target)
  const found: string[] = []
  let leftOut = 0
  try {
    const stat = await fs.promises.stat(target)
    if (stat.isDirectory()) leftOut = await gather(target, DEEPEST, found)
    else found.push(target)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT') throw new DeviceError('files.missing', { field }, { cause: error })
    const reason = error instanceof Error ? error.message : String(error)
    throw new DeviceError('files.notRead', { field, reason }, { cause: error })
  }
  if (found.length === 0) throw new DeviceError('replay.noFiles', { field })
  found.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  const files: RecordedFile[] = []
  for (const file of found) {
    const stat = await fs.promises.stat(file)
    // A pipe or device would hold the program up.
    if (!stat.isFile()) throw new DeviceError('files.notAFile', { field: path.basename(file) })
    files.push({ file, size: stat.size, folder: path.basename(path.dirname(file)) })
  }
  return { files, leftOut }
}

/** @returns how many folders and files were left out */
async function gather(folder: string, depth: number, found: string[]): Promise<number> {
  let leftOut = 0
  for (const entry of await fs.promises.readdir(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name)
    if (entry.isDirectory()) leftOut += depth > 0 ? await gather(file, depth - 1, found) : 1
    else if (entry.isFile() && RECORDED.test(file)) {
      if (found.length < MOST) found.push(file)
      else leftOut++
    }
  }
  return leftOut
}
