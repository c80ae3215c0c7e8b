import { channelsContract, sourceLine, type Contract } from '../../core/contract'
import { FeaturePlan } from '../../core/features/feature-plan'
import type { FeatureSettings } from '../../core/features/settings'
import type { TimeUnit } from '../csv/time-column'

/** How the columns of a CSV file are read; kept with the model, so that scoring reads as learning did. */
export interface Reading {
  /** Column of times; `none`: there is none. */
  readonly time?: string
  readonly timeUnit?: TimeUnit
  /** Windows never cross a change of this column. */
  readonly group?: string
  /** One baseline for each value of this column. */
  readonly context?: string
  readonly ignore?: readonly string[]
  /** Files may begin with data. */
  readonly noHeader?: boolean
  /** `COLUMN=TEXT`: only rows in which this column reads so. */
  readonly filter?: string
  /** A pause longer than this many seconds parts two runs; without it the rule of `Continuity` holds. */
  readonly gap?: number
  /** Windows (or rows) of less energy are of a machine that is off: neither learned nor scored. */
  readonly offBelow?: number
}

export interface WindowShape {
  readonly rows: number
  readonly hop: number
  /** Interpolated to this many Hz first. */
  readonly resample?: number
}

/** What happens to rows before anything learned sees them: the same stages, with the same contract lines, as in the flow. */
export interface Recipe {
  readonly channels: readonly string[]
  readonly units?: readonly string[]
  /** Hz. */
  readonly rate?: number
  /** True for frames that come without a source node: their contract begins with their channels. */
  readonly isBare?: boolean
  /** Without it each row is a frame of its own. */
  readonly window?: WindowShape
  readonly features?: FeatureSettings
  readonly reading: Reading
}

/** The first line of the contract: as a source node makes it, or that of frames without one. */
export function firstLine({ channels, units, rate, isBare }: Recipe): string {
  return isBare === true ? channelsContract(channels)[0]! : sourceLine(channels, units, rate)
}

/** What is scored: its columns, rows and the contract that it comes with. @throws InputError where windows do not allow the features */
export function outputOf(recipe: Recipe): {
  columns: readonly string[]
  rows: number
  contract: Contract
} {
  const { channels, rate, window, features } = recipe
  const lines = [firstLine(recipe)]
  if (window === undefined) return { columns: channels, rows: 1, contract: lines }
  const { rows, resample } = window
  lines.push(resample === undefined ? `window ${rows}` : `window ${rows} resample ${resample} Hz`)
  if (features === undefined) return { columns: channels, rows, contract: lines }
  const plan = new FeaturePlan(features, channels, { rows, rate: resample ?? rate })
  return { columns: plan.columns, rows: 1, contract: [...lines, plan.line] }
}
