import { describeValue } from '../../core/describe-value'
import { InputError } from '../../core/errors'
import type { Frame } from '../../core/frame'
import { readFrame } from '../../core/read-frame'
import { readText } from '../../core/read-settings'
import { Refusals } from '../../core/refusals'
import { isFrameLike, readWire } from '../../core/wire'
import type {
  Batch,
  DecodeContext,
  DecodeResult,
  Decoder,
  DecoderSpec,
  DecoderSetting,
  DecodeSettings,
} from './decoder'
import { asInputError, bytesOf, FIELD, textOf } from './decode-text'
import { isObject, ownOf } from './json-shape'
import { readSamples, type SampleOptions } from './json-samples'

export const JSON_SETTINGS: readonly DecoderSetting[] = [
  { name: 'path', label: 'Path to samples', kind: 'text', fallback: '' },
]

/**
 * JSON text, or what a JSON node made of it: an object or array of numbers (one sample), arrays of those, an object of arrays (one per
 * axis), a frame's wire form, or one of these per line. Nested objects are columns with dotted names (`accel.x`); `path`
 * leads to the samples where they are below something else.
 */
export class JsonDecoder implements Decoder {
  readonly framing = { kind: 'lines', isWhole } as const
  private readonly options: SampleOptions

  /** @throws ConfigError */
  constructor({ options, ...shared }: DecodeSettings) {
    this.options = { ...shared, path: readText('path', options.path, '') }
  }

  decode(chunk: unknown, { arrival }: DecodeContext): DecodeResult {
    const found: Found = { batches: [], frames: [], refusals: new Refusals() }
    try {
      const isText = typeof chunk === 'string' || bytesOf(chunk) !== undefined
      const values = isText ? parseTexts(textOf(chunk), found.refusals) : [chunk]
      for (const value of joinRows(values)) this.read(value, arrival, found)
    } catch (error) {
      found.refusals.take(asInputError(error))
    }
    const { batches, frames, refusals } = found
    return { batches, frames, errors: refusals.errors, bad: refusals.count }
  }

  private read(value: unknown, arrival: number, { batches, frames, refusals }: Found): void {
    try {
      if (isObject(value) && isFrameLike(value)) {
        if (ownOf(value, 'contract') === undefined) batches.push(batchOfWire(value))
        else frames.push(readFrame(value, { field: FIELD, now: arrival }))
        return
      }
      const batch = readSamples(value, this.options, refusals)
      if (batch !== undefined) batches.push(batch)
    } catch (error) {
      refusals.take(asInputError(error))
    }
  }
}

interface Found {
  readonly batches: Batch[]
  readonly frames: Frame[]
  readonly refusals: Refusals
}

/** One value, or one per line; a line that is no JSON is counted and left out. */
function parseTexts(text: string, refusals: Refusals): readonly unknown[] {
  const trimmed = text.trim()
  if (trimmed === '') return []
  try {
    return [JSON.parse(trimmed)]
  } catch (error) {
    const lines = trimmed.split('\n').filter((line) => line.trim() !== '')
    if (lines.length < 2) {
      refusals.take(notJson(error))
      return []
    }
    const values: unknown[] = []
    for (const line of lines) {
      try {
        values.push(JSON.parse(line))
      } catch (lineError) {
        refusals.take(notJson(lineError))
      }
    }
    return values
  }
}

/** The rest of an object is none. */
function isWhole(line: string): boolean {
  try {
    return isObject(JSON.parse(line))
  } catch {
    return false
  }
}

function notJson(error: unknown): InputError {
  const reason = error instanceof Error ? error.message.slice(0, 120) : describeValue(error)
  return new InputError('frame.notJson', { field: FIELD, reason })
}

/** Lines that hold one sample each become one list of samples, so that a chunk gives one batch. */
function joinRows(values: readonly unknown[]): readonly unknown[] {
  if (values.length < 2) return values
  const first = values[0]
  const width = Array.isArray(first) ? first.length : -1
  const areRows = width >= 0 ? values.every((row) => isRow(row, width)) : values.every(isSample)
  return areRows ? [values] : values
}

function isRow(value: unknown, width: number): boolean {
  return Array.isArray(value) && value.length === width && typeof value[0] === 'number'
}

function isSample(value: unknown): boolean {
  if (!isObject(value) || Object.hasOwn(value, 'channels')) return false
  for (const name of Object.keys(value)) if (Array.isArray(value[name])) return false
  return true
}

/** A frame without a contract is raw data that says its own times. */
function batchOfWire(value: object): Batch {
  const { channels, data, units, rate, start, times } = readWire(value, FIELD)
  const rows = data.length / channels.length
  const stamps = times ?? (start === undefined ? undefined : timesFrom(start, rows, rate))
  return {
    channels,
    data: Float64Array.from(data),
    ...(stamps === undefined ? {} : { times: stamps }),
    ...(rate === undefined ? {} : { rate }),
    ...(units === undefined ? {} : { units }),
  }
}

function timesFrom(start: number, rows: number, rate: number | undefined): Float64Array {
  if (rate === undefined) return Float64Array.of(start)
  return Float64Array.from({ length: rows }, (_, i) => start + (i * 1000) / rate)
}

/** JSON in all its shapes. */
export const json: DecoderSpec = {
  name: 'json',
  label: 'JSON',
  settings: JSON_SETTINGS,
  example: '{"ax":0.012,"ay":-0.004,"az":0.981}',
  create: (settings) => new JsonDecoder(settings),
}
