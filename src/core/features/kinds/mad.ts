import { scalarFeature } from '../feature'

/** Makes the MAD of a normal distribution its standard deviation; 4 digits, as is customary. */
const NORMAL = 1.4826

/** 1.4826 × the median absolute deviation from the median. */
export const mad = scalarFeature('mad', 'frame.featureMad', (axis) => NORMAL * axis.medianDeviation, {
  needsVariation: true,
})
