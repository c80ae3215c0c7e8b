import fs from 'node:fs'
import path from 'node:path'
import { DeviceError } from '../../core/errors'
import { writeAtomic } from '../atomic-file'
import { makeFolder, type Disk } from '../disk'
import { asFileName } from './file-name'

/** Files have four digits: 0000.csv to 9999.csv. */
const MOST = 10_000

/** A folder of `NNNN.csv`, one file for each window; labels have folders of their own in it. */
export class NumberedFolder {
  /** The next free number of each folder. */
  private readonly next = new Map<string, number>()

  constructor(
    private readonly folder: string,
    private readonly disk: Disk,
  ) {}

  /** Writes one whole file. @returns its path @throws DeviceError where the folder is full, or the disk */
  async write(text: string, label: string): Promise<string> {
    const folder = label === '' ? this.folder : path.join(this.folder, asFileName(label))
    let number = this.next.get(folder)
    if (number === undefined) {
      await makeFolder(folder, this.disk)
      number = await firstFree(folder)
    }
    if (number >= MOST)
      throw new DeviceError('record.folderFull', { field: path.basename(folder), max: MOST })
    const file = path.join(folder, `${String(number).padStart(4, '0')}.csv`)
    await writeAtomic(file, Buffer.from(text), this.disk)
    this.next.set(folder, number + 1)
    return file
  }
}

async function firstFree(folder: string): Promise<number> {
  let next = 0
  for (const name of await fs.promises.readdir(folder)) {
    const number = /^(\d{4})\.csv$/.exec(name)?.[1]
    if (number !== undefined) next = Math.max(next, Number(number) + 1)
  }
  return next
}
