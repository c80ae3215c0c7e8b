import { quantileInPlace } from '../../features/median'
import { isNegligible } from '../../block'
import { meanAndDeviation, type ScalerMethod } from '../method'

/**
 * To median 0 and interquartile range 1, as scikit-learn's RobustScaler: single outliers in the block do not matter. A column of which
 * more than half the values are equal has no interquartile range; its standard deviation takes that place.
 */
export const robust = {
  name: 'robust',
  labelKey: 'detector.scalerRobust',
  fit: (values) => {
    const quartiles = quantileInPlace(values, 0.75) - quantileInPlace(values, 0.25)
    const center = quantileInPlace(values, 0.5)
    return { center, scale: isNegligible(quartiles, center) ? meanAndDeviation(values).scale : quartiles }
  },
} as const satisfies ScalerMethod
