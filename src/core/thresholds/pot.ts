import { InputError } from '../errors'
import type { Scores } from './score-pool'
import { conformalNeeds } from './conformal'
import { fitGeneralizedPareto, paretoQuantile } from './generalized-pareto'
import type { ThresholdMethod } from './method'

/** Fewest scores that a tail is fitted to. */
export const POT_MINIMUM = 50
// Pulls the shape to the exponential tail with the weight of ten excesses: from 99 scores, the mean false-alarm rate at
// one in a thousand is then 1 to 4 times the one asked instead of 3 to 5 times.
const PRIOR_EXCESSES = 10

/** How many of n scores are taken as the tail: min(n/5, 3√n) (Vehtari et al., Pareto smoothed importance sampling). */
export function tailCount(n: number): number {
  return Math.max(10, Math.ceil(Math.min(n / 5, 3 * Math.sqrt(n))))
}

/** The threshold that a generalized Pareto tail puts at `alpha`; never below the largest score where alpha < 1/(n + 1). */
export function potThreshold(scores: Scores, alpha: number): number {
  const { n } = scores
  const count = tailCount(n)
  const level = scores.smallest(n - count)
  const share = count / n
  const ranked = scores.smallest(Math.min(n, Math.max(1, n + 1 - Math.floor((n + 1) * alpha))))
  if (alpha >= share) return ranked
  const excesses: number[] = []
  for (let rank = n - count + 1; rank <= n; rank++) {
    const excess = scores.smallest(rank) - level
    if (excess > 0) excesses.push(excess)
  }
  const extrapolates = n < conformalNeeds(alpha)
  // Scores that are tied at the level leave no tail to fit.
  if (excesses.length < 5) return ranked
  const fitted = fitGeneralizedPareto(excesses)
  const shape = (fitted.shape * excesses.length) / (excesses.length + PRIOR_EXCESSES)
  const threshold = level + paretoQuantile({ shape, scale: fitted.scale }, (alpha * n) / excesses.length)
  return extrapolates ? Math.max(threshold, scores.max) : threshold
}

/** Peaks over threshold: a fitted tail, read beyond the scores that were seen. Always an estimate, never a promise. */
export const pot: ThresholdMethod = {
  asks: 'alpha',
  minimum: () => POT_MINIMUM,
  fit(scores, { alpha }) {
    if (scores.n < POT_MINIMUM) {
      throw new InputError('threshold.tooFewToFit', { field: 'windows', needed: POT_MINIMUM, got: scores.n })
    }
    const needed = conformalNeeds(alpha)
    return {
      threshold: potThreshold(scores, alpha),
      guaranteed: null,
      extrapolated: scores.n < needed,
      needed,
    }
  },
}
