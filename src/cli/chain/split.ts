import type { Framed } from './sample'

/** Share of a recording that is left for calibration where nothing else is said. */
const CALIBRATION_SHARE = 0.4

/**
 * Parts a recording into what is learned from and, later in time, what is calibrated on: 40 %, or as much more as the threshold
 * needs, but never so much that too little is left to learn from. The parts share no rows.
 * @param needed windows that share no data, for the calibration @param fewest windows to learn from
 */
export function splitByTime(
  items: readonly Framed[],
  needed: number,
  fewest: number,
): { learn: readonly Framed[]; calibrate: readonly Framed[] } {
  const n = items.length
  const wanted = Math.max(Math.ceil(CALIBRATION_SHARE * n), Math.ceil(needed * windowsPerSpan(items)))
  const at = Math.max(Math.min(n, fewest), n - wanted)
  const learn = items.slice(0, at)
  const end = learn.at(-1)?.to ?? 0
  return { learn, calibrate: items.slice(at).filter(({ from }) => from >= end) }
}

/** Windows, overlapping ones too, that one window which shares no data with the next takes up. */
function windowsPerSpan(items: readonly Framed[]): number {
  let apart = 0
  let until = -Infinity
  for (const { from, to } of items) {
    if (from < until) continue
    apart++
    until = to
  }
  return apart === 0 ? 1 : items.length / apart
}
