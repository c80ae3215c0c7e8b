import type { Framed } from './sample'
import { Spacing } from './spacing'

/** Share of a recording that is left for calibration where nothing else is said, and the most where nobody asked for more. */
const CALIBRATION_SHARE = 0.4
const MOST_SHARE = 0.6

/** What a threshold wants of a recording. */
export interface Wanted {
  /** Windows that share no data, for the calibration. */
  readonly scores: number
  /** True where so many were asked for; else fewer do, rather than that hardly anything is left to learn from. */
  readonly isFirm: boolean
  /** Windows to learn from, at least. */
  readonly fewest: number
}

/**
 * Parts a recording into what is learned from and, later in time, what is calibrated on: 40 %, or as much more as the threshold
 * needs, but never so much that too little is left to learn from. The parts share no rows.
 */
export function splitByTime(
  items: readonly Framed[],
  { scores, isFirm, fewest }: Wanted,
): { learn: readonly Framed[]; calibrate: readonly Framed[] } {
  const n = items.length
  const usual = n - Math.ceil(CALIBRATION_SHARE * n)
  const needed = learnedBefore(items, scores)
  const isAffordable = isFirm || needed >= Math.floor((1 - MOST_SHARE) * n)
  const at = Math.max(Math.min(n, fewest), isAffordable ? Math.min(usual, needed) : usual)
  const learn = items.slice(0, at)
  const end = learn.at(-1)?.to ?? 0
  return { learn, calibrate: items.slice(at).filter(({ from }) => from >= end) }
}

/** How many windows end before the last so many that share no data begin. */
function learnedBefore(items: readonly Framed[], scores: number): number {
  const spacing = new Spacing()
  let first = items.length
  // Seen from the end, windows are spaced as they are from the begin.
  for (let i = items.length - 1, taken = 0; i >= 0 && taken < scores; i--) {
    const { from, to } = items[i]!
    if (!spacing.take({ from: -to, to: -from })) continue
    first = i
    taken++
  }
  const begin = items[first]?.from ?? Infinity
  let count = first
  while (count > 0 && items[count - 1]!.to > begin) count--
  return count
}
