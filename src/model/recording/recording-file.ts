import fs from 'node:fs'
import path from 'node:path'
import { makeFolder, type DiskFile } from '../disk'
import type { RecordingDisk } from './recording-disk'

/** What a recording is called until it is complete. */
export const UNFINISHED = '.part'
/** Written data reach the disk at least this often, ms: a power cut costs no more. */
const SYNC_MS = 5000

/**
 * One file of a recording: whole lines are appended to `<name>.part`, and the name comes when it is complete, so that nobody takes a half
 * file for a whole one. Where an append fails, the file keeps every line of before.
 */
export class RecordingFile {
  /** Bytes of whole lines. */
  bytes = 0
  /** Where the last line of an append that failed begins to be torn. */
  private torn = false
  private synced: number

  private constructor(
    readonly file: string,
    private readonly handle: DiskFile,
    private readonly disk: RecordingDisk,
    /** When it was begun, ms since the epoch. */
    readonly since: number,
  ) {
    this.synced = since
  }

  /** Makes a new file `<name>-<time>`, a millisecond later where that is taken, so that names sort by age. Folders are made, too. */
  static async create(
    folder: string,
    name: string,
    extension: string,
    disk: RecordingDisk,
    now: number,
  ): Promise<RecordingFile> {
    await makeFolder(folder, disk)
    for (let i = 0; ; i++) {
      const file = path.join(folder, `${name}-${stampOf(now + i)}${extension}`)
      if (fs.existsSync(file)) continue
      try {
        return new RecordingFile(file, await disk.create(file + UNFINISHED), disk, now)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      }
    }
  }

  /** Appends whole lines. */
  async append(lines: Uint8Array, now: number): Promise<void> {
    this.torn = true
    for (let written = 0; written < lines.length;) {
      const count = await this.handle.write(lines, written)
      if (count <= 0) throw Object.assign(new Error('the disk takes no more bytes'), { code: 'ENOSPC' })
      written += count
    }
    this.bytes += lines.length
    this.torn = false
    if (now - this.synced < SYNC_MS) return
    this.synced = now
    await this.handle.sync()
  }

  /** Completes it: what was appended in whole is there under its name. @returns undefined where it would be empty */
  async finish(): Promise<string | undefined> {
    const unfinished = this.file + UNFINISHED
    try {
      if (!this.torn) await this.handle.sync()
    } finally {
      await this.handle.close()
    }
    if (this.bytes === 0) {
      await this.disk.remove(unfinished)
      return undefined
    }
    if (this.torn) await this.disk.truncate(unfinished, this.bytes)
    await this.disk.rename(unfinished, this.file)
    await this.disk.syncFolder(path.dirname(this.file))
    return this.file
  }
}

/** `20260102-030405-678` in UTC. */
function stampOf(now: number): string {
  return new Date(now).toISOString().slice(0, 23).replace(/[-:]/g, '').replace(/[T.]/g, '-')
}

/**
 * Completes what a power cut or a kill left behind in a folder: files `<base>…<extension>.part` from before `since` lose the line
 * that is torn, and get their names.
 * @returns the files that are complete now
 */
export async function completeLeftovers(
  folder: string,
  base: string,
  since: number,
  disk: RecordingDisk,
): Promise<readonly string[]> {
  const done: string[] = []
  for (const name of await namesIn(folder)) {
    if (!name.startsWith(base) || !name.endsWith(UNFINISHED)) continue
    const unfinished = path.join(folder, name)
    const file = unfinished.slice(0, -UNFINISHED.length)
    const stat = await fs.promises.stat(unfinished)
    // A younger one is being written, by another node perhaps.
    if (!stat.isFile() || stat.mtimeMs >= since || fs.existsSync(file)) continue
    const whole = await endOfLastLine(unfinished, stat.size)
    if (whole === 0) {
      await disk.remove(unfinished)
      continue
    }
    if (whole < stat.size) await disk.truncate(unfinished, whole)
    await disk.rename(unfinished, file)
    done.push(file)
  }
  return done
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await fs.promises.readdir(folder)
  } catch {
    return []
  }
}

/** Bytes up to and with the last line end. */
async function endOfLastLine(file: string, size: number): Promise<number> {
  const handle = await fs.promises.open(file, 'r')
  try {
    const piece = Buffer.alloc(64 * 1024)
    for (let end = size; end > 0;) {
      const begin = Math.max(0, end - piece.length)
      const { bytesRead } = await handle.read(piece, 0, end - begin, begin)
      const at = piece.subarray(0, bytesRead).lastIndexOf(10)
      if (at >= 0) return begin + at + 1
      end = begin
    }
    return 0
  } finally {
    await handle.close()
  }
}
