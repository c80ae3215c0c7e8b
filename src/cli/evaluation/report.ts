import { confusion, type Confusion } from '../../core/evaluation/confusion'
import { rank } from '../../core/evaluation/ranking'
import { Column } from './column'
import { type EventDelays, type Delays, type PlacedWindow } from './event-delays'

/** One line of a file of scores that has a label. */
export interface LabelledScore extends PlacedWindow {
  /** null where the window was not scored. */
  readonly score: number | null
}

export interface Evaluation extends Confusion {
  readonly windows: number
  readonly normal: number
  readonly anomalous: number
  /** Windows without a score: they are neither ranked nor counted as decisions. */
  readonly unscored: { readonly normal: number; readonly anomalous: number }
  readonly rocAuc: number
  readonly prAuc: number
  readonly events: Delays
}

const ANOMALOUS = 1
const FLAGGED = 2

/**
 * The figures of labelled scores that come in order of time; of each line 9 bytes are kept. Never point-adjusted: each window counts
 * for itself.
 */
export class Evaluator {
  private readonly unscored = { normal: 0, anomalous: 0 }
  private readonly scores = new Column((length) => new Float64Array(length))
  private readonly marks = new Column((length) => new Uint8Array(length))

  /** @param delays takes the same lines */
  constructor(private readonly delays: EventDelays) {}

  /** Lines so far. */
  get windows(): number {
    return this.scores.length + this.unscored.normal + this.unscored.anomalous
  }

  add(line: LabelledScore): void {
    this.delays.push(line)
    const { score, isAnomalous, isFlagged } = line
    if (score === null) {
      this.unscored[isAnomalous ? 'anomalous' : 'normal']++
      return
    }
    this.scores.push(score)
    this.marks.push((isAnomalous ? ANOMALOUS : 0) | (isFlagged ? FLAGGED : 0))
  }

  report(): Evaluation {
    const { values: marks } = this.marks
    const of = (wanted: number): Float64Array =>
      this.scores.values.filter((_, i) => (marks[i]! & ANOMALOUS) === wanted)
    const normal = of(0)
    const anomalous = of(ANOMALOUS)
    return {
      windows: this.windows,
      normal: normal.length,
      anomalous: anomalous.length,
      unscored: this.unscored,
      ...this.decisions((i) => (marks[i]! & FLAGGED) !== 0),
      ...rank(normal, anomalous),
      events: this.delays.report(),
    }
  }

  /** The decisions at 20 thresholds, which are quantiles 0.8 to 0.999 of the scores; above a threshold is anomalous. */
  sweep(): readonly SweepPoint[] {
    const { values } = this.scores
    const sorted = Float64Array.from(values).sort()
    if (sorted.length === 0) return []
    return Array.from({ length: POINTS }, (_, i) => {
      const share = LOWEST + ((HIGHEST - LOWEST) * i) / (POINTS - 1)
      const at = (sorted.length - 1) * share
      const low = sorted[Math.floor(at)]!
      const threshold = low + (sorted[Math.ceil(at)]! - low) * (at - Math.floor(at))
      return { threshold, ...this.decisions((line) => values[line]! > threshold) }
    })
  }

  private decisions(isFlagged: (line: number) => boolean): Confusion {
    const { values: marks } = this.marks
    const counts = { tp: 0, fp: 0, fn: 0, tn: 0 }
    for (let i = 0; i < marks.length; i++) {
      if ((marks[i]! & ANOMALOUS) !== 0) counts[isFlagged(i) ? 'tp' : 'fn']++
      else counts[isFlagged(i) ? 'fp' : 'tn']++
    }
    return confusion(counts)
  }
}

/** One line of a sweep. */
export interface SweepPoint extends Confusion {
  readonly threshold: number
}

const POINTS = 20
const LOWEST = 0.8
const HIGHEST = 0.999
