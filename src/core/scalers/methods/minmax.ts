import type { ScalerMethod } from '../method'

/** Smallest to largest value onto a range, as scikit-learn's MinMaxScaler. */
export const minmax = {
  name: 'minmax',
  labelKey: 'detector.scalerMinmax',
  defaultRange: [0, 1],
  fit: (values) => {
    let min = Infinity
    let max = -Infinity
    for (const x of values) {
      if (x < min) min = x
      if (x > max) max = x
    }
    return { center: min, scale: max - min }
  },
} as const satisfies ScalerMethod
