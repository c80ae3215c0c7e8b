import { ConfigError } from '../../core/errors'
import { isEmpty, readChoice } from '../../core/read-settings'
import { DEFAULT_METRICS, METRIC_GROUPS, type MetricGroup } from '../../core/metric-groups'

/** Reads the chosen groups, a list or text with commas; always in the same order. @throws ConfigError */
export function readMetrics(field: string, value: unknown): readonly MetricGroup[] {
  const list: unknown = typeof value === 'string' && value !== '' ? value.split(/[\s,;]+/) : value
  if (isEmpty(list)) return DEFAULT_METRICS
  if (!Array.isArray(list)) throw new ConfigError('settings.notText', { field, got: String(typeof list) })
  const wanted = new Set(list.map((name: unknown) => readChoice(field, name, METRIC_GROUPS)))
  if (wanted.size === 0) throw new ConfigError('settings.missing', { field })
  return METRIC_GROUPS.filter((group) => wanted.has(group))
}
