import { confusion, type Confusion } from '../../core/evaluation/confusion'
import { eventsOf } from '../../core/evaluation/events'
import { rank } from '../../core/evaluation/ranking'
import { TimeColumn } from '../csv/time-column'

/** One line of a file of scores that has a label. */
export interface LabelledScore {
  /** null where the window was not scored. */
  readonly score: number | null
  readonly isFlagged: boolean
  readonly isAnomalous: boolean
  readonly start: string
  readonly end: string
}

export interface Evaluation extends Confusion {
  readonly windows: number
  readonly normal: number
  readonly anomalous: number
  /** Windows without a score: they are neither ranked nor counted as decisions. */
  readonly unscored: { readonly normal: number; readonly anomalous: number }
  readonly rocAuc: number
  readonly prAuc: number
  readonly events: {
    readonly count: number
    readonly detected: number
    /** From the begin of an event to the end of the first flagged window, of the detected ones; in seconds, or in rows. */
    readonly delay: { readonly median: number; readonly longest: number; readonly unit: 's' | 'rows' } | null
  }
}

/** The figures of labelled scores in order of time. Never point-adjusted: each window counts for itself. */
export function evaluate(windows: readonly LabelledScore[]): Evaluation {
  const scored = windows.filter(({ score }) => score !== null)
  const of = (list: readonly LabelledScore[], isAnomalous: boolean): readonly LabelledScore[] =>
    list.filter((window) => window.isAnomalous === isAnomalous)
  const normal = of(scored, false)
  const anomalous = of(scored, true)
  const ranking = rank(
    normal.map(({ score }) => score!),
    anomalous.map(({ score }) => score!),
  )
  return {
    windows: windows.length,
    normal: normal.length,
    anomalous: anomalous.length,
    unscored: {
      normal: of(windows, false).length - normal.length,
      anomalous: of(windows, true).length - anomalous.length,
    },
    ...decisions(scored, ({ isFlagged }) => isFlagged),
    ...ranking,
    events: delays(windows),
  }
}

/** The decisions as counts. */
export function decisions(
  windows: readonly LabelledScore[],
  isFlagged: (window: LabelledScore) => boolean,
): Confusion {
  const counts = { tp: 0, fp: 0, fn: 0, tn: 0 }
  for (const window of windows) {
    if (window.isAnomalous) counts[isFlagged(window) ? 'tp' : 'fn']++
    else counts[isFlagged(window) ? 'fp' : 'tn']++
  }
  return confusion(counts)
}

function delays(windows: readonly LabelledScore[]): Evaluation['events'] {
  const events = eventsOf(windows)
  const clock = new TimeColumn()
  const isNumbered = windows.every(({ start, end }) => isRow(start) && isRow(end))
  const found = events.flatMap(({ from, detected }) => {
    if (detected === undefined) return []
    const { start } = windows[from]!
    const { end } = windows[detected]!
    // Rows are counted with both ends; times are those of the first and the last row.
    const delay = isNumbered
      ? Number(end) - Number(start) + 1
      : (clock.parse(end) - clock.parse(start)) / 1000
    return Number.isNaN(delay) ? [] : [delay]
  })
  found.sort((a, b) => a - b)
  const delay =
    found.length === 0
      ? null
      : {
          median: found[(found.length - 1) >> 1]!,
          longest: found.at(-1)!,
          unit: isNumbered ? ('rows' as const) : ('s' as const),
        }
  const detected = events.filter((event) => event.detected !== undefined).length
  return { count: events.length, detected, delay }
}

/** True for the number of a row; whole numbers from 1973 on are seconds. */
function isRow(text: string): boolean {
  return /^\d+$/.test(text) && Number(text) < 1e8
}

/** One line of a sweep. */
export interface SweepPoint extends Confusion {
  readonly threshold: number
}

const POINTS = 20
const LOWEST = 0.8
const HIGHEST = 0.999

/** The decisions at 20 thresholds, which are quantiles 0.8 to 0.999 of the scores; above a threshold is anomalous. */
export function sweep(windows: readonly LabelledScore[]): readonly SweepPoint[] {
  const scored = windows.filter(({ score }) => score !== null)
  const scores = Float64Array.from(scored, ({ score }) => score!).sort()
  if (scores.length === 0) return []
  return Array.from({ length: POINTS }, (_, i) => {
    const share = LOWEST + ((HIGHEST - LOWEST) * i) / (POINTS - 1)
    const at = (scores.length - 1) * share
    const low = scores[Math.floor(at)]!
    const threshold = low + (scores[Math.ceil(at)]! - low) * (at - Math.floor(at))
    return { threshold, ...decisions(scored, ({ score }) => score! > threshold) }
  })
}
