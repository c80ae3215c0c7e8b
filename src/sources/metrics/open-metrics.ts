import { LINUX_PROBES } from './linux/probes'
import { MetricsSource } from './metrics-source'
import { portableProbes, THIS_SYSTEM, type SystemInformation } from './portable-probes'
import type { MetricGroup } from '../../core/metric-groups'
import { SystemFiles } from './system-files'

/**
 * Makes the source of this machine's metrics.
 * @param rate of the looks, Hz
 */
export async function openMetrics(groups: readonly MetricGroup[], rate: number): Promise<MetricsSource> {
  if (process.platform === 'linux') return linuxMetrics(groups, rate, new SystemFiles())
  // Loaded where it is needed: it is large.
  const info = (await import('systeminformation')) as SystemInformation
  const probes = portableProbes(THIS_SYSTEM, info)
  return new MetricsSource(
    groups.map((group) => ({ group, probe: probes[group]() })),
    rate,
  )
}

/** The metrics of the Linux whose files lie below a root. */
export function linuxMetrics(
  groups: readonly MetricGroup[],
  rate: number,
  files: SystemFiles,
): MetricsSource {
  return new MetricsSource(
    groups.map((group) => ({ group, probe: LINUX_PROBES[group](files) })),
    rate,
  )
}
