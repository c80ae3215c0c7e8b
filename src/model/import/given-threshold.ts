import type { StoredCalibration } from '../../core/thresholds/calibration'
import type { ImportedFile } from './import-file'
import { nextBelow } from './next-double'

/** What sensad's file said, so that writing it again gives the same. */
export interface KeptSensad {
  readonly threshold: number
  readonly trainQuantile: number
  /** MAD of each column; our scale is worked out from it, which cannot be undone to the last bit. */
  readonly mad?: readonly number[]
}

/** A threshold that was set elsewhere, in the form of a calibration without scores. */
export interface GivenThreshold extends StoredCalibration {
  readonly sensad?: KeptSensad
}

/**
 * The threshold that an imported detector brings, or is given. In sensad a score at the threshold is an anomaly too; here one above
 * it is, so it becomes the double next below.
 */
export function givenThreshold(content: ImportedFile, given: number | undefined): GivenThreshold | undefined {
  if (given !== undefined) return fixedThreshold(given)
  if (content.kind !== 'robust-z') return undefined
  const { threshold, trainQuantile, mad } = content.baseline
  const sensad = { threshold, trainQuantile, mad: Array.from(mad) }
  return { ...fixedThreshold(nextBelow(threshold)), sensad }
}

function fixedThreshold(threshold: number): StoredCalibration {
  return {
    schema: 1,
    method: 'fixed',
    goal: { alpha: 0.01 },
    alpha: null,
    vote: { k: 1, n: 1 },
    hop: 0,
    window: 0,
    n: 0,
    threshold,
    warning: null,
    guaranteed: null,
    extrapolated: false,
    needed: 0,
    scores: { tail: [] },
  }
}
