import { describeValue, tagOf } from './describe-value'
import { InputError } from './errors'
import { MIN_RATE, type Frame } from './frame'
import { checkNames, MAX_VALUES, readTable } from './read-table'

/**
 * The wire form of a frame: plain JSON for MQTT, HTTP and files, since a Float32Array in plain JSON becomes `{"0":…}`.
 * Values travel as base64 of little-endian 32-bit floats: exact, and a third of the size of decimal text.
 */
export interface WireFrame {
  readonly v: 1
  readonly channels: readonly string[]
  readonly units?: readonly string[]
  readonly rate?: number
  /** Time of the first row, ms since the epoch. */
  readonly start: number
  readonly end?: number
  readonly times?: readonly number[]
  readonly contract?: readonly string[]
  /** rows × channels values, row-major. */
  readonly f32: string
}

/** The wire form of a frame; `readFrame` takes it back bit by bit. */
export function toWire(frame: Frame): WireFrame {
  return {
    v: 1,
    channels: [...frame.channels],
    ...(frame.units === undefined ? {} : { units: [...frame.units] }),
    ...(frame.rate === undefined ? {} : { rate: frame.rate }),
    start: frame.start,
    ...(frame.end === undefined ? {} : { end: frame.end }),
    ...(frame.times === undefined ? {} : { times: Array.from(frame.times) }),
    ...(frame.contract === undefined ? {} : { contract: [...frame.contract] }),
    f32: encodeFloats(frame.data),
  }
}

/** True for what is meant as a frame or its wire form: it has `channels` (not a column of numbers) beside `data` or `f32`. */
export function isFrameLike(value: object): boolean {
  if (!Object.hasOwn(value, 'channels') || !(Object.hasOwn(value, 'data') || Object.hasOwn(value, 'f32')))
    return false
  const channels: unknown = (value as { channels: unknown }).channels
  return !(typeof channels === 'number' || (Array.isArray(channels) && typeof channels[0] === 'number'))
}

/** What `readWire` gives: a frame whose values are still in double precision, before the check of their range. */
export interface WireTable extends Omit<Frame, 'data' | 'start'> {
  readonly start?: number
  readonly data: Float32Array | Float64Array
}

/**
 * Reads a frame-like object: `channels`, values in `f32` (base64), or in `data` as a Float32Array (also one that plain JSON made
 * `{"0":…}` of), flat numbers or rows; `start` in ms (without it, it is worked out from `end` and `rate`), `end`, `rate`, `times`, `units`, `contract`.
 * @throws InputError that names the property
 */
export function readWire(value: object, field: string, fallbackRate?: number): WireTable {
  const own = (name: string): unknown =>
    Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined
  const version = own('v')
  if (version !== undefined && version !== 1) throw bad(`${field}.v`, '1', version)
  const channels = readTexts(own('channels'), `${field}.channels`)
  if (channels === undefined) throw bad(`${field}.channels`, 'an array of channel names', own('channels'))
  checkNames(channels, `${field}.channels`)
  const data = readValues(own('f32'), own('data'), channels, field)
  const rows = data.length / channels.length
  if (!Number.isInteger(rows)) {
    throw new InputError('frame.notMultiple', { field, got: data.length, channels: channels.length })
  }
  if (rows === 0)
    throw new InputError('frame.empty', { field: `${field}.${own('f32') === undefined ? 'data' : 'f32'}` })
  const units = readTexts(own('units'), `${field}.units`)
  if (units !== undefined && units.length !== channels.length) {
    throw bad(`${field}.units`, `an array of ${channels.length} units, one for each channel`, own('units'))
  }
  const rate = readFinite(own('rate'), `${field}.rate`) ?? fallbackRate
  if (rate !== undefined && rate < MIN_RATE) throw bad(`${field}.rate`, `at least ${MIN_RATE} Hz`, rate)
  const times = readTimes(own('times'), rows, `${field}.times`)
  const end = readFinite(own('end'), `${field}.end`)
  const givenStart = readFinite(own('start'), `${field}.start`)
  const start = givenStart ?? times?.[0] ?? startFrom(end, rows, rate)
  const contract = readTexts(own('contract'), `${field}.contract`)
  return {
    channels,
    ...(units === undefined ? {} : { units }),
    ...(rate === undefined ? {} : { rate }),
    ...(start === undefined ? {} : { start }),
    ...(end === undefined || givenStart === undefined ? {} : { end }),
    ...(times === undefined ? {} : { times }),
    ...(contract === undefined ? {} : { contract }),
    data,
  }
}

function bad(field: string, expected: string, got: unknown): InputError {
  return new InputError('frame.badProperty', { field, expected, got: describeValue(got) })
}

function startFrom(end: number | undefined, rows: number, rate: number | undefined): number | undefined {
  if (end === undefined) return undefined
  return rate === undefined ? end : end - (rows * 1000) / rate
}

function readFinite(value: unknown, field: string): number | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'number' || !Number.isFinite(value)) throw bad(field, 'a finite number', value)
  return value
}

function readTexts(value: unknown, field: string): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined
  if (!Array.isArray(value) || value.length > 65536 || !value.every((text) => typeof text === 'string')) {
    throw bad(field, 'an array of texts', value)
  }
  return value
}

function readTimes(value: unknown, rows: number, field: string): Float64Array | undefined {
  if (value === undefined || value === null) return undefined
  const isList = Array.isArray(value) || tagOf(value) === 'Float64Array'
  const list = isList ? (value as ArrayLike<unknown>) : listOfJson(value)
  if (list?.length !== rows) {
    throw bad(field, `an array of ${rows} times in ms, one for each row`, value)
  }
  const times = new Float64Array(rows)
  for (let i = 0; i < rows; i++) {
    const time = list[i]
    if (typeof time !== 'number' || !Number.isFinite(time) || (i > 0 && time < times[i - 1]!)) {
      throw bad(`${field}[${i}]`, 'a finite time in ms, not before the one of the row before', time)
    }
    times[i] = time
  }
  return times
}

function readValues(
  f32: unknown,
  data: unknown,
  channels: readonly string[],
  field: string,
): Float32Array | Float64Array {
  if (f32 !== undefined) return decodeFloats(f32, `${field}.f32`)
  const name = `${field}.data`
  const isView = ArrayBuffer.isView(data) && tagOf(data).endsWith('Array') && !tagOf(data).startsWith('Big')
  if (isView || (Array.isArray(data) && typeof data[0] === 'number')) {
    return readFlat(data as unknown as ArrayLike<unknown>, channels, name)
  }
  if (Array.isArray(data)) {
    if (data.length === 0) throw new InputError('frame.empty', { field: name })
    return readTable(data, { field: name, names: channels }).data
  }
  const list = listOfJson(data)
  if (list !== undefined) return readFlat(list, channels, name)
  throw bad(name, 'a Float32Array, an array of numbers or an array of rows', data)
}

/** The values of a typed array that went through plain JSON, where it becomes `{"0":…,"1":…}`. */
function listOfJson(value: unknown): readonly unknown[] | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, '0')) return undefined
  const values = value as Readonly<Record<string, unknown>>
  return Object.keys(values).map((_, i) => (Object.hasOwn(values, i) ? values[i] : undefined))
}

function readFlat(flat: ArrayLike<unknown>, channels: readonly string[], field: string): Float64Array {
  if (flat.length > MAX_VALUES) {
    throw new InputError('frame.tooLarge', { field, got: flat.length, what: 'values', max: MAX_VALUES })
  }
  const data = new Float64Array(flat.length)
  for (let i = 0; i < flat.length; i++) {
    const value = flat[i]
    if (typeof value !== 'number' || !Number.isFinite(value)) {
      const channel = channels[i % channels.length]!
      const row = Math.floor(i / channels.length)
      throw new InputError('frame.notFinite', { field, channel, row, got: describeValue(value) })
    }
    data[i] = value
  }
  return data
}

/** Base64 of the floats, little-endian whatever the machine. */
function encodeFloats(data: Float32Array): string {
  const bytes = new Uint8Array(data.length * 4)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < data.length; i++) view.setFloat32(i * 4, data[i]!, true)
  let text = ''
  for (let i = 0; i < bytes.length; i += 6144) {
    text += String.fromCharCode(...bytes.subarray(i, i + 6144))
  }
  return btoa(text)
}

function decodeFloats(value: unknown, field: string): Float32Array {
  const expected = 'base64 text of little-endian 32-bit floats'
  if (typeof value !== 'string') throw bad(field, expected, value)
  if (value.length > MAX_VALUES * 6) {
    const got = Math.floor((value.length * 3) / 16)
    throw new InputError('frame.tooLarge', { field, got, what: 'values', max: MAX_VALUES })
  }
  let bytes: string
  try {
    bytes = atob(value)
  } catch {
    throw bad(field, expected, value)
  }
  const count = bytes.length / 4
  if (!Number.isInteger(count)) throw bad(field, expected, `${bytes.length} bytes`)
  const view = new DataView(new ArrayBuffer(bytes.length))
  for (let i = 0; i < bytes.length; i++) view.setUint8(i, bytes.charCodeAt(i))
  const data = new Float32Array(count)
  for (let i = 0; i < count; i++) data[i] = view.getFloat32(i * 4, true)
  return data
}
