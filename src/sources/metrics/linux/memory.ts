import { percent, reading, type Probe, type Reading } from '../probe'
import type { SystemFiles } from '../system-files'

const KB_PER_MB = 1024

/**
 * Share of the memory (or of the swap space) in use, in percent, or the memory in use in MB, from /proc/meminfo. What programs could
 * still have is not in use.
 */
export class Memory implements Probe {
  constructor(
    private readonly files: SystemFiles,
    private readonly which: 'memory' | 'memory_used' | 'swap',
  ) {}

  async read(): Promise<readonly Reading[]> {
    const text = (await this.files.text('proc/meminfo')) ?? ''
    const kilobytes = new Map(
      [...text.matchAll(/^(\w+):\s+(\d+) kB$/gm)].map(([, name, value]) => [name!, Number(value)]),
    )
    const [whole, left] =
      this.which === 'swap'
        ? [kilobytes.get('SwapTotal'), kilobytes.get('SwapFree')]
        : [kilobytes.get('MemTotal'), kilobytes.get('MemAvailable') ?? kilobytes.get('MemFree')]
    if (whole === undefined || left === undefined) return []
    if (this.which === 'memory_used') return reading('memory_used', 'MB', (whole - left) / KB_PER_MB)
    return reading(this.which, '%', percent(whole - left, whole))
  }
}
