import { scalarFeature } from '../feature'

/** Root of the mean square, in the channel's unit. */
export const rms = scalarFeature('rms', 'frame.featureRms', (axis) => axis.rms, { uses: ['removeMean'] })
