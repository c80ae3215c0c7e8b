import type { Feature } from './feature'
import { bands } from './kinds/bands'
import { correlation } from './kinds/correlation'
import { crest } from './kinds/crest'
import { dominantAmplitude, dominantFrequency } from './kinds/dominant'
import { kurtosis } from './kinds/kurtosis'
import { differences, lags } from './kinds/lags'
import { logRms } from './kinds/log-rms'
import { mad } from './kinds/mad'
import { mean } from './kinds/mean'
import { median } from './kinds/median'
import { peak } from './kinds/peak'
import { peakToPeak } from './kinds/peak-to-peak'
import { rms } from './kinds/rms'
import { skewness } from './kinds/skewness'
import { spectralCentroid } from './kinds/spectral-centroid'
import { std } from './kinds/std'

/** Every feature, in the order of its columns. A new one is a file in `kinds/` and a line here. */
export const FEATURES: readonly Feature[] = [
  logRms,
  mad,
  skewness,
  kurtosis,
  crest,
  bands,
  rms,
  std,
  peak,
  peakToPeak,
  mean,
  median,
  dominantFrequency,
  dominantAmplitude,
  spectralCentroid,
  lags,
  differences,
  correlation,
]

/** Names for several features at once. */
export const FEATURE_GROUPS: Readonly<Record<string, readonly string[]>> = {
  /** For vibration. */
  default: ['log_rms', 'mad', 'skewness', 'kurtosis', 'crest', 'bands', 'corr'],
  /** For slow metrics: temperatures, loads. */
  slow: ['lag', 'diff'],
}
