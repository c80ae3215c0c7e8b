import fs from 'node:fs'
import { percent, reading, type Probe, type Reading } from './probe'

/** Share of a file system that is taken, in percent. No program is started for it. */
export class Space implements Probe {
  constructor(private readonly folder: string) {}

  async read(): Promise<readonly Reading[]> {
    try {
      const { blocks, bfree, bavail } = await fs.promises.statfs(this.folder)
      // As df does: what only root may have counts as taken.
      return reading('disk_used', '%', percent(blocks - bfree, blocks - bfree + bavail))
    } catch {
      return []
    }
  }
}
