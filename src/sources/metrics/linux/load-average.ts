import { reading, type Probe, type Reading } from '../probe'
import type { SystemFiles } from '../system-files'

/** How many programs wanted to run, on average over 1, 5 and 15 minutes. */
export class LoadAverage implements Probe {
  constructor(private readonly files: SystemFiles) {}

  async read(): Promise<readonly Reading[]> {
    const [one, five, fifteen] = ((await this.files.text('proc/loadavg')) ?? '').split(' ').map(Number)
    return [...reading('load1', '', one), ...reading('load5', '', five), ...reading('load15', '', fifteen)]
  }
}
