import { scalarFeature } from '../feature'

/** Standard deviation, divided by n (as numpy.std), in the channel's unit. */
export const std = scalarFeature('std', 'frame.featureStd', (axis) => Math.sqrt(axis.m2))
