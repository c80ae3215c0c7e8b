import type { Scores } from './score-pool'

/** What is asked of a threshold; a method reads what it needs of it. */
export interface Target {
  /** Share of normal scores that may lie above the threshold, 0 < alpha < 1. */
  readonly alpha: number
  /** PAC: the chance that the promise does not hold here, 0 < delta < 1. */
  readonly delta: number
  /** Mean + k·sd: the k. */
  readonly k: number
  /** Fixed: the threshold itself. */
  readonly value: number
}

/** A threshold and what may be said of it. */
export interface FittedThreshold {
  /** Scores above it (not equal) are anomalous. */
  readonly threshold: number
  /** The false-alarm probability that is promised for exchangeable normal scores; null where nothing is promised. */
  readonly guaranteed: number | null
  /** True where it lies beyond what this many scores support. */
  readonly extrapolated: boolean
  /** Scores from which on the target is no extrapolation. */
  readonly needed: number
}

/** One way to set a threshold. One file each, one line in the registry. */
export interface ThresholdMethod {
  /** What the user states: a probability (or a budget of false alarms), a factor, or the value itself. */
  readonly asks: 'alpha' | 'k' | 'value'
  /** True where the user states the confidence of the promise too. */
  readonly asksDelta?: boolean
  /** Fewest scores that it agrees to fit. */
  minimum(target: Target): number
  /** @param scores at least `minimum`. @throws InputError in plain words where they are fewer. */
  fit(scores: Scores, target: Target): FittedThreshold
}

/** A share in percent with at most four figures, for texts. */
export function shownPercent(share: number): number {
  return Number((share * 100).toPrecision(4))
}
