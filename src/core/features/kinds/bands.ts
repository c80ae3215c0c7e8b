import { InputError } from '../../errors'
import type { AxisFeature, FeatureParameters, WindowShape } from '../feature'
import { FEWEST_FOR_SPECTRUM } from '../spectrum'

function count({ bands }: FeatureParameters): number {
  return typeof bands === 'number' ? bands : bands.length - 1
}

/**
 * First line of each band, and the line after the last band. Line 0 is in no band. A band holds its lower edge; the last one
 * also its upper. @throws InputError where a band would hold no line, or reaches beyond half the rate
 */
export function bandLines({ bands }: FeatureParameters, { rows, rate }: WindowShape): Int32Array {
  const last = rows >> 1
  const B = count({ bands, lags: 0 })
  const starts = new Int32Array(B + 1)
  for (let b = 0; b <= B; b++) {
    let line: number
    if (typeof bands === 'number') line = Math.ceil((b * rows) / (2 * B))
    else if (rate === undefined) throw new InputError('frame.bandsNeedRate', { field: 'bands' })
    else if (bands[b]! > (rate / 2) * (1 + 1e-12))
      throw new InputError('frame.bandTooHigh', { field: 'bands', edge: bands[b]!, rate, limit: rate / 2 })
    else line = Math.ceil(((bands[b]! * rows) / rate) * (1 - 1e-12))
    starts[b] = Math.max(1, line)
  }
  const top =
    typeof bands === 'number' || rate === undefined
      ? last
      : Math.floor(((bands[B]! * rows) / rate) * (1 + 1e-12))
  starts[B] = Math.min(last, top) + 1
  for (let b = 0; b < B; b++) {
    if (starts[b]! < starts[b + 1]!) continue
    const spacing = rate === undefined ? `${1 / rows} of the rate` : `${rate / rows} Hz`
    throw new InputError('frame.emptyBand', { field: 'bands', band: b + 1, rows, spacing })
  }
  return starts
}

/**
 * Natural logarithm of the variance in each of B bands of the Hann-windowed power spectrum; the energies of bands that cover
 * everything add up to the variance (without line 0). The floor of a band is its share, by width, of the quantisation
 * noise's variance, resolution²/12.
 */
export const bands: AxisFeature = {
  name: 'bands',
  labelKey: 'frame.featureBands',
  scope: 'axis',
  uses: ['bands', 'removeMean', 'resolution'],
  needsSpectrum: true,
  needsVariation: true,
  columns: (parameters) => Array.from({ length: count(parameters) }, (_, b) => `band${b + 1}`),
  fewestRows: () => FEWEST_FOR_SPECTRUM,
  prepare: (parameters, shape) => {
    const starts = bandLines(parameters, shape)
    const share = Float64Array.from(
      { length: starts.length - 1 },
      (_, b) => (starts[b + 1]! - starts[b]!) / (shape.rows >> 1),
    )
    return ({ power, floor }, out, at) => {
      for (let b = 0; b < share.length; b++) {
        let energy = 0
        const end = starts[b + 1]!
        for (let k = starts[b]!; k < end; k++) energy += power[k]!
        const lowest = floor * floor * share[b]!
        out[at + b] = Math.log(energy > lowest ? energy : lowest)
      }
    }
  },
}
