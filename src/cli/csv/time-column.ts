import { fieldDecimal } from './decimal'

export const TIME_UNITS = ['s', 'ms', 'us', 'ns', 'iso'] as const
export type TimeUnit = (typeof TIME_UNITS)[number]

const MS_PER = { s: 1000, ms: 1, us: 1e-3, ns: 1e-6 } as const
const DATE = /^(\d{4}-\d\d-\d\d)[T ](\d\d):(\d\d)(?::(\d\d(?:[.,]\d+)?))?(Z|[+-]\d\d:?\d\d)?$/

/**
 * Reads the times of a column. Numbers are of any epoch, their unit is told by the size of the first one where it is not given (seconds,
 * unless it is too large for that); dates without a zone are taken as UTC, so that no hour is missing in spring.
 */
export class TimeColumn {
  private known?: TimeUnit
  private day = ''
  private dayMs = NaN

  constructor(unit?: TimeUnit) {
    this.known = unit
  }

  /** The unit, once it is known. */
  get unit(): TimeUnit | undefined {
    return this.known
  }

  /** ms since the epoch; NaN where the text is no time. */
  parse(text: string): number {
    this.known ??= guess(text)
    if (this.known === undefined) return NaN
    return this.known === 'iso' ? this.date(text) : numberOf(text) * MS_PER[this.known]
  }

  private date(text: string): number {
    if (!text.startsWith(this.day) || this.day === '') {
      this.day = text.slice(0, 10)
      this.dayMs = /^\d{4}-\d\d-\d\d$/.test(this.day) ? Date.parse(this.day) : NaN
    }
    if (text.length === 10) return this.dayMs
    // The usual form, hh:mm:ss behind the date, without a regular expression for each row.
    if (text.length === 19) {
      const ms = this.dayMs + clock(text)
      if (!Number.isNaN(ms)) return ms
    }
    const found = DATE.exec(text)
    if (found === null) return Date.parse(text)
    const [, , hour, minute, second = '0', zone] = found
    const ms = (Number(hour) * 60 + Number(minute)) * 60_000 + Number(second.replace(',', '.')) * 1000
    return this.dayMs + ms - offset(zone)
  }
}

/** ms of the day of hh:mm:ss from the 11th character on; NaN where there is something else. */
function clock(text: string): number {
  const digit = (at: number): number => {
    const value = text.charCodeAt(at) - 48
    return value >= 0 && value <= 9 ? value : NaN
  }
  const between = text.charCodeAt(10)
  const isForm =
    (between === 32 || between === 84) && text.charCodeAt(13) === 58 && text.charCodeAt(16) === 58
  if (!isForm) return NaN
  const hour = digit(11) * 10 + digit(12)
  const minute = digit(14) * 10 + digit(15)
  return ((hour * 60 + minute) * 60 + digit(17) * 10 + digit(18)) * 1000
}

/** ms that a zone is ahead of UTC. */
function offset(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2))
  return (zone.startsWith('-') ? -1 : 1) * minutes * 60_000
}

/** A time is one field, so a comma in it is a decimal comma. */
function numberOf(text: string): number {
  return fieldDecimal(text, '')
}

function guess(text: string): TimeUnit | undefined {
  const number = numberOf(text)
  if (!Number.isNaN(number)) {
    const size = Math.abs(number)
    return size > 1e17 ? 'ns' : size > 1e14 ? 'us' : size > 1e11 ? 'ms' : 's'
  }
  return Number.isNaN(Date.parse(text)) ? undefined : 'iso'
}
