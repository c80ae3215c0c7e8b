import type { OptionSpec } from '../terminal/command'

/** How a CSV file is read. */
export const READING: readonly OptionSpec[] = [
  { name: 'time', value: 'COLUMN', help: 'cli.optTime' },
  { name: 'time-unit', value: 's|ms|us|ns|iso', help: 'cli.optTimeUnit' },
  { name: 'group', value: 'COLUMN', help: 'cli.optGroup' },
  { name: 'no-header', help: 'cli.optHeadless' },
  { name: 'filter', value: 'COLUMN=TEXT', help: 'cli.optFilter' },
  { name: 'gap', value: 'SECONDS', help: 'cli.optGap' },
  { name: 'off-below', value: 'LEVEL', help: 'cli.optOffBelow' },
]

/** Which columns are channels, and what they are. */
export const CHANNELS: readonly OptionSpec[] = [
  { name: 'channels', value: 'COL,COL', help: 'cli.optChannels' },
  { name: 'ignore', value: 'COL,COL', help: 'cli.optIgnore' },
  { name: 'unit', value: 'UNIT[,UNIT]', help: 'cli.optUnit' },
  { name: 'rate', value: 'HZ', help: 'cli.optRate' },
]

/** What is made of rows. */
export const CUTTING: readonly OptionSpec[] = [
  { name: 'window', value: 'N', help: 'cli.optWindow' },
  { name: 'hop', value: 'N', help: 'cli.optHop' },
  { name: 'resample', value: 'HZ', help: 'cli.optResample' },
  { name: 'lags', value: 'N', help: 'cli.optLags' },
  { name: 'features', value: 'default|none|NAME,NAME', help: 'cli.optFeatures' },
  { name: 'bands', value: 'N', help: 'cli.optBands' },
  { name: 'keep-mean', help: 'cli.optKeepMean' },
  { name: 'resolution', value: 'STEP', help: 'cli.optResolution' },
  { name: 'full-scale', value: 'END', help: 'cli.optFullScale' },
]

export const LEARNING: readonly OptionSpec[] = [
  { name: 'scaler', value: 'standard|minmax|robust|none', help: 'cli.optScaler' },
  { name: 'detector', value: 'NAME', help: 'cli.optDetector' },
  { name: 'covariance', value: 'ledoit-wolf|empirical', help: 'cli.optCovariance' },
  { name: 'agg', value: 'max|mean', help: 'cli.optAgg' },
  { name: 'contamination', value: 'SHARE', help: 'cli.optContamination' },
  { name: 'kind', value: 'dense|lstm|conv1d', help: 'cli.optKind' },
  { name: 'layers', value: 'small|medium|large|N,N', help: 'cli.optLayers' },
  { name: 'loss', value: 'mse|mae', help: 'cli.optLoss' },
  { name: 'epochs', value: 'N', help: 'cli.optEpochs' },
  { name: 'seed', value: 'N', help: 'cli.optSeed' },
]

export const THRESHOLD: readonly OptionSpec[] = [
  { name: 'threshold', value: 'METHOD', help: 'cli.optThreshold' },
  { name: 'alpha', value: 'A', help: 'cli.optAlpha' },
  { name: 'budget', value: 'N/PERIOD', help: 'cli.optBudget' },
  { name: 'delta', value: 'D', help: 'cli.optDelta' },
  { name: 'sd-factor', value: 'K', help: 'cli.optSdFactor' },
  { name: 'value', value: 'T', help: 'cli.optValue' },
]
