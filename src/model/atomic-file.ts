import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { DeviceError } from '../core/errors'
import { canonicalJson } from './canonical-json'
import { realDisk, type Disk } from './disk'
import { openSeal, seal } from './seal'

/** Sealed files above this are refused before they are read, bytes. */
export const MAX_SEALED_BYTES = 128 * 1024 * 1024

const TEMPORARY = /\.(\d+)-[0-9a-f]{12}\.tmp$/
/** A temporary file this old belongs to nobody, whoever has its process id now, ms. */
const ABANDONED_AFTER = 3_600_000

/**
 * The last save of each file, so that saves of one file keep the order in which they were asked for. This has to be one
 * for the whole process, as the files are; entries go when their save ends.
 */
const lastSaves = new Map<string, Promise<void>>()

/**
 * Replaces a file so that whatever happens in between (kill, power cut, full disk) leaves the old content or the new one.
 * Resolves when the new content is on the disk. The folder must exist.
 * @throws DeviceError: then the old content is still there
 */
export function writeAtomic(file: string, bytes: Uint8Array, disk: Disk = realDisk): Promise<void> {
  const target = path.resolve(file)
  const before = lastSaves.get(target) ?? Promise.resolve()
  const save = before.then(() => replace(target, bytes, disk))
  const settled = save
    .catch(() => undefined)
    .then(() => {
      if (lastSaves.get(target) === settled) lastSaves.delete(target)
    })
  lastSaves.set(target, settled)
  return save
}

async function replace(target: string, bytes: Uint8Array, disk: Disk): Promise<void> {
  try {
    const temporary = await writeTemporary(target, bytes, disk)
    try {
      await disk.rename(temporary, target)
    } catch (error) {
      await disk.remove(temporary).catch(() => undefined)
      throw error
    }
    await disk.syncFolder(path.dirname(target))
  } catch (error) {
    throw notWritten(target, error)
  }
}

/** Writes beside a file what is to become it. @returns the path; nothing is left where it fails */
export async function writeTemporary(target: string, bytes: Uint8Array, disk: Disk): Promise<string> {
  const temporary = `${target}.${process.pid}-${randomBytes(6).toString('hex')}.tmp`
  try {
    const file = await disk.create(temporary)
    try {
      // One write may take less than it was given (a nearly full disk): only the loop notices.
      for (let written = 0; written < bytes.length;) {
        const count = await file.write(bytes, written)
        if (count <= 0) throw new Error('the disk takes no more bytes')
        written += count
      }
      await file.sync()
    } finally {
      await file.close()
    }
    return temporary
  } catch (error) {
    await disk.remove(temporary).catch(() => undefined)
    throw error
  }
}

/** A DeviceError for a failed write, in plain words where the disk is full. @param full what is said then */
export function notWritten(
  file: string,
  cause: unknown,
  full: 'files.diskFull' | 'record.diskFull' = 'files.diskFull',
): DeviceError {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code
  const field = path.basename(file)
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG')
    return new DeviceError(full, { field }, { cause })
  return new DeviceError('files.notWritten', { field, reason: reasonOf(cause) }, { cause })
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}

/** Writes a JSON document with its checksum and the name of its schema, atomically. @throws DeviceError, InputError where it is no plain JSON */
export async function writeSealed(
  file: string,
  schema: string,
  document: unknown,
  disk?: Disk,
): Promise<void> {
  await writeAtomic(file, seal(schema, canonicalJson(document)), disk)
}

/** Reads what `writeSealed` wrote. @throws InputError where a single byte differs or the schema is another one; DeviceError where it cannot be read */
export async function readSealed(file: string, schema: string): Promise<unknown> {
  return readSealedSync(file, schema)
}

/** `readSealed` at once. */
export function readSealedSync(file: string, schema: string): unknown {
  return openSeal(readBytes(file, MAX_SEALED_BYTES), schema, path.basename(file))
}

/** A regular file of at most `max` bytes. @throws DeviceError */
export function readBytes(file: string, max: number): Uint8Array {
  const field = path.basename(file)
  let handle: number | undefined
  try {
    // NONBLOCK: a pipe in the place of a file must not hold up the whole program.
    handle = fs.openSync(file, fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0))
    const stat = fs.fstatSync(handle)
    if (!stat.isFile()) throw new DeviceError('files.notAFile', { field })
    if (stat.size > max)
      throw new DeviceError('files.tooLarge', { field, max: megabytes(max), got: megabytes(stat.size) })
    return fs.readFileSync(handle)
  } catch (error) {
    if (error instanceof DeviceError) throw error
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new DeviceError('files.missing', { field }, { cause: error })
    throw new DeviceError('files.notRead', { field, reason: reasonOf(error) }, { cause: error })
  } finally {
    if (handle !== undefined) fs.closeSync(handle)
  }
}

function megabytes(bytes: number): string {
  return `${Number((bytes / (1024 * 1024)).toPrecision(3))} MB`
}

/**
 * Removes the temporary files that an interrupted save left in a folder; gives back how many. Files of another process that is
 * still running are left alone. For the start, before anything is saved.
 */
export function sweepTemporaryFiles(folder: string): number {
  let swept = 0
  for (const name of listFolder(folder)) {
    const pid = TEMPORARY.exec(name)?.[1]
    if (pid === undefined) continue
    const file = path.join(folder, name)
    try {
      if (isAbandoned(Number(pid), fs.statSync(file).mtimeMs)) {
        fs.rmSync(file, { force: true })
        swept++
      }
    } catch {
      // gone meanwhile, or not ours to remove: it does no harm
    }
  }
  return swept
}

function isAbandoned(pid: number, modified: number): boolean {
  const now = Date.now()
  if (now - modified > ABANDONED_AFTER) return true
  // In containers the process id of the last run is often ours again.
  if (pid === process.pid) return modified < now - process.uptime() * 1000
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

/** Names in a folder, sorted; none where there is no folder. */
export function listFolder(folder: string): readonly string[] {
  try {
    return fs.readdirSync(folder).sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw new DeviceError(
      'files.notRead',
      { field: path.basename(folder), reason: reasonOf(error) },
      { cause: error },
    )
  }
}
