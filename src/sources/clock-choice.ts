import { ConfigError } from '../core/errors'
import type { ClockKind } from './order'
import type { KeyKind } from './row-keys'
import type { SourceSettings } from './source-settings'

/**
 * The clock that a stream's rows go by, checked against what the format can tell.
 * @param own clocks that the data carry by themselves; undefined where settings name the field of time or count
 * @throws ConfigError
 */
export function chooseClock(
  { clock, format, timeField, sequenceField }: SourceSettings,
  own: readonly KeyKind[] | undefined,
): ClockKind {
  if (clock === 'arrival') return clock
  if (own === undefined) {
    const [field, value] = clock === 'device' ? ['timeField', timeField] : ['sequenceField', sequenceField]
    if (value === undefined) throw new ConfigError('settings.missing', { field })
    return clock
  }
  if (!own.includes(clock)) {
    const key = clock === 'device' ? 'sources.formatWithoutTimes' : 'sources.formatWithoutCounts'
    throw new ConfigError(key, { field: 'clock', format })
  }
  // Some formats have rows with a time and rows without one: these go by arrival, those by their times all the same.
  return clock === 'device' ? 'arrival' : clock
}
