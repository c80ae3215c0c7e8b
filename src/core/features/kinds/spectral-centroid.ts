import type { AxisFeature } from '../feature'
import { FEWEST_FOR_SPECTRUM } from '../spectrum'

/** Mean of the lines' frequencies, weighted by their power, Hz; line 0 left out. 0 for a constant channel. */
export const spectralCentroid: AxisFeature = {
  name: 'spectral_centroid',
  labelKey: 'frame.featureSpectralCentroid',
  scope: 'axis',
  uses: ['removeMean'],
  needsSpectrum: true,
  needsVariation: true,
  needsRate: true,
  columns: () => ['spectral_centroid'],
  fewestRows: () => FEWEST_FOR_SPECTRUM,
  prepare:
    (_, { rows, rate = 0 }) =>
    ({ power }, out, at) => {
      let total = 0
      let weighted = 0
      for (let k = 1; k < power.length; k++) {
        total += power[k]!
        weighted += k * power[k]!
      }
      out[at] = total > 0 ? ((weighted / total) * rate) / rows : 0
    },
}
