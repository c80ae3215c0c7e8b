import { InputError } from '../errors'
import type { ThresholdMethod } from './method'

/** Mean + k standard deviations (divided by n): the tutorials' rule. It promises nothing: the tail of scores is not normal. */
export const meanSd: ThresholdMethod = {
  asks: 'k',
  minimum: () => 2,
  fit(scores, { k }) {
    if (scores.n < 2)
      throw new InputError('threshold.tooFewToFit', { field: 'windows', needed: 2, got: scores.n })
    return { threshold: scores.mean + k * scores.sd, guaranteed: null, extrapolated: false, needed: 2 }
  },
}
