import { parseTime } from '../decode/parse-time'
import type { TimeUnit } from '../decode/decoder'

export const RECORDED_TIME_UNITS = ['auto', 's', 'ms', 'us', 'iso'] as const
export type RecordedTimeUnit = (typeof RECORDED_TIME_UNITS)[number]

/** Numbers above these are no seconds, no milliseconds, since the epoch. */
const NO_SECONDS = 1e11
const NO_MILLISECONDS = 1e14

/** The unit that a first time is written in. */
function unitOf(text: string): TimeUnit {
  const number = Number(text)
  if (Number.isNaN(number)) return 'iso'
  if (Math.abs(number) > NO_MILLISECONDS) return 'us'
  return Math.abs(number) > NO_SECONDS ? 'ms' : 's'
}

/** Times of a column, ms; `auto` tells the unit by the first one. A date without a zone is UTC, so that no hour is missing in spring. */
export class TimeColumn {
  private unit?: TimeUnit

  constructor(unit: RecordedTimeUnit) {
    if (unit !== 'auto') this.unit = unit
  }

  /** NaN where the text is no time. */
  parse(text: string): number {
    const trimmed = text.trim()
    if (trimmed === '') return NaN
    this.unit ??= unitOf(trimmed)
    if (this.unit !== 'iso') return parseTime(trimmed, this.unit)
    const hasZone = /(Z|[+-]\d\d:?\d\d)$/.test(trimmed) || !/\d:\d/.test(trimmed)
    return parseTime(hasZone ? trimmed : `${trimmed.replace(' ', 'T')}Z`, 'iso')
  }
}
