import { confusion, type Confusion } from './confusion'
import { precisionRecallCurve, rocCurve, scoreHistogram, type CurvePoint } from './curves'
import { eventsOf } from './events'
import { bestF1, rank, type BestF1 } from './ranking'

/** A window with what was decided and what was true. */
export interface JudgedWindow {
  readonly stream: string
  /** ms since the epoch. */
  readonly start: number
  readonly end: number
  readonly score: number | null
  readonly threshold: number | null
  readonly flagged: boolean
  readonly judged: boolean
  /** `since`: when what was wrong began, ms since the epoch. */
  readonly truth: 'normal' | { readonly since: number } | undefined
}

/** Something that was wrong for a while. Times in ms since the epoch. */
export interface ReportedEvent {
  readonly stream: string
  readonly start: number
  readonly end: number
  readonly detected: boolean
  /** ms from its begin to the end of the first window that was flagged. */
  readonly delay: number | null
}

type Numbers<T> = { readonly [P in keyof T]: T[P] extends number ? number | null : T[P] }

/** How good a detector is. What cannot be said (0 of 0) is null. */
export interface Report extends Numbers<Omit<Confusion, 'farInterval'>> {
  readonly detector: string
  readonly model?: string
  /** Windows with a label, by what was true; `unlabelled` ones count for nothing. */
  readonly normal: number
  readonly anomalous: number
  readonly unlabelled: number
  /** Labelled windows on which nothing was decided: learning, a sensor that failed, a machine that was off. */
  readonly undecided: { readonly normal: number; readonly anomalous: number }
  readonly farInterval: readonly [number, number] | null
  readonly rocAuc: number | null
  readonly prAuc: number | null
  /** What the best threshold would give on these very windows: it flatters, since nobody knows it before. */
  readonly bestF1: BestF1 | null
  /** The newest. */
  readonly threshold: number | null
  readonly events: {
    readonly count: number
    readonly detected: number
    /** ms, of those that were detected. */
    readonly medianDelay: number | null
    readonly longestDelay: number | null
    /** The first hundred. */
    readonly list: readonly ReportedEvent[]
  }
  readonly curves: {
    readonly roc: readonly CurvePoint[]
    readonly precisionRecall: readonly CurvePoint[]
    readonly scores: readonly CurvePoint[]
  }
}

const MOST_EVENTS = 100

/**
 * Works out the figures. Each window counts for itself, never adjusted by its neighbours. Scores are ranked of windows that were held
 * against a threshold, or of all where none was.
 */
export function report(
  windows: readonly JudgedWindow[],
  whose: { readonly detector: string; readonly model?: string },
): Report {
  const labelled = windows.filter(({ truth }) => truth !== undefined)
  const isNormal = ({ truth }: JudgedWindow): boolean => truth === 'normal'
  const judged = labelled.filter((window) => window.judged)
  const counts = { tp: 0, fp: 0, fn: 0, tn: 0 }
  for (const window of judged) {
    if (isNormal(window)) counts[window.flagged ? 'fp' : 'tn']++
    else counts[window.flagged ? 'tp' : 'fn']++
  }
  const { farInterval, ...figures } = confusion(counts)
  const ranked = judged.some(({ score }) => score !== null) ? judged : labelled
  const scoresOf = (wanted: boolean): readonly number[] =>
    ranked.flatMap((window) => (window.score === null || isNormal(window) !== wanted ? [] : [window.score]))
  const normal = scoresOf(true)
  const anomalous = scoresOf(false)
  const { rocAuc, prAuc } = rank(normal, anomalous)
  const name = whose.detector === '' ? 'score' : whose.detector
  const count = (list: readonly JudgedWindow[], wanted: boolean): number =>
    list.filter((window) => isNormal(window) === wanted).length
  return {
    ...whose,
    normal: count(labelled, true),
    anomalous: count(labelled, false),
    unlabelled: windows.length - labelled.length,
    undecided: {
      normal: count(labelled, true) - count(judged, true),
      anomalous: count(labelled, false) - count(judged, false),
    },
    ...withoutNaN(figures),
    farInterval: counts.fp + counts.tn === 0 ? null : farInterval,
    rocAuc: orNull(rocAuc),
    prAuc: orNull(prAuc),
    bestF1: bestF1(normal, anomalous) ?? null,
    threshold: windows.findLast(({ threshold }) => threshold !== null)?.threshold ?? null,
    events: eventFigures(windows),
    curves: {
      roc: rocCurve(normal, anomalous, name),
      precisionRecall: precisionRecallCurve(normal, anomalous, name),
      scores: scoreHistogram(normal, anomalous, ['normal', 'anomalous']),
    },
  }
}

/** A window of which nothing is known ends an event. */
function eventFigures(all: readonly JudgedWindow[]): Report['events'] {
  const streams = new Map<string, JudgedWindow[]>()
  for (const window of all) {
    const list = streams.get(window.stream)
    if (list === undefined) streams.set(window.stream, [window])
    else list.push(window)
  }
  const events = [...streams].flatMap(([stream, windows]) => {
    windows.sort((a, b) => a.end - b.end)
    const marks = windows.map(({ truth, flagged }) => ({
      isAnomalous: typeof truth === 'object',
      isFlagged: flagged,
    }))
    return eventsOf(marks).map(({ from, to, detected }): ReportedEvent => {
      const { truth } = windows[from]!
      const start = typeof truth === 'object' ? truth.since : windows[from]!.start
      const found = detected === undefined ? undefined : windows[detected]!
      return {
        stream,
        start,
        end: windows[to - 1]!.end,
        detected: found !== undefined,
        delay: found === undefined ? null : Math.max(0, found.end - start),
      }
    })
  })
  const delays = events.flatMap(({ delay }) => (delay === null ? [] : [delay])).sort((a, b) => a - b)
  return {
    count: events.length,
    detected: delays.length,
    medianDelay: delays[(delays.length - 1) >> 1] ?? null,
    longestDelay: delays.at(-1) ?? null,
    list: events.slice(0, MOST_EVENTS),
  }
}

function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null
}

function withoutNaN<T extends Readonly<Record<string, number>>>(figures: T): Numbers<T> {
  return Object.fromEntries(
    Object.entries(figures).map(([name, value]) => [name, orNull(value)]),
  ) as Numbers<T>
}
