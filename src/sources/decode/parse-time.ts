import type { TimeUnit } from './decoder'

const MS_PER: Readonly<Record<Exclude<TimeUnit, 'iso'>, number>> = { s: 1000, ms: 1, us: 0.001 }

/**
 * A device's time in ms: of a number in s, ms or µs (of any epoch), or of a date text such as `2026-01-01T00:00:01.5Z`.
 * A date without zone is local time. NaN where it is neither.
 */
export function parseTime(value: unknown, unit: TimeUnit): number {
  if (unit === 'iso') return typeof value === 'string' ? Date.parse(value.trim()) : NaN
  return parseNumber(value) * MS_PER[unit]
}

/** A finite number, or the number that a text holds; NaN for everything else, an empty text too. */
export function parseNumber(value: unknown): number {
  if (typeof value === 'number') return Number.isFinite(value) ? value : NaN
  if (typeof value !== 'string') return NaN
  const number = +value
  // Number('') and Number(' ') are 0, but an empty column is no zero.
  if (number === 0 && value.trim() === '') return NaN
  return Number.isFinite(number) ? number : NaN
}
