import { CounterRates } from '../counter-rate'
import { reading, type Probe, type Reading } from '../probe'
import type { SystemFiles } from '../system-files'

/** What comes in and goes out, in kB/s, from /proc/net/dev: over all interfaces with hardware, or where none has any, all but `lo`. */
export class Network implements Probe {
  private readonly hasDevice = new Map<string, boolean>()
  private readonly inRates = new CounterRates()
  private readonly outRates = new CounterRates()

  constructor(private readonly files: SystemFiles) {}

  async read(now: number): Promise<readonly Reading[]> {
    const text = (await this.files.text('proc/net/dev')) ?? ''
    const all = [...text.matchAll(/^\s*([^\s:|]+):\s*([\d ]+)$/gm)]
      .map(([, name, fields]) => ({ name: name!, fields: fields!.trim().split(/\s+/).map(Number) }))
      .filter(({ name }) => name !== 'lo')
    const isReal = await Promise.all(all.map(({ name }) => this.isReal(name)))
    const counted = isReal.includes(true) ? all.filter((_, i) => isReal[i]) : all
    const kilobytes = (field: number): ReadonlyMap<string, number> =>
      new Map(counted.map(({ name, fields }) => [name, (fields[field] ?? 0) / 1000]))
    return [
      ...reading('network_in', 'kB/s', this.inRates.push(kilobytes(0), now)),
      ...reading('network_out', 'kB/s', this.outRates.push(kilobytes(8), now)),
    ]
  }

  /** Bridges and tunnels carry what an interface with hardware carries once more. */
  private async isReal(name: string): Promise<boolean> {
    let known = this.hasDevice.get(name)
    if (known === undefined) {
      known = await this.files.has(`sys/class/net/${name}/device`)
      this.hasDevice.set(name, known)
    }
    return known
  }
}
