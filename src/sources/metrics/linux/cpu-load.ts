import { percent, reading, type Probe, type Reading } from '../probe'
import type { SystemFiles } from '../system-files'

interface Times {
  readonly busy: number
  readonly all: number
}

/**
 * Share of the time since the last reading that the processor worked, from /proc/stat: of all cores (`cpu`) or of each
 * (`cpu0` …). Waiting for a disk (iowait) is no work.
 */
export class CpuLoad implements Probe {
  private before = new Map<string, Times>()

  constructor(
    private readonly files: SystemFiles,
    private readonly which: 'all' | 'each',
  ) {}

  async read(): Promise<readonly Reading[]> {
    const text = (await this.files.text('proc/stat')) ?? ''
    const now = new Map<string, Times>()
    const readings: Reading[] = []
    for (const [, name, counts] of text.matchAll(/^(cpu\d*)\s+([\d ]+)$/gm)) {
      if ((name === 'cpu') !== (this.which === 'all')) continue
      const times = timesOf(counts!)
      const last = this.before.get(name!)
      now.set(name!, times)
      if (last === undefined) continue
      // On an idle core the kernel's counts may go back a little.
      readings.push(...reading(name!, '%', percent(times.busy - last.busy, times.all - last.all)))
    }
    this.before = now
    return readings
  }
}

/** user nice system idle iowait irq softirq steal; what follows (guests) is in user already. */
function timesOf(counts: string): Times {
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = counts
    .split(' ')
    .map(Number)
  const busy = user + nice + system + irq + softirq + steal
  return { busy, all: busy + idle + iowait }
}
