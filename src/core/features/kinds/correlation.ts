import type { AxisAnalysis } from '../axis-analysis'
import type { PairFeature } from '../feature'

/** Pearson's correlation of two channels over the window; 0 where one of them is constant. */
export const correlation: PairFeature = {
  name: 'corr',
  labelKey: 'frame.featureCorrelation',
  scope: 'pair',
  needsVariation: true,
  value: (a: AxisAnalysis, b: AxisAnalysis) => {
    const spread = Math.sqrt(a.m2) * Math.sqrt(b.m2)
    if (a.isConstant || b.isConstant || !(spread > 0)) return 0
    const aOffset = a.centre
    const bOffset = b.centre
    let sum = 0
    for (let i = 0; i < a.n; i++) sum += (a.values[i]! - aOffset) * (b.values[i]! - bOffset)
    return Math.max(-1, Math.min(1, sum / (a.n * spread)))
  },
}
