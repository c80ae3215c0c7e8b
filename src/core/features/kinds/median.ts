import { scalarFeature } from '../feature'

/** Median of the raw samples, in the channel's unit. */
export const median = scalarFeature('median', 'frame.featureMedian', (axis) => axis.median + axis.removed)
