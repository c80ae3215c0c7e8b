import { scalarFeature } from '../feature'

/** Natural logarithm of the RMS, which is at least the RMS of the channel's quantisation noise, resolution/√12. */
export const logRms = scalarFeature(
  'log_rms',
  'frame.featureLogRms',
  (axis) => Math.log(Math.max(axis.rms, axis.floor)),
  {
    uses: ['removeMean', 'resolution'],
    needsVariation: true,
  },
)
