import { scalarFeature } from '../feature'

/** Mean of the raw samples, in the channel's unit, whether or not it is removed for the other features. Of an accelerometer it is mostly gravity, so it tells how the sensor was mounted. */
export const mean = scalarFeature('mean', 'frame.featureMean', (axis) => axis.mean)
