import { meanAndDeviation, type ScalerMethod } from '../method'

/** To mean 0 and standard deviation 1 (divided by n), as scikit-learn's StandardScaler. */
export const standard = {
  name: 'standard',
  labelKey: 'detector.scalerStandard',
  fit: meanAndDeviation,
} as const satisfies ScalerMethod
