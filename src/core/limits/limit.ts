import { ConfigError } from '../errors'
import { isEmpty, readChoice, readNumber, readText } from '../read-settings'

/** What a limit that is passed means. */
export const LIMIT_LEVELS = ['alarm', 'warning'] as const
export type LimitLevel = (typeof LIMIT_LEVELS)[number]

/** A fixed rule for one channel, in the channel's own unit. At least one of `low`, `high` and `change` is set. */
export interface Limit {
  readonly channel: string
  /** The value must not be below it. */
  readonly low?: number
  /** The value must not be above it. */
  readonly high?: number
  /** The value must not change by more than this within `within` ms, in either direction. */
  readonly change?: number
  readonly within: number
  /** How long, in ms, a value must be below `low` or above `high` before it counts; 0: at once. */
  readonly hold: number
  readonly level: LimitLevel
}

export type LimitField = 'limits' | 'channel' | 'low' | 'high' | 'change' | 'within' | 'hold' | 'level'

const MAX_LIMITS = 1000
const MAX_SECONDS = 86_400

/**
 * Reads a list of rules as the dialog keeps it: channel, low, high, change, within (s), hold (s), level; texts or numbers.
 * @param name what a field is called in errors
 * @throws ConfigError that names the field, with the number of its row
 */
export function readLimits(
  value: unknown,
  name: (field: LimitField) => string = (field) => field,
): readonly Limit[] {
  if (!Array.isArray(value) || value.length === 0)
    throw new ConfigError('limits.none', { field: name('limits') })
  if (value.length > MAX_LIMITS) {
    throw new ConfigError('settings.outOfRange', {
      field: name('limits'),
      min: 1,
      max: MAX_LIMITS,
      got: value.length,
    })
  }
  return value.map((row: unknown, i) => {
    if (typeof row !== 'object' || row === null)
      throw new ConfigError('limits.none', { field: name('limits') })
    return readLimit(
      row as Readonly<Record<string, unknown>>,
      (field) => `${name('limits')} ${i + 1}, ${name(field)}`,
    )
  })
}

function readLimit(row: Readonly<Record<string, unknown>>, name: (field: LimitField) => string): Limit {
  const optional = (field: 'low' | 'high' | 'change', min = -Infinity): number | undefined =>
    isEmpty(row[field]) ? undefined : readNumber(name(field), row[field], { min })
  const seconds = (field: 'within' | 'hold', fallback: number, min: number): number =>
    1000 * readNumber(name(field), row[field], { min, max: MAX_SECONDS, fallback })
  const [low, high, change] = [optional('low'), optional('high'), optional('change', 0)]
  if (low === undefined && high === undefined && change === undefined)
    throw new ConfigError('limits.empty', { field: name('channel') })
  if (low !== undefined && high !== undefined && low > high)
    throw new ConfigError('limits.crossed', { field: name('low'), low, high })
  return {
    channel: readText(name('channel'), row['channel']),
    ...(low === undefined ? {} : { low }),
    ...(high === undefined ? {} : { high }),
    ...(change === undefined ? {} : { change }),
    within: seconds('within', 1, 1e-3),
    hold: seconds('hold', 0, 0),
    level: readChoice(name('level'), row['level'], LIMIT_LEVELS, 'alarm'),
  }
}
