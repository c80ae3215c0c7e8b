import { describeValue, tagOf } from './describe-value'
import { InputError } from './errors'
import type { MessageKey, MessageParams } from './messages'
import type { Refusals } from './refusals'

/** Named columns of double precision, row-major: what any reader of unknown data makes first. */
export interface Table {
  readonly channels: readonly string[]
  readonly rows: number
  /** rows × channels. */
  readonly data: Float64Array
  /** Numbers of the rows as they were sent, from 0, where bad ones were left out. */
  readonly kept?: readonly number[]
}

/** Most columns and values that one message may hold. */
export const MAX_CHANNELS = 4096
export const MAX_VALUES = 4_000_000

export interface TableOptions {
  /** What the value is called in errors, e.g. `msg.payload`. */
  readonly field: string
  /** Column names for rows without names; of objects, these properties are taken and others left. */
  readonly names?: readonly string[]
  /** Where given, a bad row is left out and counted here; without it a bad row throws. */
  readonly refusals?: Refusals
}

/**
 * Reads what people and devices send as samples: a number, an array of numbers (one row), an object of numbers (one row),
 * arrays of those (rows), an object of arrays of equal length (columns). Reads own properties only.
 * @throws InputError that names field, channel and row
 */
export function readTable(value: unknown, options: TableOptions): Table {
  if (typeof value === 'number') return readRows([[value]], options.names ?? ['value'], options)
  if (typeof value === 'object' && value !== null) {
    if (Array.isArray(value)) return readArray(value, options)
    if (ArrayBuffer.isView(value)) return readView(value, options)
    const tag = tagOf(value)
    if (tag === 'Object' || tag === 'Module')
      return readObject(value as Readonly<Record<string, unknown>>, options)
  }
  throw new InputError('frame.notReadable', { field: options.field, got: describeValue(value) })
}

function readArray(array: readonly unknown[], options: TableOptions): Table {
  const { field, names } = options
  if (array.length === 0) throw new InputError('frame.empty', { field })
  const first = array[0]
  if (typeof first === 'object' && first !== null) {
    if (Array.isArray(first) || ArrayBuffer.isView(first)) {
      const width = (first as unknown as ArrayLike<unknown>).length
      return readRows(array, names ?? numberedNames(width, field), options)
    }
    return readRowObjects(array, names ?? namesOf(first, field), options)
  }
  return readRows([array], names ?? numberedNames(array.length, field), options)
}

function readView(view: ArrayBufferView, options: TableOptions): Table {
  const kind = tagOf(view)
  if (!kind.endsWith('Array') || kind.startsWith('Big')) {
    throw new InputError('frame.notReadable', { field: options.field, got: describeValue(view) })
  }
  const row = view as unknown as ArrayLike<unknown>
  if (row.length === 0) throw new InputError('frame.empty', { field: options.field })
  return readRows([row], options.names ?? numberedNames(row.length, options.field), options)
}

function readObject(object: Readonly<Record<string, unknown>>, options: TableOptions): Table {
  const { field } = options
  const names = options.names ?? namesOf(object, field)
  const isColumns = names.some((name) => Object.hasOwn(object, name) && isList(object[name]))
  return isColumns ? readColumns(object, names, options) : readRowObjects([object], names, options)
}

/** Names for columns without names. */
export function numberedNames(width: number, field: string): readonly string[] {
  if (width > MAX_CHANNELS) {
    throw new InputError('frame.tooLarge', { field, got: width, what: 'channels', max: MAX_CHANNELS })
  }
  return Array.from({ length: width }, (_, i) => `ch${i + 1}`)
}

function namesOf(object: object, field: string): readonly string[] {
  const names = Object.keys(object)
  if (names.length === 0) throw new InputError('frame.empty', { field })
  if (names[0] === '0') throw new InputError('frame.typedArrayAsJson', { field })
  checkNames(names, field)
  return names
}

/** Refuses names that no later stage could work with. @throws InputError */
export function checkNames(names: readonly unknown[], field: string): void {
  const flaw = flawOfNames(names, field)
  if (flaw !== undefined) throw new InputError(flaw.key, flaw.params)
}

/** What is wrong with these names of channels; undefined where nothing is. */
export function flawOfNames(
  names: readonly unknown[],
  field: string,
): { readonly key: MessageKey; readonly params: MessageParams } | undefined {
  const count = names.length
  if (count === 0) return { key: 'frame.empty', params: { field } }
  if (count > MAX_CHANNELS) {
    return { key: 'frame.tooLarge', params: { field, got: count, what: 'channels', max: MAX_CHANNELS } }
  }
  for (let i = 0; i < count; i++) {
    const name = names[i]
    if (
      typeof name !== 'string' ||
      name.length === 0 ||
      name.length > 200 ||
      name === '__proto__' ||
      name.includes(',')
    ) {
      return { key: 'frame.badChannelName', params: { field, got: describeValue(name) } }
    }
    // Comparing a handful of names is faster than hashing them, and this runs for every message.
    if (count <= 12) for (let j = 0; j < i; j++) if (names[j] === name) return duplicate(field, name)
  }
  if (count <= 12 || new Set(names).size === count) return undefined
  return duplicate(field, String(names.find((name, i) => names.indexOf(name) < i)))
}

function duplicate(field: string, channel: string): { key: MessageKey; params: MessageParams } {
  return { key: 'frame.duplicateChannel', params: { field, channel } }
}

/** Room for the values, refused before anything large is allocated. */
function allocate(rows: number, names: readonly string[], field: string): Float64Array {
  const values = rows * names.length
  if (values > MAX_VALUES) {
    throw new InputError('frame.tooLarge', { field, got: values, what: 'values', max: MAX_VALUES })
  }
  return new Float64Array(values)
}

/** An array of any kind. */
export function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && tagOf(value).endsWith('Array'))
}

function refuse(options: TableOptions, key: MessageKey, params: MessageParams): void {
  if (options.refusals === undefined) throw new InputError(key, params)
  options.refusals.add(key, params)
}

function refuseValue(options: TableOptions, channel: string, row: number, value: unknown): void {
  refuse(options, 'frame.notFinite', { field: options.field, channel, row, got: describeValue(value) })
}

function refuseRow(options: TableOptions, row: number, value: unknown, names: readonly string[]): void {
  const { field } = options
  const shared = { field, row, expected: names.length, channels: shortList(names) }
  if (isList(value)) refuse(options, 'frame.wrongLength', { ...shared, got: value.length })
  else refuse(options, 'frame.notARow', { ...shared, got: describeValue(value) })
}

/** The filled part of the data, in a buffer of its own. `bad` are the rows left out, ascending. */
function tableOf(
  channels: readonly string[],
  sent: number,
  bad: readonly number[],
  data: Float64Array,
): Table {
  if (bad.length === 0) return { channels, rows: sent, data }
  const left = new Set(bad)
  const kept = Array.from({ length: sent }, (_, row) => row).filter((row) => !left.has(row))
  return { channels, rows: kept.length, data: data.slice(0, kept.length * channels.length), kept }
}

function readRows(list: readonly unknown[], names: readonly string[], options: TableOptions): Table {
  const { field } = options
  checkNames(names, field)
  const width = names.length
  const data = allocate(list.length, names, field)
  const bad: number[] = []
  for (let r = 0; r < list.length; r++) {
    const row = list[r]
    if (!isList(row) || row.length !== width) {
      refuseRow(options, r, row, names)
      bad.push(r)
      continue
    }
    const base = (r - bad.length) * width
    let c = 0
    for (; c < width; c++) {
      const value = row[c]
      if (typeof value !== 'number' || !Number.isFinite(value)) break
      data[base + c] = value
    }
    if (c === width) continue
    bad.push(r)
    refuseValue(options, names[c]!, r, row[c])
  }
  return tableOf(names, list.length, bad, data)
}

function readRowObjects(list: readonly unknown[], names: readonly string[], options: TableOptions): Table {
  const { field } = options
  checkNames(names, field)
  const width = names.length
  const data = allocate(list.length, names, field)
  const bad: number[] = []
  for (let r = 0; r < list.length; r++) {
    const row = list[r]
    if (typeof row !== 'object' || row === null || isList(row)) {
      refuseRow(options, r, row, names)
      bad.push(r)
      continue
    }
    const object = row as Readonly<Record<string, unknown>>
    const base = (r - bad.length) * width
    let c = 0
    let value: unknown
    for (; c < width; c++) {
      const name = names[c]!
      value = Object.hasOwn(object, name) ? object[name] : undefined
      if (typeof value !== 'number' || !Number.isFinite(value)) break
      data[base + c] = value
    }
    if (c === width) continue
    bad.push(r)
    if (value === undefined) {
      refuse(options, 'frame.missingChannel', {
        field,
        row: r,
        channel: names[c]!,
        channels: shortList(names),
      })
    } else refuseValue(options, names[c]!, r, value)
  }
  return tableOf(names, list.length, bad, data)
}

function readColumns(
  object: Readonly<Record<string, unknown>>,
  names: readonly string[],
  options: TableOptions,
): Table {
  const { field } = options
  checkNames(names, field)
  const columns = names.map((name) => {
    const column = Object.hasOwn(object, name) ? object[name] : undefined
    if (column === undefined) {
      throw new InputError('frame.missingChannel', {
        field,
        row: 0,
        channel: name,
        channels: shortList(names),
      })
    }
    if (!isList(column))
      throw new InputError('frame.notAColumn', { field, channel: name, got: describeValue(column) })
    return column
  })
  const length = columns[0]!.length
  const uneven = columns.findIndex((column) => column.length !== length)
  if (uneven >= 0) {
    const params = {
      field,
      channel: names[uneven]!,
      got: columns[uneven]!.length,
      expected: length,
      first: names[0]!,
    }
    throw new InputError('frame.unevenColumns', params)
  }
  if (length === 0) throw new InputError('frame.empty', { field })
  const width = names.length
  const data = allocate(length, names, field)
  const bad: number[] = []
  for (let r = 0; r < length; r++) {
    const base = (r - bad.length) * width
    let c = 0
    for (; c < width; c++) {
      const value = columns[c]![r]
      if (typeof value !== 'number' || !Number.isFinite(value)) break
      data[base + c] = value
    }
    if (c === width) continue
    bad.push(r)
    refuseValue(options, names[c]!, r, columns[c]![r])
  }
  return tableOf(names, length, bad, data)
}

function shortList(names: readonly string[]): string {
  return names.length <= 8 ? names.join(', ') : `${names.slice(0, 8).join(', ')} …`
}
