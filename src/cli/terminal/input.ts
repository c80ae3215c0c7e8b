import fs from 'node:fs'
import { InputError } from '../../core/errors'
import { listRecordings } from '../../sources/replay/list-files'
import type { CsvInput } from '../csv/read-rows'
import type { Progress } from './progress'

/** Bytes read at once from a file. */
const CHUNK = 1_048_576
/** Bytes that tell whether a file is text. */
const LOOKED_AT = 65_536
const LF = 10
const CR = 13

/** @throws InputError where a file is not there or is none that can be read */
function sizeOf(name: string): number {
  try {
    const stat = fs.statSync(name)
    if (stat.isDirectory()) throw new InputError('files.notAFile', { field: name })
    fs.accessSync(name, fs.constants.R_OK)
    return stat.isFile() ? stat.size : 0
  } catch (error) {
    throw notRead(name, error)
  }
}

/** Opens a CSV file; `-` is standard input. Progress is told where the size is known. @throws InputError where it cannot be read */
export function openInput(name: string, progress?: Progress): CsvInput {
  if (name === '-') return { name: 'stdin', chunks: textOnly('stdin', process.stdin) }
  return { name, chunks: textOnly(name, chunksOf(name, sizeOf(name), progress)) }
}

/**
 * The inputs of an option with commas; a folder stands for the tables in it, in the order in which people count (2 before 10).
 * @throws InputError where one of them is not there, before any is read
 */
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
  for (const name of names) if (name !== '-') sizeOf(name)
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

/** What begins as no text in UTF-8 does is not read on. @throws InputError that says what it is */
async function* textOnly(name: string, chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  let isFirst = true
  for await (const chunk of chunks) {
    if (isFirst) checkText(name, chunk)
    isFirst = false
    yield chunk
  }
}

function checkText(name: string, bytes: Buffer): void {
  const start = bytes.subarray(0, LOOKED_AT)
  if (start[0] === 0x1f && start[1] === 0x8b) throw new InputError('cli.gzip', { field: name })
  const isUtf16 = (start[0] === 0xff && start[1] === 0xfe) || (start[0] === 0xfe && start[1] === 0xff)
  if (isUtf16 || start.includes(0)) throw new InputError('cli.notUtf8', { field: name })
  const end = start.indexOf(LF)
  const line = end < 0 ? start : start.subarray(0, end)
  // A carriage return within a line: that of old Macs.
  const at = line.indexOf(CR)
  if (at >= 0 && line.subarray(at).some((byte) => byte !== CR))
    throw new InputError('cli.carriageReturns', { field: name })
}

function notRead(name: string, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === undefined) return error
  if (code === 'ENOENT') return new InputError('files.missing', { field: name }, { cause: error })
  return new InputError('cli.notRead', { field: name, reason: message }, { cause: error })
}
