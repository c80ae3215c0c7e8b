import fs from 'node:fs'
import { InputError } from '../../core/errors'
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

/** The inputs of an option with commas. */
export function inputNames(value: string): readonly string[] {
  return value
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
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
