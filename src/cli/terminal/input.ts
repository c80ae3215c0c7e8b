import fs from 'node:fs'
import { InputError } from '../../core/errors'
import { listRecordings } from '../../sources/replay/list-files'
import type { CsvInput } from '../csv/read-rows'
import type { Progress } from './progress'

/** Bytes read at once from a file. */
const CHUNK = 1_048_576

/** Opens a CSV file; `-` is standard input. Progress is told where the size is known. @throws InputError where it cannot be read */
export function openInput(name: string, progress?: Progress): CsvInput {
  if (name === '-') return { name: 'stdin', chunks: process.stdin }
  let size: number
  try {
    const stat = fs.statSync(name)
    if (stat.isDirectory()) throw new InputError('files.notAFile', { field: name })
    size = stat.isFile() ? stat.size : 0
  } catch (error) {
    throw notRead(name, error)
  }
  return { name, chunks: chunksOf(name, size, progress) }
}

/** The inputs of an option with commas; a folder stands for the tables in it, in the order in which people count (2 before 10). */
export async function inputNames(value: string): Promise<readonly string[]> {
  const names: string[] = []
  for (const each of value.split(',')) {
    const name = each.trim()
    if (name === '') continue
    const isFolder = name !== '-' && fs.statSync(name, { throwIfNoEntry: false })?.isDirectory() === true
    if (!isFolder) names.push(name)
    else
      for (const { file } of (await listRecordings(name)).files)
        if (!/\.(ndjson|jsonl)$/i.test(file)) names.push(file)
  }
  return names
}

async function* chunksOf(name: string, size: number, progress: Progress | undefined): AsyncIterable<Buffer> {
  let read = 0
  try {
    for await (const chunk of fs.createReadStream(name, { highWaterMark: CHUNK })) {
      const bytes = chunk as Buffer
      yield bytes
      read += bytes.length
      if (size > 0) progress?.show(Math.min(1, read / size))
    }
  } catch (error) {
    throw notRead(name, error)
  }
}

function notRead(name: string, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === undefined) return error
  if (code === 'ENOENT') return new InputError('files.missing', { field: name }, { cause: error })
  return new InputError('files.notRead', { field: name, reason: message }, { cause: error })
}
