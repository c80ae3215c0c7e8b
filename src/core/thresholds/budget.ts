/** Periods that a false-alarm budget can be stated for, in seconds; a month has 30 days, a year 365. */
export const PERIODS = { hour: 3600, day: 86_400, week: 604_800, month: 2_592_000, year: 31_536_000 } as const
export type Period = keyof typeof PERIODS
export const periodNames = Object.keys(PERIODS) as readonly Period[]

/** "At most `count` false alarms per `per`". */
export interface Budget {
  readonly count: number
  readonly per: Period
}

// A threshold that every other normal window exceeds says nothing.
const LARGEST_ALPHA = 0.5

/**
 * The share of windows that may exceed the threshold so that the budget is kept: count · hop / period.
 * Each window may begin an alarm at most once, so the number of alarms is at most the number of windows above it.
 * @param hop seconds from one scored window to the next
 */
export function alphaOfBudget({ count, per }: Budget, hop: number): number {
  return Math.min(LARGEST_ALPHA, (count * hop) / PERIODS[per])
}

/** Seconds between false alarms, on average, where a share alpha of windows exceeds the threshold. */
export function secondsBetweenAlarms(alpha: number, hop: number): number {
  return hop / alpha
}

/**
 * Seconds from one window taken for calibration to the next: the whole span that a voted score rests on,
 * rounded up to the next window.
 * @param window length of a window in seconds
 * @param votes windows that a vote looks back on
 */
export function calibrationSpacing(window: number, hop: number, votes: number): number {
  if (hop <= 0) return 0
  return Math.max(1, Math.ceil((window + (votes - 1) * hop) / hop - 0.1)) * hop
}
