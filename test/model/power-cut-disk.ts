import path from 'node:path'
import type { Disk, DiskFile } from '../../src/model/disk'

interface Inode {
  data: Buffer
  /** What has reached the platter. */
  synced: Buffer
}

type Names = ReadonlyMap<string, Inode>

export class PowerCut extends Error {}

/**
 * A disk in memory that keeps apart what was written and what was made last. The power goes out at call number `cutAt`; then
 * `outcomes` gives every content that a file may have afterwards: unsynced data may be there or not, in whole or in part, and
 * so may creations and renames since the last sync of their folder, in the order in which they were made.
 */
export class PowerCutDisk implements Disk {
  private live: Map<string, Inode>
  private durable: Names
  private history: Names[] = []
  calls = 0

  constructor(
    files: Readonly<Record<string, string>>,
    private readonly cutAt: number,
    /** Most bytes that one write takes. */
    private readonly chunk = Infinity,
  ) {
    this.live = new Map(
      Object.entries(files).map(([name, text]) => {
        const content = Buffer.from(text)
        return [path.resolve(name), { data: content, synced: content }]
      }),
    )
    this.durable = new Map(this.live)
  }

  async create(file: string): Promise<DiskFile> {
    this.call()
    const inode: Inode = { data: Buffer.alloc(0), synced: Buffer.alloc(0) }
    this.changeNames((names) => names.set(file, inode))
    return {
      write: async (bytes, offset) => {
        this.call()
        const taken = bytes.subarray(offset, Math.min(bytes.length, offset + this.chunk))
        inode.data = Buffer.concat([inode.data.subarray(0, offset), taken])
        return taken.length
      },
      sync: async () => {
        this.call()
        inode.synced = inode.data
      },
      close: async () => this.call(),
    }
  }

  async rename(from: string, to: string): Promise<void> {
    this.call()
    const inode = this.live.get(from)
    if (inode === undefined) throw new Error('ENOENT')
    this.changeNames((names) => {
      names.delete(from)
      names.set(to, inode)
    })
  }

  async remove(file: string): Promise<void> {
    this.call()
    this.changeNames((names) => names.delete(file))
  }

  async syncFolder(): Promise<void> {
    this.call()
    this.durable = new Map(this.live)
    this.history = []
  }

  /** Every content that the file may have when the power is back; undefined stands for no file. */
  outcomes(file: string): ReadonlySet<string | undefined> {
    const found = new Set<string | undefined>()
    for (const names of [this.durable, ...this.history]) {
      const inode = names.get(path.resolve(file))
      if (inode === undefined) found.add(undefined)
      else for (const content of contentsOf(inode)) found.add(content)
    }
    return found
  }

  private changeNames(change: (names: Map<string, Inode>) => void): void {
    change(this.live)
    this.history.push(new Map(this.live))
  }

  private call(): void {
    if (this.calls >= this.cutAt) throw new PowerCut('the power is out')
    this.calls++
  }
}

function contentsOf({ data, synced }: Inode): readonly string[] {
  if (data === synced) return [synced.toString()]
  return [synced, data.subarray(0, 0), data.subarray(0, data.length >> 1), data].map((content) =>
    content.toString(),
  )
}
