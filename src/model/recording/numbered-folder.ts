import fs from 'node:fs'
import path from 'node:path'
import { DeviceError } from '../../core/errors'
import { sweepTemporaryFiles, writeTemporary } from '../atomic-file'
import { makeFolder } from '../disk'
import { asFileName } from './file-name'
import type { RecordingDisk } from './recording-disk'

/** Files have four digits: 0000.csv to 9999.csv. */
const MOST = 10_000

/** A folder of `NNNN.csv`, one file for each window; topics have folders of their own in it, and labels in those. */
export class NumberedFolder {
  /** The next free number of each folder. */
  private readonly next = new Map<string, number>()

  constructor(
    private readonly folder: string,
    private readonly disk: RecordingDisk,
  ) {}

  /** Writes one whole file; never over one that is there. @returns its path @throws DeviceError where the folder is full */
  async write(text: string, topic: string, label: string): Promise<string> {
    const folder = path.join(this.folder, ...[topic, label].filter((name) => name !== '').map(asFileName))
    let number = this.next.get(folder)
    if (number === undefined) {
      await makeFolder(folder, this.disk)
      number = await firstFree(folder)
    }
    const temporary = await writeTemporary(fileOf(folder, number), Buffer.from(text), this.disk)
    try {
      // Another recorder may write to the same folder.
      while (number < MOST && !(await this.disk.place(temporary, fileOf(folder, number)))) number++
    } catch (error) {
      await this.disk.remove(temporary).catch(() => undefined)
      throw error
    }
    this.next.set(folder, number + 1)
    if (number >= MOST) {
      await this.disk.remove(temporary)
      throw new DeviceError('record.folderFull', { field: path.basename(folder), max: MOST })
    }
    await this.disk.syncFolder(folder)
    return fileOf(folder, number)
  }

  /** Removes what a kill or a power cut left behind. */
  async sweep(): Promise<void> {
    for (const folder of [this.folder, ...(await foldersIn(this.folder))]) {
      sweepTemporaryFiles(folder)
      if (folder !== this.folder) for (const below of await foldersIn(folder)) sweepTemporaryFiles(below)
    }
  }
}

function fileOf(folder: string, number: number): string {
  return path.join(folder, `${String(number).padStart(4, '0')}.csv`)
}

async function firstFree(folder: string): Promise<number> {
  let next = 0
  for (const name of await fs.promises.readdir(folder)) {
    const number = /^(\d{4})\.csv$/.exec(name)?.[1]
    if (number !== undefined) next = Math.max(next, Number(number) + 1)
  }
  return next
}

async function foldersIn(folder: string): Promise<readonly string[]> {
  try {
    const entries = await fs.promises.readdir(folder, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => path.join(folder, name))
  } catch {
    return []
  }
}
