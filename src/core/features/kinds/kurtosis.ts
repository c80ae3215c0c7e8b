import { scalarFeature } from '../feature'

/** Excess kurtosis, m4 / m2² − 3 with moments divided by n (as scipy.stats.kurtosis): 0 for noise, −1.5 for a sine; 0 for a constant channel. */
export const kurtosis = scalarFeature(
  'kurtosis',
  'frame.featureKurtosis',
  ({ isConstant, m2, m4 }) => (isConstant || m2 <= 0 ? 0 : m4 / (m2 * m2) - 3),
  { needsVariation: true, rows: 2 },
)
