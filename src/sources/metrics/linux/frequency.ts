import { reading, type Probe, type Reading } from '../probe'
import type { SystemFiles } from '../system-files'

const CORES = 'sys/devices/system/cpu'
const POLICIES = `${CORES}/cpufreq`

/** Mean frequency of the cores in MHz: from cpufreq, or where there is none (virtual machines) from /proc/cpuinfo. */
export class Frequency implements Probe {
  constructor(private readonly files: SystemFiles) {}

  async read(): Promise<readonly Reading[]> {
    const folders = await this.folders()
    const kilohertz = await Promise.all(
      folders.map((folder) => this.files.number(`${folder}/scaling_cur_freq`)),
    )
    const known = kilohertz.filter((value) => value !== undefined)
    if (known.length > 0) return reading('frequency', 'MHz', mean(known) / 1000)
    const text = (await this.files.text('proc/cpuinfo')) ?? ''
    const megahertz = [...text.matchAll(/^cpu MHz\s*:\s*([\d.]+)/gm)].map(([, value]) => Number(value))
    return megahertz.length === 0 ? [] : reading('frequency', 'MHz', mean(megahertz))
  }

  /** Cores that share a clock share a policy, so a Pi is read once, not four times; older kernels have a folder in each core's only. */
  private async folders(): Promise<readonly string[]> {
    const policies = (await this.files.list(POLICIES)).filter((name) => name.startsWith('policy'))
    if (policies.length > 0) return policies.map((name) => `${POLICIES}/${name}`)
    const cores = (await this.files.list(CORES)).filter((name) => /^cpu\d+$/.test(name))
    return cores.map((name) => `${CORES}/${name}/cpufreq`)
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
