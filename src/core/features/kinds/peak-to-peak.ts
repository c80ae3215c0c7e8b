import { scalarFeature } from '../feature'

/** Largest less smallest value, in the channel's unit. */
export const peakToPeak = scalarFeature(
  'peak_to_peak',
  'frame.featurePeakToPeak',
  (axis) => axis.max - axis.min,
)
