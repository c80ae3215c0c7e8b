import type { AxisFeature, FeatureParameters } from '../feature'

/** Last L raw values of the channel: `lag1` is the newest, `lagL` the oldest. For slow metrics. */
export const lags: AxisFeature = {
  name: 'lag',
  labelKey: 'frame.featureLag',
  scope: 'axis',
  uses: ['lags'],
  columns: (parameters) => Array.from({ length: parameters.lags }, (_, l) => `lag${l + 1}`),
  fewestRows: (parameters) => parameters.lags,
  prepare:
    ({ lags: count }) =>
    ({ n, values, removed }, out, at) => {
      for (let l = 0; l < count; l++) out[at + l] = values[n - 1 - l]! + removed
    },
}

const steps = (parameters: FeatureParameters): number => Math.max(1, parameters.lags - 1)

/** Differences of neighbours among the last L raw values: `diff1` is the newest less the one before. */
export const differences: AxisFeature = {
  name: 'diff',
  labelKey: 'frame.featureDiff',
  scope: 'axis',
  uses: ['lags'],
  columns: (parameters) => Array.from({ length: steps(parameters) }, (_, l) => `diff${l + 1}`),
  fewestRows: (parameters) => steps(parameters) + 1,
  prepare: (parameters) => {
    const count = steps(parameters)
    return ({ n, values }, out, at) => {
      for (let l = 0; l < count; l++) out[at + l] = values[n - 1 - l]! - values[n - 2 - l]!
    }
  },
}
