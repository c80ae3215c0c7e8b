import { scalarFeature } from '../feature'

/** Largest magnitude, in the channel's unit. */
export const peak = scalarFeature('peak', 'frame.featurePeak', (axis) => axis.peak, { uses: ['removeMean'] })
