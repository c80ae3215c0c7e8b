import { percent, reading, type Probe, type Reading } from '../probe'
import type { SystemFiles } from '../system-files'

/** Share of the memory (or of the swap space) in use, in percent, from /proc/meminfo. What programs could still have is not in use. */
export class Memory implements Probe {
  constructor(
    private readonly files: SystemFiles,
    private readonly which: 'memory' | 'swap',
  ) {}

  async read(): Promise<readonly Reading[]> {
    const text = (await this.files.text('proc/meminfo')) ?? ''
    const kilobytes = new Map(
      [...text.matchAll(/^(\w+):\s+(\d+) kB$/gm)].map(([, name, value]) => [name!, Number(value)]),
    )
    const [whole, left] =
      this.which === 'memory'
        ? [kilobytes.get('MemTotal'), kilobytes.get('MemAvailable') ?? kilobytes.get('MemFree')]
        : [kilobytes.get('SwapTotal'), kilobytes.get('SwapFree')]
    if (whole === undefined || left === undefined) return []
    return reading(this.which, '%', percent(whole - left, whole))
  }
}
