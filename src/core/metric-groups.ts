/** Groups of metrics that can be chosen, in the order of the channels. */
export const METRIC_GROUPS = [
  'cpu',
  'cores',
  'frequency',
  'temperature',
  'temperatures',
  'memory',
  'memory_used',
  'swap',
  'load',
  'disk',
  'network',
  'space',
  'throttling',
] as const
export type MetricGroup = (typeof METRIC_GROUPS)[number]

/** What tells most of a computer's state for least. */
export const DEFAULT_METRICS: readonly MetricGroup[] = ['cpu', 'frequency', 'temperature', 'memory', 'load']
