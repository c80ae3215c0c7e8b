import fs from 'node:fs'
import { realDisk, type Disk } from '../disk'

/** The calls that recording makes, so that tests can fill the disk at any of them. */
export interface RecordingDisk extends Disk {
  /** Cuts a file off after so many bytes. */
  truncate(file: string, bytes: number): Promise<void>
  /** Gives a file its name; false where that is taken: then nothing has changed. */
  place(temporary: string, file: string): Promise<boolean>
}

/** What file systems without links answer, as those of memory sticks. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])

export const realRecordingDisk: RecordingDisk = {
  ...realDisk,
  truncate: (file, bytes) => fs.promises.truncate(file, bytes),
  async place(temporary, file) {
    try {
      // A rename would replace what another recorder has just written there.
      await fs.promises.link(temporary, file)
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException
      if (code === 'EEXIST' || fs.existsSync(file)) return false
      if (!NO_LINKS.has(code)) throw error
      await realDisk.rename(temporary, file)
      return true
    }
    await realDisk.remove(temporary)
    return true
  },
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
