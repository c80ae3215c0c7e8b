import { scalarFeature } from '../feature'

/** Third standardised moment, m3 / m2^1.5 with moments divided by n (as scipy.stats.skew); 0 for a constant channel. */
export const skewness = scalarFeature(
  'skewness',
  'frame.featureSkewness',
  ({ isConstant, m2, m3 }) => (isConstant || m2 <= 0 ? 0 : m3 / (m2 * Math.sqrt(m2))),
  { needsVariation: true, rows: 2 },
)
