import { describeValue } from '../../core/describe-value'
import { InputError } from '../../core/errors'
import { readTable, type Table } from '../../core/read-table'
import type { Refusals } from '../../core/refusals'
import { indicesWhere, pickRows } from './pick-rows'
import type { Batch, TimeUnit } from './decoder'
import { FIELD } from './decode-text'
import { flatten, follow, isObject, ownOf, type JsonObject } from './json-shape'
import { parseNumber, parseTime } from './parse-time'

export interface SampleOptions {
  readonly wanted: readonly string[]
  readonly timeField?: string
  readonly timeUnit: TimeUnit
  readonly sequenceField?: string
  /** Dotted path to the samples; empty where they are at the top. */
  readonly path: string
}

/**
 * Reads the samples of one JSON value with their times and counts, which are in each sample, in arrays of their own beside the
 * columns, or once for all at the top. Bad samples are left out and counted; undefined where none is left.
 * @throws InputError where nothing can be read
 */
export function readSamples(value: unknown, options: SampleOptions, refusals: Refusals): Batch | undefined {
  const { path, timeField, timeUnit, sequenceField } = options
  const found = path === '' ? value : follow(value, path)
  if (found === undefined)
    throw new InputError('sources.noPath', { field: FIELD, path, got: describeValue(value) })
  const samples: unknown = Array.isArray(found) ? flatRows(found) : isObject(found) ? flatten(found) : found
  const table = readTable(samples, { field: FIELD, names: namesFor(samples, options), refusals })
  const role = (field: string | undefined, parse: (value: unknown) => number): Float64Array | undefined =>
    field === undefined ? undefined : readRole(field, samples, value, table, parse)
  const times = role(timeField, (text) => parseTime(text, timeUnit))
  const sequence = role(sequenceField, parseNumber)
  return batchOf(table, times, sequence, refusals)
}

function flatRows(rows: readonly unknown[]): readonly unknown[] {
  return rows.some(isObject) ? rows.map((row) => (isObject(row) ? flatten(row) : row)) : rows
}

/** Names of the columns to take; samples without names are matched with the channels later, by position. */
function namesFor(samples: unknown, options: SampleOptions): readonly string[] | undefined {
  const first: unknown = Array.isArray(samples) ? samples[0] : samples
  if (!isObject(first)) return undefined
  if (options.wanted.length > 0) return options.wanted
  const names = numericNames(first, options)
  if (names.length === 0)
    throw new InputError('sources.noNumbers', { field: FIELD, got: describeValue(first) })
  return names
}

/** Properties that hold samples: numbers, lists, and null, which stands for a number that is missing. Labels are left out. */
function numericNames(object: JsonObject, { timeField, sequenceField }: SampleOptions): readonly string[] {
  return Object.keys(object).filter((name) => {
    if (name === timeField || name === sequenceField) return false
    const value = object[name]
    return typeof value === 'number' || value === null || Array.isArray(value) || ArrayBuffer.isView(value)
  })
}

/** Times or counts of the rows that were kept, NaN where one is bad; or a single one for all of them. */
function readRole(
  field: string,
  samples: unknown,
  top: unknown,
  { rows, kept }: Table,
  parse: (value: unknown) => number,
): Float64Array {
  if (Array.isArray(samples) && samples.some((row) => isObject(row) && Object.hasOwn(row, field))) {
    return Float64Array.from({ length: rows }, (_, i) => {
      const row: unknown = samples[kept?.[i] ?? i]
      return isObject(row) ? parse(ownOf(row, field)) : NaN
    })
  }
  const value = isObject(samples) && Object.hasOwn(samples, field) ? samples[field] : follow(top, field)
  if (Array.isArray(value)) {
    const sent = kept === undefined ? rows : Math.max(rows, (kept[rows - 1] ?? 0) + 1)
    if (value.length < sent || (kept === undefined && value.length !== rows)) {
      throw new InputError('sources.roleLength', {
        field: FIELD,
        role: field,
        got: value.length,
        expected: sent,
      })
    }
    return Float64Array.from({ length: rows }, (_, i) => parse(value[kept?.[i] ?? i]))
  }
  const one = parse(value)
  if (Number.isNaN(one))
    throw new InputError('sources.noRole', { field: FIELD, role: field, got: describeValue(value) })
  return Float64Array.of(one)
}

/** Leaves out the rows whose time or count is bad. */
function batchOf(
  { channels, data, rows, kept }: Table,
  times: Float64Array | undefined,
  sequence: Float64Array | undefined,
  refusals: Refusals,
): Batch | undefined {
  const all = {
    channels,
    data,
    rows,
    ...(kept && { kept }),
    ...(times && { times }),
    ...(sequence && { sequence }),
  }
  const good = indicesWhere(rows, (row) => {
    const isGood = !Number.isNaN(times?.[row] ?? 0) && !Number.isNaN(sequence?.[row] ?? 0)
    if (!isGood) refusals.add('sources.noRole', { field: `${FIELD}[${row}]`, role: 'time', got: 'missing' })
    return isGood
  })
  return good.length === 0 ? undefined : pickRows(all, good)
}
