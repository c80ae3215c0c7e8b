import { Block, constantScale, isNegligible } from '../block'
import { inspect } from '../data-check'
import { ConfigError } from '../errors'
import type { Frame } from '../frame'
import { isEmpty, readChoice, readFlag, readNumber } from '../read-settings'
import type { DataWarning, FittedPart, Transformer } from '../stage'
import type { ScalerMethod } from './method'
import { SCALER_METHODS, SCALERS, type ScalerName } from './registry'
import { readScaler, ScalerModel, type ScalerBody } from './scaler-model'

export interface ScalerOptions {
  readonly method: ScalerName
  /** minmax: where the smallest and largest value go. */
  readonly range?: readonly [number, number]
  /** minmax: keep what lies outside at the ends of the range. */
  readonly clip?: boolean
}

/** Reads the settings of a scaler node. @throws ConfigError that names the field */
export function readScalerOptions(settings: Readonly<Record<string, unknown>>): ScalerOptions {
  const method = readChoice('method', settings.method, SCALER_METHODS, 'standard')
  const fallback = find(method).defaultRange
  if (fallback === undefined) return { method }
  return { method, range: readRange(settings.range, fallback), clip: readFlag('clip', settings.clip, false) }
}

function readRange(value: unknown, fallback: readonly [number, number]): readonly [number, number] {
  if (isEmpty(value)) return fallback
  const parts: readonly unknown[] = Array.isArray(value) ? value : String(value).split(/[\s,;]+/)
  if (parts.length !== 2)
    throw new ConfigError('settings.badRange', { field: 'range', got: String(value).slice(0, 60) })
  const low = readNumber('range', parts[0])
  const high = readNumber('range', parts[1])
  if (low >= high) throw new ConfigError('settings.badRange', { field: 'range', got: `${low}, ${high}` })
  return [low, high]
}

const FEWEST = 2

/**
 * A scaler: maps each column of a frame with what it learned of that column, over all rows of the block. Computed as scikit-learn
 * does; a column without spread (none beyond the rounding of Float32) is divided by 0.1 % of its value, or by 1 where it is 0,
 * and named in the report. Frames keep rows, times and contract.
 * @throws ConfigError where an option is wrong; range and clip count for minmax only
 */
export function makeScaler(options: ScalerOptions): Transformer {
  const { method: name, range, clip = false } = readScalerOptions({ ...options })
  const method = find(name)
  return {
    line: [
      'scaler',
      method.name,
      ...(range === undefined ? [] : [range.join('..')]),
      ...(clip ? ['clip'] : []),
    ].join(' '),
    minimumRows: () => FEWEST,
    fit: (frames) => fit(method, frames, range, clip),
    load: (body) => new ScalerModel(readScaler(body)),
  }
}

function fit(
  method: ScalerMethod,
  frames: readonly Frame[],
  range: readonly [number, number] | undefined,
  clip: boolean,
): FittedPart {
  const block = new Block(frames)
  block.require(FEWEST)
  const warnings: DataWarning[] = [...inspect(block)]
  const { channels } = block
  const [low, high] = range ?? [0, 1]
  const learned = channels.map((channel, c) => {
    const { center, scale } = method.fit(block.column(c))
    if (!isNegligible(scale, center)) return { center, scale: scale / (high - low) }
    const isSaid = warnings.some(
      ({ key, params }) => key === 'learning.constantChannel' && params.channel === channel,
    )
    if (!isSaid) warnings.push({ key: 'learning.constantChannel', params: { channel } })
    return { center, scale: constantScale(center) / (high - low) }
  })
  const body: ScalerBody = {
    version: 1,
    method: method.name,
    channels: [...channels],
    center: learned.map(({ center }) => center),
    scale: learned.map(({ scale }) => scale),
    offset: range === undefined ? 0 : low,
    ...(clip ? { clip: [low, high] as const } : {}),
  }
  return { body, report: { rows: frames.length, warnings, figures: { columns: channels.length } } }
}

function find(name: ScalerName): ScalerMethod {
  return SCALERS.find((method) => method.name === name)!
}
