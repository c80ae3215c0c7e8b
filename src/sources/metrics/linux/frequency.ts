import { reading, type Probe, type Reading } from '../probe'
import type { SystemFiles } from '../system-files'

const POLICIES = 'sys/devices/system/cpu/cpufreq'

/** Mean frequency of the cores in MHz: from cpufreq, or where there is none (virtual machines) from /proc/cpuinfo. */
export class Frequency implements Probe {
  constructor(private readonly files: SystemFiles) {}

  async read(): Promise<readonly Reading[]> {
    const policies = (await this.files.list(POLICIES)).filter((name) => name.startsWith('policy'))
    const kilohertz = await Promise.all(
      // Cores that share a clock share a policy, so a Pi is read once, not four times.
      policies.map((name) => this.files.number(`${POLICIES}/${name}/scaling_cur_freq`)),
    )
    const known = kilohertz.filter((value) => value !== undefined)
    if (known.length > 0) return reading('frequency', 'MHz', mean(known) / 1000)
    const text = (await this.files.text('proc/cpuinfo')) ?? ''
    const megahertz = [...text.matchAll(/^cpu MHz\s*:\s*([\d.]+)/gm)].map(([, value]) => Number(value))
    return megahertz.length === 0 ? [] : reading('frequency', 'MHz', mean(megahertz))
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
