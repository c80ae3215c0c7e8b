import { InputError } from '../errors'
import type { Scores } from './score-pool'
import { shownPercent, type ThresholdMethod } from './method'

// (n + 1)·alpha is often a whole number that floating point misses by a hair.
const HAIR = 1e-9

/** Scores from which on split conformal supports alpha: 99 for 1 %, 999 for 0.1 %. */
export function conformalNeeds(alpha: number): number {
  return Math.ceil(1 / alpha - HAIR) - 1
}

/**
 * Split conformal: the ceil((n + 1)(1 − alpha))-th smallest calibration score. A new score that is exchangeable
 * with them lies above it with a probability of at most alpha (Vovk, Gammerman, Shafer 2005; Lei et al. 2018).
 * The promise is on average over installations; some lie above.
 */
export const conformal: ThresholdMethod = {
  asks: 'alpha',
  minimum: ({ alpha }) => conformalNeeds(alpha),
  fit(scores: Scores, { alpha }) {
    const { n } = scores
    const needed = conformalNeeds(alpha)
    const above = Math.floor((n + 1) * alpha + HAIR)
    if (above < 1)
      throw new InputError('threshold.tooFew', {
        field: 'windows',
        percent: shownPercent(alpha),
        needed,
        got: n,
      })
    return {
      threshold: scores.smallest(n + 1 - above),
      guaranteed: above / (n + 1),
      extrapolated: false,
      needed,
    }
  },
}
