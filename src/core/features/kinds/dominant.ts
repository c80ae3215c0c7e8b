import type { MessageKey } from '../../messages'
import type { AxisAnalysis } from '../axis-analysis'
import type { AxisFeature } from '../feature'
import { amplitudeOf, FEWEST_FOR_SPECTRUM } from '../spectrum'

interface Dominant {
  /** In lines; 0 where the channel is constant. */
  readonly line: number
  readonly amplitude: number
}

/**
 * The strongest sine, from the largest line (line 0 left out) and its larger neighbour: with r the ratio of their magnitudes, the
 * sine lies δ = (2r − 1)/(r + 1) lines towards the neighbour, and its amplitude is the line's times (1 − δ²)·πδ/sin(πδ); exact for
 * one sine through a Hann window (Grandke, IEEE Trans. Instrum. Meas. 32, 1983), but for the leakage of its mirror.
 */
function findDominant({ power, n }: AxisAnalysis): Dominant {
  const last = n >> 1
  let top = 1
  for (let k = 2; k <= last; k++) if (power[k]! > power[top]!) top = k
  if (!(power[top]! > 0)) return { line: 0, amplitude: 0 }
  const side = top < last && (top === 1 || power[top + 1]! > power[top - 1]!) ? 1 : -1
  // The amplitude undoes that the last line counts once and the others twice, so both are comparable.
  const magnitude = (k: number): number => Math.sqrt(2 * k === n ? 2 * power[k]! : power[k]!)
  const ratio = magnitude(top + side) / magnitude(top)
  const delta = Math.max(0, Math.min(0.5, (2 * ratio - 1) / (ratio + 1)))
  const lobe = delta === 0 ? 1 : ((1 - delta * delta) * Math.PI * delta) / Math.sin(Math.PI * delta)
  return { line: top + side * delta, amplitude: amplitudeOf(power[top]!, n, top) * lobe }
}

function dominant(
  name: string,
  labelKey: MessageKey,
  needsRate: boolean,
  value: (found: Dominant, hertz: number) => number,
): AxisFeature {
  return {
    name,
    labelKey,
    scope: 'axis',
    uses: ['removeMean'],
    needsSpectrum: true,
    needsVariation: true,
    needsRate,
    columns: () => [name],
    fewestRows: () => 2 * FEWEST_FOR_SPECTRUM,
    prepare:
      (_, { rows, rate = 0 }) =>
      (axis, out, at) => {
        out[at] = value(findDominant(axis), rate / rows)
      },
  }
}

/** Frequency of the strongest sine, Hz; see `findDominant`. */
export const dominantFrequency = dominant(
  'dominant_frequency',
  'frame.featureDominantFrequency',
  true,
  (found, hertz) => found.line * hertz,
)

/** Its amplitude, in the channel's unit. */
export const dominantAmplitude = dominant(
  'dominant_amplitude',
  'frame.featureDominantAmplitude',
  false,
  (found) => found.amplitude,
)
