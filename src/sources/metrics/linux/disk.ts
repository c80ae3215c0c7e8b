import { CounterRates } from '../counter-rate'
import { reading, type Probe, type Reading } from '../probe'
import type { SystemFiles } from '../system-files'

/** /proc/diskstats counts in these, whatever the disk's own are; kB. */
const SECTOR = 0.512
const DISK = /^(sd[a-z]+|x?vd[a-z]+|hd[a-z]+|mmcblk\d+|nvme\d+n\d+)$/
const NO_DISK = /^(loop|ram|zram|dm-|md|sr|fd)\d*/

/** What all disks together read and write, in kB/s, from /proc/diskstats. */
export class Disk implements Probe {
  private readonly isDisk = new Map<string, boolean>()
  private readonly readRates = new CounterRates()
  private readonly writeRates = new CounterRates()

  constructor(private readonly files: SystemFiles) {}

  async read(now: number): Promise<readonly Reading[]> {
    const text = (await this.files.text('proc/diskstats')) ?? ''
    const read = new Map<string, number>()
    const written = new Map<string, number>()
    for (const line of text.split('\n')) {
      const [, , name, , , sectorsRead, , , , sectorsWritten] = line.trim().split(/\s+/)
      if (name === undefined || sectorsWritten === undefined || !(await this.counts(name))) continue
      read.set(name, SECTOR * Number(sectorsRead))
      written.set(name, SECTOR * Number(sectorsWritten))
    }
    return [
      ...reading('disk_read', 'kB/s', this.readRates.push(read, now)),
      ...reading('disk_write', 'kB/s', this.writeRates.push(written, now)),
    ]
  }

  /** Whole disks only: their partitions would count twice. */
  private async counts(name: string): Promise<boolean> {
    let known = this.isDisk.get(name)
    if (known === undefined) {
      known = (await this.files.has('sys/block'))
        ? !NO_DISK.test(name) && (await this.files.has(`sys/block/${name}`))
        : DISK.test(name)
      this.isDisk.set(name, known)
    }
    return known
  }
}
