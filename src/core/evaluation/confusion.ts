import { betaCdf } from '../thresholds/incomplete-beta'

/** Counts of decisions against labels, and what follows from them; NaN where it would be 0/0. */
export interface Confusion {
  readonly truePositives: number
  readonly falsePositives: number
  readonly falseNegatives: number
  readonly trueNegatives: number
  readonly precision: number
  readonly recall: number
  readonly f1: number
  /** False-alarm rate: share of the normal windows that are flagged. */
  readonly far: number
  /** Its exact (Clopper-Pearson) 95 % interval. */
  readonly farInterval: readonly [number, number]
}

/** Never point-adjusted: each window counts for itself (Kim et al., AAAI 2022). */
export function confusion(counts: { tp: number; fp: number; fn: number; tn: number }): Confusion {
  const { tp, fp, fn, tn } = counts
  return {
    truePositives: tp,
    falsePositives: fp,
    falseNegatives: fn,
    trueNegatives: tn,
    precision: tp / (tp + fp),
    recall: tp / (tp + fn),
    f1: (2 * tp) / (2 * tp + fp + fn),
    far: fp / (fp + tn),
    farInterval: exactInterval(fp, fp + tn),
  }
}

/** Exact binomial (Clopper-Pearson) interval of a share k of n. */
export function exactInterval(k: number, n: number, confidence = 0.95): readonly [number, number] {
  const tail = (1 - confidence) / 2
  const low = k === 0 ? 0 : bisect((p) => betaCdf(p, k, n - k + 1) < tail)
  const high = k === n ? 1 : bisect((p) => betaCdf(p, k + 1, n - k) < 1 - tail)
  return [low, high]
}

/**
 * How likely at least `falseAlarms` of `n` normal windows are flagged by the conformal threshold at `alpha`, if its promise holds:
 * beta-binomial, since the luck of the calibration draw counts too. Below 0.01 the promise was broken.
 */
export function promiseKept(falseAlarms: number, n: number, alpha: number, calibrationSize: number): number {
  if (falseAlarms === 0) return 1
  const k = Math.ceil((calibrationSize + 1) * (1 - alpha) - 1e-12)
  if (k > calibrationSize) return NaN
  const a = calibrationSize + 1 - k
  // P(X = 0), then each next probability from the one before.
  let probability = 1
  for (let j = 0; j < n; j++) probability *= (k + j) / (a + k + j)
  let below = 0
  for (let i = 0; i < falseAlarms; i++) {
    below += probability
    probability *= ((n - i) * (a + i)) / ((i + 1) * (k + n - i - 1))
  }
  return Math.max(0, 1 - below)
}

function bisect(below: (p: number) => boolean): number {
  let low = 0
  let high = 1
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (below(middle)) low = middle
    else high = middle
  }
  return low
}
