import type { MessageKey } from '../messages'
import type { AxisAnalysis } from './axis-analysis'

/** What features are made with, beside the window itself. */
export interface FeatureParameters {
  /** Number of bands of equal width from 0 to half the rate, or their edges in Hz, rising. */
  readonly bands: number | readonly number[]
  /** Last values of a channel that `lag` and `diff` take. */
  readonly lags: number
}

/** The windows that a plan is made for. */
export interface WindowShape {
  readonly rows: number
  /** Hz. */
  readonly rate?: number
}

/** Writes the columns of one feature of one channel, in double precision, to `out` from index `at` on. */
export type AxisWriter = (axis: AxisAnalysis, out: number[], at: number) => void

interface FeatureBase {
  /** Name in settings; of a feature with one column also the end of the column's name. */
  readonly name: string
  readonly labelKey: MessageKey
  /** Parameters that shape its columns: they enter the contract. */
  readonly uses?: readonly (keyof FeatureParameters | 'removeMean' | 'resolution')[]
  /** Says nothing of a window in which the channel is constant. */
  readonly needsVariation?: boolean
}

/** A feature of one channel: columns `<channel>.<column>`. */
export interface AxisFeature extends FeatureBase {
  readonly scope: 'axis'
  /** Reads the power spectrum. */
  readonly needsSpectrum?: boolean
  readonly needsRate?: boolean
  /** Ends of its columns' names; the feature's name where it has one column. */
  columns(parameters: FeatureParameters): readonly string[]
  /** Fewest rows of a window. */
  fewestRows(parameters: FeatureParameters): number
  /** Makes the writer for windows of one shape. @throws InputError where they do not allow the feature */
  prepare(parameters: FeatureParameters, shape: WindowShape): AxisWriter
}

/** A feature of two channels: columns `<name>.<first>.<second>`, first before second in the frame. */
export interface PairFeature extends FeatureBase {
  readonly scope: 'pair'
  value(a: AxisAnalysis, b: AxisAnalysis): number
}

export type Feature = AxisFeature | PairFeature

/** A feature of one channel that is one number of its analysis. */
export function scalarFeature(
  name: string,
  labelKey: MessageKey,
  value: (axis: AxisAnalysis) => number,
  more: Partial<Pick<AxisFeature, 'uses' | 'needsVariation'>> & { readonly rows?: number } = {},
): AxisFeature {
  const { rows = 1, ...rest } = more
  return {
    name,
    labelKey,
    scope: 'axis',
    ...rest,
    columns: () => [name],
    fewestRows: () => rows,
    prepare: () => (axis, out, at) => {
      out[at] = value(axis)
    },
  }
}
