import { reading, type Probe, type Reading } from '../probe'
import type { SystemFiles } from '../system-files'

/** How many programs wanted to run, on average over 1, 5 and 15 minutes. */
export class LoadAverage implements Probe {
  constructor(private readonly files: SystemFiles) {}

  async read(): Promise<readonly Reading[]> {
    const text = await this.files.text('proc/loadavg')
    // Nothing is not 0.
    const [one, five, fifteen] = (text?.match(/[\d.]+/g) ?? []).map(Number)
    return [...reading('load1', '', one), ...reading('load5', '', five), ...reading('load15', '', fifteen)]
  }
}
