import type { Contract } from './contract'

/** Why a verdict is what it is. Only NORMAL, WARNING and ANOMALY rest on a score. */
export const REASONS = [
  'LEARNING',
  'NORMAL',
  'WARNING',
  'ANOMALY',
  'MACHINE_OFF',
  'NO_DATA',
  'DROPOUT',
  'STUCK',
  'SATURATED',
  'RATE_OFF',
  'OUT_OF_CONTRACT',
  'UNKNOWN_CONTEXT',
] as const
export type Reason = (typeof REASONS)[number]

/** Reasons that say that the sensor, not the machine, is at fault. */
export const SENSOR_FAULTS: ReadonlySet<Reason> = new Set([
  'NO_DATA',
  'DROPOUT',
  'STUCK',
  'SATURATED',
  'RATE_OFF',
])

/** What is known of one window; travels as `msg.anomaly` and grows along the way. `msg.payload` is its score. */
export interface Verdict {
  /** Distance or error, ≥ 0, higher is stranger; null where there is none. */
  readonly score: number | null
  /** The score above which the window counts as anomalous; null until calibrated. */
  readonly threshold: number | null
  /** Conformal p-value in (0, 1]; null until calibrated. */
  readonly pValue: number | null
  readonly isAnomaly: boolean
  /** Present where the threshold is held against a vote: the k-th largest of the last n scores, null with fewer than k. */
  readonly vote?: { readonly k: number; readonly n: number; readonly score: number | null }
  readonly reason: Reason
  /** Share of each channel in the score: ≥ 0, sum 1. */
  readonly contributions?: Readonly<Record<string, number>>
  /** Registry name of the detector, e.g. `mahalanobis`. */
  readonly detector?: string
  /** True on exactly the windows that the detector was fitted on. */
  readonly inSample: boolean
  readonly model?: { readonly name: string; readonly version: number }
  /** Begin and end of the window, ms since the epoch. */
  readonly window: { readonly start: number; readonly end: number }
  readonly contract: Contract
  /** In plain words, where the reason needs them (the line of the contract that differs, the channel that is stuck). */
  readonly detail?: string
}

/** A verdict without a score: a sensor fault, a machine that is off, a window that cannot be scored yet. */
export function withoutScore(
  reason: Reason,
  window: Verdict['window'],
  contract: Contract,
  detail?: string,
): Verdict {
  return {
    score: null,
    threshold: null,
    pValue: null,
    isAnomaly: false,
    reason,
    inSample: false,
    window,
    contract,
    ...(detail === undefined ? {} : { detail }),
  }
}
