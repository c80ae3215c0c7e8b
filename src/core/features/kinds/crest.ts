import { scalarFeature } from '../feature'

/** Crest factor: largest magnitude over RMS (√2 for a sine); 0 for a channel that is 0. */
export const crest = scalarFeature(
  'crest',
  'frame.featureCrest',
  ({ peak, rms }) => (rms > 0 ? peak / rms : 0),
  {
    uses: ['removeMean'],
    needsVariation: true,
    rows: 2,
  },
)
