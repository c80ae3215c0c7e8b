import type { ThresholdMethod } from './method'

/** A threshold that the user knows. It needs no calibration and promises nothing. */
export const fixed: ThresholdMethod = {
  asks: 'value',
  minimum: () => 0,
  fit: (_scores, { value }) => ({ threshold: value, guaranteed: null, extrapolated: false, needed: 0 }),
}
