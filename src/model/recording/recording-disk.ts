import fs from 'node:fs'
import { realDisk, type Disk } from '../disk'

/** The calls that recording makes, so that tests can fill the disk at any of them. */
export interface RecordingDisk extends Disk {
  /** Cuts a file off after so many bytes. */
  truncate(file: string, bytes: number): Promise<void>
}

export const realRecordingDisk: RecordingDisk = {
  ...realDisk,
  truncate: (file, bytes) => fs.promises.truncate(file, bytes),
  async create(file) {
    // Recordings are for people, other programs too: they get the usual rights.
    const handle = await fs.promises.open(file, 'wx')
    return {
      write: async (bytes, offset) => (await handle.write(bytes, offset, bytes.length - offset)).bytesWritten,
      sync: () => handle.sync(),
      close: () => handle.close(),
    }
  },
}
