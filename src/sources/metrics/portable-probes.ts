import os from 'node:os'
import { CounterRates } from './counter-rate'
import { type MetricGroup } from '../../core/metric-groups'
import { percent, reading, type Probe, type Reading } from './probe'
import { Space } from './space'

/** What is used of the package systeminformation, which starts a program for each of these calls. */
export interface SystemInformation {
  cpuTemperature(): Promise<{ readonly main: number | null }>
  mem(): Promise<{
    readonly total: number
    readonly active: number
    readonly swaptotal: number
    readonly swapused: number
  }>
  fsStats(): Promise<{ readonly rx: number; readonly wx: number } | null>
  networkStats(
    interfaces: string,
  ): Promise<
    readonly { readonly iface: string; readonly rx_bytes: number | null; readonly tx_bytes: number | null }[]
  >
}

/** The operating system as Node.js shows it. */
export type System = Pick<typeof os, 'cpus' | 'totalmem' | 'freemem' | 'loadavg'> & {
  readonly platform: NodeJS.Platform
}

export const THIS_SYSTEM: System = {
  cpus: os.cpus,
  totalmem: os.totalmem,
  freemem: os.freemem,
  loadavg: os.loadavg,
  platform: process.platform,
}

const BYTES_PER_MB = 1024 ** 2

type Read = (now: number) => readonly Reading[] | Promise<readonly Reading[]>

/** A probe made of a function. */
function probe(read: Read): Probe {
  return { read: async (now) => read(now) }
}

/** Share of the time since the last reading that the processor worked, of all cores or of each. */
function cpuLoad(system: System, which: 'all' | 'each'): Probe {
  let before: readonly { readonly busy: number; readonly all: number }[] = []
  return probe(() => {
    const now = system.cpus().map(({ times }) => {
      const all = times.user + times.nice + times.sys + times.irq + times.idle
      return { busy: all - times.idle, all }
    })
    const grown = now.map((core, i) => ({
      busy: core.busy - (before[i]?.busy ?? NaN),
      all: core.all - (before[i]?.all ?? NaN),
    }))
    before = now
    if (which === 'each')
      return grown.flatMap(({ busy, all }, i) => reading(`cpu${i}`, '%', percent(busy, all)))
    const sum = (of: (core: { busy: number; all: number }) => number): number =>
      grown.reduce((total, core) => total + of(core), 0)
    return reading('cpu', '%', percent(sum(({ busy }) => busy), sum(({ all }) => all))) // prettier-ignore
  })
}

function frequency(system: System): Probe {
  return probe(() => {
    const speeds = system.cpus().map(({ speed }) => speed)
    const mean = speeds.reduce((sum, speed) => sum + speed, 0) / speeds.length
    return mean > 0 ? reading('frequency', 'MHz', mean) : []
  })
}

/**
 * What systems other than Linux are asked for each group. Processor, frequency, load and Windows' memory come from Node.js itself; for
 * the rest systeminformation starts a program each time.
 */
export function portableProbes(
  system: System,
  info: SystemInformation,
): Readonly<Record<MetricGroup, () => Probe>> {
  const network = (): Probe => {
    const [received, sent] = [new CounterRates(), new CounterRates()]
    return probe(async (now) => {
      const all = await info.networkStats('*')
      return [
        ...reading('network_in', 'kB/s', received.push(kilobytes(all, 'rx_bytes'), now)),
        ...reading('network_out', 'kB/s', sent.push(kilobytes(all, 'tx_bytes'), now)),
      ]
    })
  }
  const disk = (): Probe => {
    const [read, written] = [new CounterRates(), new CounterRates()]
    return probe(async (now) => {
      const stats = await info.fsStats()
      // It begins with 0 and leaves that where its program failed.
      if (stats === null || (stats.rx === 0 && stats.wx === 0)) return []
      return [
        ...reading('disk_read', 'kB/s', read.push(new Map([['', stats.rx / 1000]]), now)),
        ...reading('disk_write', 'kB/s', written.push(new Map([['', stats.wx / 1000]]), now)),
      ]
    })
  }
  return {
    cpu: () => cpuLoad(system, 'all'),
    cores: () => cpuLoad(system, 'each'),
    frequency: () => frequency(system),
    temperature: () =>
      probe(async () => {
        const { main } = await info.cpuTemperature()
        return main === null || main <= 0 ? [] : reading('temperature', '°C', main)
      }),
    temperatures: () => probe(() => []),
    memory: () =>
      probe(async () => {
        const { used, total } = await memoryOf(system, info)
        return used > 0 ? reading('memory', '%', percent(used, total)) : []
      }),
    memory_used: () =>
      probe(async () => {
        const { used } = await memoryOf(system, info)
        return used > 0 ? reading('memory_used', 'MB', used / BYTES_PER_MB) : []
      }),
    swap: () =>
      probe(async () => {
        const { swapused, swaptotal } = await info.mem()
        return reading('swap', '%', percent(swapused, swaptotal))
      }),
    load: () =>
      probe(() => {
        // Windows has no load average; Node.js says 0 there.
        if (system.platform === 'win32') return []
        const [one, five, fifteen] = system.loadavg()
        return [
          ...reading('load1', '', one),
          ...reading('load5', '', five),
          ...reading('load15', '', fifteen),
        ]
      }),
    disk,
    network,
    space: () => new Space('/'),
    throttling: () => probe(() => []),
  }
}

/** Bytes in use, and bytes there are; nothing in use is nothing known. */
async function memoryOf(
  system: System,
  info: SystemInformation,
): Promise<{ readonly used: number; readonly total: number }> {
  if (system.platform === 'win32') {
    const total = system.totalmem()
    return { used: total - system.freemem(), total }
  }
  // What macOS calls free leaves out all that it could free at once.
  const { active, total } = await info.mem()
  return { used: active, total }
}

function kilobytes(
  all: Awaited<ReturnType<SystemInformation['networkStats']>>,
  which: 'rx_bytes' | 'tx_bytes',
): ReadonlyMap<string, number> {
  return new Map(all.flatMap(({ iface, [which]: bytes }) => (bytes === null ? [] : [[iface, bytes / 1000]])))
}
