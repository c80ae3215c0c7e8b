import { describeValue } from '../../core/describe-value'
import { InputError } from '../../core/errors'
import { isList, numberedNames, readTable, type Table } from '../../core/read-table'
import type { Refusals } from '../../core/refusals'
import { columnNumber } from './csv-columns'
import { indicesWhere, pickRows, type Rows } from './pick-rows'
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
 * Reads the samples of one JSON value with their times and counts, which are in each sample (of arrays, by the number of the
 * column), in arrays of their own beside the columns, or once for all at the top. Bad samples are left out and counted; undefined where none is left.
 * @throws InputError where nothing can be read
 */
export function readSamples(value: unknown, options: SampleOptions, refusals: Refusals): Batch | undefined {
  const { path, timeField, timeUnit, sequenceField } = options
  const found = path === '' ? value : follow(value, path)
  if (found === undefined)
    throw new InputError('sources.noPath', { field: FIELD, path, got: describeValue(value) })
  const samples: unknown = Array.isArray(found) ? flatRows(found) : isObject(found) ? flatten(found) : found
  const table = readColumns(samples, options, refusals)
  const role = (field: string | undefined, parse: (value: unknown) => number): Float64Array | undefined =>
    field === undefined ? undefined : readRole(field, samples, value, table, parse)
  const times = role(timeField, (text) => parseTime(text, timeUnit))
  const sequence = role(sequenceField, parseNumber)
  return batchOf(table, times, sequence, refusals)
}

function flatRows(rows: readonly unknown[]): readonly unknown[] {
  return rows.some(isObject) ? rows.map((row) => (isObject(row) ? flatten(row) : row)) : rows
}

function readColumns(samples: unknown, options: SampleOptions, refusals: Refusals): Table {
  const rows = rowsOf(samples)
  const roles =
    rows === undefined
      ? []
      : [options.timeField, options.sequenceField].map((field) => columnNumber(field ?? ''))
  if (rows === undefined || roles.every((column) => column < 0))
    return readTable(samples, { field: FIELD, names: namesFor(samples, options), refusals })
  const others = <T>(list: ArrayLike<T>): T[] => Array.from(list).filter((_, i) => !roles.includes(i))
  const names = others(numberedNames(isList(rows[0]) ? rows[0].length : 1, FIELD))
  const values = rows.map((row) => (isList(row) ? others(row) : row))
  return readTable(values, { field: FIELD, names, refusals })
}

/** Samples that are arrays, one or several; undefined where they are none. */
function rowsOf(samples: unknown): readonly unknown[] | undefined {
  if (!Array.isArray(samples) || samples.length === 0 || isObject(samples[0])) return undefined
  return isList(samples[0]) ? (samples as readonly unknown[]) : [samples]
}

/** Names of the columns to take; samples without names are matched with the channels later, by position. */
function namesFor(samples: unknown, options: SampleOptions): readonly string[] | undefined {
  const isMany = Array.isArray(samples)
  const first: unknown = isMany ? samples[0] : samples
  if (!isObject(first)) return undefined
  if (options.wanted.length > 0) return options.wanted
  const names = valueNames(first, isMany, options)
  if (names.length === 0)
    throw new InputError('sources.noNumbers', { field: FIELD, got: describeValue(first) })
  return names
}

/**
 * Properties that hold samples: lists, one per axis, where there are any (a number beside them is no axis), else numbers, and null,
 * which stands for a number that is missing. Labels are left out.
 */
function valueNames(
  object: JsonObject,
  isOneOfMany: boolean,
  { timeField, sequenceField }: SampleOptions,
): readonly string[] {
  const names = Object.keys(object).filter((name) => name !== timeField && name !== sequenceField)
  const lists = isOneOfMany ? [] : names.filter((name) => isList(object[name]))
  if (lists.length > 0) return lists
  return names.filter((name) => typeof object[name] === 'number' || object[name] === null)
}

/** Times or counts of the rows that were kept, NaN where one is bad; or a single one for all of them. */
function readRole(
  field: string,
  samples: unknown,
  top: unknown,
  { rows, kept }: Table,
  parse: (value: unknown) => number,
): Float64Array {
  const lists = rowsOf(samples)
  const column = columnNumber(field)
  if (lists !== undefined && column >= 0) {
    return Float64Array.from({ length: rows }, (_, i) => {
      const row = lists[kept?.[i] ?? i]
      return isList(row) ? parse(row[column]) : NaN
    })
  }
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

function hasBad(list: Float64Array | undefined): boolean {
  if (list === undefined) return false
  for (let i = 0; i < list.length; i++) if (Number.isNaN(list[i])) return true
  return false
}

/** Leaves out the rows whose time or count is bad. */
function batchOf(
  { channels, data, rows, kept }: Table,
  times: Float64Array | undefined,
  sequence: Float64Array | undefined,
  refusals: Refusals,
): Batch | undefined {
  // Property by property: spreading those that are there costs more than all the rest of a short message.
  const all: { -readonly [K in keyof Rows]: Rows[K] } = { channels, data, rows }
  if (kept !== undefined) all.kept = kept
  if (times !== undefined) all.times = times
  if (sequence !== undefined) all.sequence = sequence
  if (rows > 0 && !hasBad(times) && !hasBad(sequence)) return all
  const good = indicesWhere(rows, (row) => {
    const isGood = !Number.isNaN(times?.[row] ?? 0) && !Number.isNaN(sequence?.[row] ?? 0)
    if (!isGood) refusals.add('sources.noRole', { field: `${FIELD}[${row}]`, role: 'time', got: 'missing' })
    return isGood
  })
  return good.length === 0 ? undefined : pickRows(all, good)
}
