import fs from 'node:fs'
import path from 'node:path'
import { DeviceError } from '../core/errors'

/** A file that is being written. */
export interface DiskFile {
  /** Writes from `offset` on; gives back how many bytes were taken, which may be fewer than there are. */
  write(bytes: Uint8Array, offset: number): Promise<number>
  sync(): Promise<void>
  close(): Promise<void>
}

/** The few calls that an atomic save makes, so that tests can cut the power between any two of them. */
export interface Disk {
  /** Makes a new file, empty; fails where there is one. */
  create(file: string): Promise<DiskFile>
  rename(from: string, to: string): Promise<void>
  remove(file: string): Promise<void>
  /** Makes what was created or renamed in a folder last. */
  syncFolder(folder: string): Promise<void>
}

/** What file systems answer that cannot sync a folder; there a rename is as durable as it gets. */
const FOLDER_SYNC_UNKNOWN = new Set([
  'EINVAL',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EISDIR',
  'EPERM',
  'EACCES',
  'EBADF',
])

export const realDisk: Disk = {
  async create(file) {
    const handle = await fs.promises.open(file, 'wx', 0o600)
    return {
      write: async (bytes, offset) => (await handle.write(bytes, offset, bytes.length - offset)).bytesWritten,
      sync: () => handle.sync(),
      close: () => handle.close(),
    }
  },
  async rename(from, to) {
    for (let attempt = 0; ; attempt++) {
      try {
        return await fs.promises.rename(from, to)
      } catch (error) {
        // On Windows a virus scanner may hold the file for a moment.
        const code = (error as NodeJS.ErrnoException).code
        if (
          process.platform !== 'win32' ||
          attempt >= 5 ||
          (code !== 'EPERM' && code !== 'EBUSY' && code !== 'EACCES')
        )
          throw error
        await new Promise((resolve) => setTimeout(resolve, 20 << attempt))
      }
    }
  },
  remove: (file) => fs.promises.rm(file, { force: true }),
  async syncFolder(folder) {
    try {
      const handle = await fs.promises.open(folder, 'r')
      try {
        await handle.sync()
      } finally {
        await handle.close()
      }
    } catch (error) {
      if (!FOLDER_SYNC_UNKNOWN.has((error as NodeJS.ErrnoException).code ?? '')) throw error
    }
  },
}

/** Makes a folder and its missing parents, so that they are still there after a power cut. @throws DeviceError where that cannot be */
export async function makeFolder(folder: string, disk: Disk = realDisk): Promise<void> {
  const first = await fs.promises.mkdir(folder, { recursive: true }).catch((cause: NodeJS.ErrnoException) => {
    const error = new DeviceError('files.noFolder', { field: folder, reason: cause.message }, { cause })
    throw Object.assign(error, { code: cause.code })
  })
  if (first === undefined) return
  for (let made = path.resolve(folder); ; made = path.dirname(made)) {
    await disk.syncFolder(path.dirname(made))
    if (made === path.resolve(first)) return
  }
}
