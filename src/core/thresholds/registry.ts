import { conformal } from './conformal'
import { fixed } from './fixed'
import { meanSd } from './mean-sd'
import type { ThresholdMethod } from './method'
import { pac } from './pac'
import { pot } from './pot'
import { quantile } from './quantile'

/** Every threshold method by the name it has in settings, in the order of the editor's list. */
export const thresholdMethods = {
  conformal,
  pac,
  'mean-sd': meanSd,
  quantile,
  pot,
  fixed,
} as const satisfies Record<string, ThresholdMethod>

export type MethodName = keyof typeof thresholdMethods

export const methodNames = Object.keys(thresholdMethods) as readonly MethodName[]
