import path from 'node:path'
import type { MetricGroup } from '../../../core/metric-groups'
import type { Probe } from '../probe'
import { Space } from '../space'
import type { SystemFiles } from '../system-files'
import { CpuLoad } from './cpu-load'
import { Disk } from './disk'
import { Frequency } from './frequency'
import { LoadAverage } from './load-average'
import { Memory } from './memory'
import { Network } from './network'
import { Temperature } from './temperature'
import { Throttling } from './throttling'

/** What Linux is asked for each group: files alone, no program is started. */
export const LINUX_PROBES: Readonly<Record<MetricGroup, (files: SystemFiles) => Probe>> = {
  cpu: (files) => new CpuLoad(files, 'all'),
  cores: (files) => new CpuLoad(files, 'each'),
  frequency: (files) => new Frequency(files),
  temperature: (files) => new Temperature(files, 'processor'),
  temperatures: (files) => new Temperature(files, 'others'),
  memory: (files) => new Memory(files, 'memory'),
  memory_used: (files) => new Memory(files, 'memory_used'),
  swap: (files) => new Memory(files, 'swap'),
  load: (files) => new LoadAverage(files),
  disk: (files) => new Disk(files),
  network: (files) => new Network(files),
  space: (files) => new Space(path.resolve(files.root)),
  throttling: (files) => new Throttling(files),
}
