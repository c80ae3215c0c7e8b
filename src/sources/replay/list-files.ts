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

/**
 * The recordings below a path, in the order of their names as people count (2 before 10): a file itself, or those of a folder and of the
 * folders in it.
 * @throws DeviceError where there is none
 */
export async function listRecordings(target: string): Promise<readonly RecordedFile[]> {
  const field = path.basename(target)
  let found: readonly string[]
  try {
    const stat = await fs.promises.stat(target)
    found = stat.isDirectory() ? await filesOf(target) : [target]
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT') throw new DeviceError('files.missing', { field }, { cause: error })
    const reason = error instanceof Error ? error.message : String(error)
    throw new DeviceError('files.notRead', { field, reason }, { cause: error })
  }
  if (found.length === 0) throw new DeviceError('replay.noFiles', { field })
  const files: RecordedFile[] = []
  for (const file of found) {
    const stat = await fs.promises.stat(file)
    // A pipe or device would hold the program up.
    if (!stat.isFile()) throw new DeviceError('files.notAFile', { field: path.basename(file) })
    files.push({ file, size: stat.size, folder: path.basename(path.dirname(file)) })
  }
  return files
}

async function filesOf(folder: string): Promise<readonly string[]> {
  const entries = await fs.promises.readdir(folder, { withFileTypes: true })
  const inside: string[] = []
  for (const entry of entries) {
    const file = path.join(folder, entry.name)
    if (entry.isFile()) inside.push(file)
    else if (entry.isDirectory()) {
      for (const below of await fs.promises.readdir(file, { withFileTypes: true }))
        if (below.isFile()) inside.push(path.join(file, below.name))
    }
  }
  const recorded = inside.filter((file) => RECORDED.test(file)).slice(0, MOST)
  return recorded.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
}
