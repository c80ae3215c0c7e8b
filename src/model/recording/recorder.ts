import path from 'node:path'
import { DeviceError } from '../../core/errors'
import type { Encoded, RecordFormat } from '../../core/record/encode'
import { notWritten } from '../atomic-file'
import { asFileName } from './file-name'
import { NumberedFolder } from './numbered-folder'
import { completeLeftovers, RecordingFile } from './recording-file'
import { realRecordingDisk, type RecordingDisk } from './recording-disk'

export interface RecorderSettings {
  readonly format: RecordFormat
  /** Folder and begin of the names of the files; for `folder` the folder itself. */
  readonly path: string
  /** A file that would become larger is complete, bytes; 0: never. */
  readonly maxBytes: number
  /** A file that is older is complete, ms; 0: never. */
  readonly maxAge: number
}

interface Job {
  readonly key: string
  readonly encoded: Encoded
  readonly topic: string
  readonly label: string
  readonly now: number
  readonly bytes: number
  readonly finish: () => void
  readonly fail: (error: unknown) => void
}

/** Lines that wait while the disk is busy, bytes. */
const MOST_WAITING = 64 * 1024 * 1024
/** Files that are open at a time. */
const MOST_OPEN = 200
const EXTENSIONS = { csv: '.csv', ndjson: '.ndjson', folder: '.csv' } as const

/**
 * Writes recordings: what arrives while the disk is busy is written in one go. Topics, kinds of lines and columns have files of their
 * own; a file is complete when it is large or old enough, and when recording stops. After a failure nothing more is taken; all lines of
 * before are kept.
 */
export class Recorder {
  private readonly files = new Map<string, RecordingFile>()
  private readonly numbered?: NumberedFolder
  private waiting: Job[] = []
  private waitingBytes = 0
  private working: Promise<void> = Promise.resolve()
  private busy = false
  private failure?: DeviceError

  /** @param completed is told of each file that is complete */
  constructor(
    private readonly settings: RecorderSettings,
    private readonly completed: (file: string) => void,
    private readonly disk: RecordingDisk = realRecordingDisk,
  ) {
    if (settings.format === 'folder') this.numbered = new NumberedFolder(settings.path, disk)
  }

  /** Completes what a kill or a power cut left behind. @param since begin of this process, ms since the epoch */
  async recover(since: number): Promise<void> {
    if (this.numbered !== undefined) return this.numbered.sweep()
    const { dir, base } = path.parse(this.settings.path)
    for (const file of await completeLeftovers(dir, base, since, this.disk)) this.completed(file)
  }

  /** Resolves when the lines are written. @throws DeviceError */
  write(encoded: Encoded, topic: string, label: string, now: number): Promise<void> {
    return new Promise((finish, fail) => {
      if (this.failure !== undefined) {
        fail(this.failure)
        return
      }
      const bytes = Buffer.byteLength(encoded.text)
      if (this.waitingBytes + bytes > MOST_WAITING) {
        fail(new DeviceError('record.tooSlow', { field: path.basename(this.settings.path) }))
        return
      }
      const key = JSON.stringify([encoded.kind, encoded.header, encoded.kind === 'messages' ? '' : topic])
      this.waiting.push({ key, encoded, topic, label, now, bytes, finish, fail })
      this.waitingBytes += bytes
      if (!this.busy) this.working = this.work()
    })
  }

  /** Completes all files, after what waits is written. @throws DeviceError where that fails */
  async stop(): Promise<void> {
    await this.working
    await this.finishAll()
  }

  /**
   * Completes files that are old enough though nothing more arrives for them.
   * @throws DeviceError where that fails: then nothing more is taken
   */
  async finishOld(now: number): Promise<void> {
    const { maxAge } = this.settings
    // What is being written looks at the age itself.
    if (maxAge === 0 || this.busy || this.failure !== undefined) return
    this.working = this.work(async () => {
      try {
        for (const [key, { since }] of [...this.files]) if (now - since >= maxAge) await this.finish(key)
      } catch (error) {
        await this.fail(error)
      }
    })
    await this.working
    const failure = this.failure as DeviceError | undefined
    if (failure !== undefined) throw failure
  }

  private async work(before?: () => Promise<void>): Promise<void> {
    this.busy = true
    await before?.()
    while (this.waiting.length > 0) {
      const jobs = this.waiting.splice(0)
      this.waitingBytes = 0
      for (const group of groupsOf(jobs)) await this.writeGroup(group)
    }
    this.busy = false
  }

  private async writeGroup(jobs: readonly Job[]): Promise<void> {
    if (this.failure === undefined) {
      try {
        if (this.numbered === undefined) await this.append(jobs)
        else
          for (const { encoded, topic, label } of jobs)
            this.completed(await this.numbered.write(encoded.text, topic, label))
        for (const job of jobs) job.finish()
        return
      } catch (error) {
        await this.fail(error)
      }
    }
    for (const job of jobs) job.fail(this.failure)
  }

  private async fail(error: unknown): Promise<void> {
    this.failure =
      error instanceof DeviceError ? error : notWritten(this.settings.path, error, 'record.diskFull')
    // What can still be completed is; the reason to stop is known already.
    await this.finishAll().catch(() => undefined)
  }

  /** Lines of one file, in one write where no file becomes complete in between. */
  private async append(jobs: readonly Job[]): Promise<void> {
    const { maxBytes, maxAge } = this.settings
    let text = ''
    let bytes = 0
    const flush = async (now: number): Promise<void> => {
      if (text === '') return
      const file = await this.fileFor(jobs[0]!, now)
      await file.append(Buffer.from(text), now)
      text = ''
      bytes = 0
    }
    for (const job of jobs) {
      const open = this.files.get(job.key)
      const size = (open?.bytes ?? 0) + bytes
      const isFull = maxBytes > 0 && size > 0 && size + job.bytes > maxBytes
      const isOld = maxAge > 0 && open !== undefined && job.now - open.since >= maxAge
      if (isFull || isOld) {
        await flush(job.now)
        await this.finish(job.key)
      }
      text += job.encoded.text
      bytes += job.bytes
    }
    await flush(jobs[jobs.length - 1]!.now)
  }

  private async fileFor({ key, encoded, topic }: Job, now: number): Promise<RecordingFile> {
    const known = this.files.get(key)
    if (known !== undefined) return known
    if (this.files.size >= MOST_OPEN) await this.finish(this.files.keys().next().value!)
    const { dir, base } = path.parse(this.settings.path)
    const parts = [
      base,
      encoded.kind === 'messages' ? '' : asFileName(topic),
      encoded.kind === 'verdicts' || encoded.kind === 'events' ? encoded.kind : '',
    ]
    const name = parts.filter((part) => part !== '').join('-')
    const file = await RecordingFile.create(dir, name, EXTENSIONS[this.settings.format], this.disk, now)
    this.files.set(key, file)
    if (encoded.header !== '') await file.append(Buffer.from(encoded.header), now)
    return file
  }

  private async finish(key: string): Promise<void> {
    const open = this.files.get(key)
    if (open === undefined) return
    this.files.delete(key)
    const file = await open.finish()
    if (file !== undefined) this.completed(file)
  }

  private async finishAll(): Promise<void> {
    let failure: unknown
    for (const key of [...this.files.keys()]) {
      await this.finish(key).catch((error: unknown) => (failure ??= error))
    }
    if (failure !== undefined) throw notWritten(this.settings.path, failure, 'record.diskFull')
  }
}

/** Jobs by the file that they belong into. */
function groupsOf(jobs: readonly Job[]): readonly (readonly Job[])[] {
  const groups = new Map<string, Job[]>()
  for (const job of jobs) {
    const group = groups.get(job.key)
    if (group === undefined) groups.set(job.key, [job])
    else group.push(job)
  }
  return [...groups.values()]
}
