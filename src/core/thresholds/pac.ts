import { InputError } from '../errors'
import { betaTail } from './incomplete-beta'
import { shownPercent, type ThresholdMethod } from './method'

/** Scores from which on alpha can be promised with a confidence of 1 − delta: n ≥ ln(delta) / ln(1 − alpha). */
export function pacNeeds(alpha: number, delta: number): number {
  return Math.ceil(Math.log(delta) / Math.log1p(-alpha) - 1e-9)
}

/** The smallest rank k with P(Beta(n + 1 − k, k) > alpha) ≤ delta; undefined where none has it. */
export function pacRank(n: number, alpha: number, delta: number): number | undefined {
  if (n < pacNeeds(alpha, delta)) return undefined
  let low = 1
  let high = n
  while (low < high) {
    const middle = (low + high) >>> 1
    if (betaTail(alpha, n + 1 - middle, middle) <= delta) high = middle
    else low = middle + 1
  }
  return low
}

/**
 * Conformal with a margin: the share of normal scores above the k-th smallest of n is Beta(n + 1 − k, k) distributed,
 * and k is chosen so that it is above alpha in at most delta of all installations (Vovk 2012; Wilks 1941).
 */
export const pac: ThresholdMethod = {
  asks: 'alpha',
  asksDelta: true,
  minimum: ({ alpha, delta }) => pacNeeds(alpha, delta),
  fit(scores, { alpha, delta }) {
    const needed = pacNeeds(alpha, delta)
    const rank = pacRank(scores.n, alpha, delta)
    if (rank === undefined) {
      const params = {
        field: 'windows',
        percent: shownPercent(alpha),
        confidence: shownPercent(1 - delta),
        needed,
        got: scores.n,
      }
      throw new InputError('threshold.tooFewPac', params)
    }
    return { threshold: scores.smallest(rank), guaranteed: alpha, extrapolated: false, needed }
  },
}
