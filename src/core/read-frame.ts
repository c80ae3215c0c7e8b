import type { Clock } from './clock'
import { describeValue, tagOf } from './describe-value'
import { InputError } from './errors'
import { MIN_RATE, type Frame } from './frame'
import { checkNames, MAX_VALUES, readTable } from './read-table'
import { isFrameLike, readWire } from './wire'

export interface ReadFrameOptions {
  /** What the value is called in errors; `msg.payload` if not given. */
  readonly field?: string
  /** Time of the first row where the value has none, ms since the epoch. */
  readonly now: number
  /** Column names for values without names (else `ch1` …); of an object, these properties are taken. */
  readonly channels?: readonly string[]
  /** Rate in Hz where the value has none. */
  readonly rate?: number
}

/** Values in an array that lies on the heap. */
const SHORT = 16
/** Longest JSON text that is read. */
const MAX_TEXT = 64 * 1024 * 1024

/**
 * Turns whatever a message carries into a Frame: a Frame (given back as the very same object where it is whole), its wire form,
 * a number (channel `value`), an array of numbers (one row), an object of numbers (one row), arrays of those (rows), an object of
 * arrays of equal length (columns), or JSON text of any of these (string, Buffer or Uint8Array in UTF-8).
 * @throws InputError that names the field, channel and row and says what to do
 */
export function readFrame(payload: unknown, options: ReadFrameOptions): Frame {
  const field = options.field ?? 'msg.payload'
  try {
    if (isWholeFrame(payload, field)) return payload
    return read(payload, field, options)
  } catch (error) {
    if (error instanceof InputError) throw error
    // A proxy or getter that throws: the message is at fault, not the program.
    throw new InputError('frame.notReadable', { field, got: describeValue(payload) }, { cause: error })
  }
}

/** What was whole in the frame before: frames of a stream share their channels, units and contract. */
interface Memo {
  channels?: unknown
  units?: unknown
  contract?: unknown
}

/** `readFrame` for a stream of messages: what is the very same object as in the message before is not looked at again. */
export class FrameReader {
  private readonly memo: Memo = {}

  /** @param clock tells the time of the first row where the value has none */
  constructor(private readonly clock: Clock) {}

  /** @throws InputError as `readFrame` does */
  read(payload: unknown): Frame {
    try {
      if (isWholeFrame(payload, 'msg.payload', this.memo)) return payload
    } catch (error) {
      if (error instanceof InputError) throw error
    }
    return readFrame(payload, { now: this.clock.now() })
  }
}

function read(payload: unknown, field: string, options: ReadFrameOptions): Frame {
  const value = typeof payload === 'string' || isBytes(payload) ? parseText(payload, field) : payload
  if (typeof value === 'object' && value !== null && isFrameLike(value)) {
    const wire = readWire(value, field, options.rate)
    return { ...wire, start: wire.start ?? options.now, data: toFloats(wire.data, wire.channels, field) }
  }
  const table = readTable(value, { field, names: options.channels })
  return {
    channels: table.channels,
    ...(options.rate === undefined ? {} : { rate: options.rate }),
    start: options.now,
    data: toFloats(table.data, table.channels, field),
  }
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array || (ArrayBuffer.isView(value) && tagOf(value) === 'Uint8Array')
}

function parseText(text: string | Uint8Array, field: string): unknown {
  if (text.length > MAX_TEXT) {
    throw new InputError('frame.tooLarge', { field, got: text.length, what: 'characters', max: MAX_TEXT })
  }
  const string = (typeof text === 'string' ? text : new TextDecoder().decode(text)).trim()
  if (string === '') throw new InputError('frame.empty', { field })
  try {
    return JSON.parse(string)
  } catch (error) {
    throw new InputError('frame.notJson', {
      field,
      reason: error instanceof Error ? error.message.slice(0, 120) : '',
    })
  }
}

/** A copy in single precision. @throws InputError for a value that does not fit it */
function toFloats(
  data: Float32Array | Float64Array,
  channels: readonly string[],
  field: string,
): Float32Array {
  const floats = Float32Array.from(data)
  const at = findNonFinite(floats)
  if (at < 0) return floats
  const channel = channels[at % channels.length]!
  const row = Math.floor(at / channels.length)
  const key = Number.isFinite(data[at]) ? 'frame.tooBig' : 'frame.notFinite'
  throw new InputError(key, { field, channel, row, got: describeValue(data[at]) })
}

/** Index of the first value that is not finite, or -1. Four sums that do not wait for one another: this runs for every message. */
function findNonFinite(data: Float32Array): number {
  const whole = data.length & ~3
  let [a, b, c, d] = [0, 0, 0, 0]
  for (let i = 0; i < whole; i += 4) {
    a += data[i]! * 0
    b += data[i + 1]! * 0
    c += data[i + 2]! * 0
    d += data[i + 3]! * 0
  }
  for (let i = whole; i < data.length; i++) a += data[i]! * 0
  return a + b + c + d === 0 ? -1 : data.findIndex((value) => !Number.isFinite(value))
}

/**
 * True for a frame that can be handed on as it is. A frame that is not whole, or of another realm, or a view on a larger buffer,
 * goes the long way, which copies it or says what is wrong.
 */
function isWholeFrame(value: unknown, field: string, memo?: Memo): value is Frame {
  if (typeof value !== 'object' || value === null) return false
  const { channels, data, start, end, rate, times, units, contract } = value as Readonly<
    Record<string, unknown>
  >
  if (!(data instanceof Float32Array) || !Array.isArray(channels)) return false
  if (typeof start !== 'number' || !Number.isFinite(start)) return false
  if (end !== undefined && !(typeof end === 'number' && Number.isFinite(end))) return false
  if (rate !== undefined && !(typeof rate === 'number' && rate >= MIN_RATE && rate < Infinity)) return false
  const rows = data.length / channels.length
  if (!Number.isInteger(rows) || rows === 0 || data.length > MAX_VALUES) return false
  if (isView(data) || findNonFinite(data) >= 0) return false
  if (memo === undefined || channels !== memo.channels) {
    checkNames(channels, `${field}.channels`)
    if (memo !== undefined) memo.channels = channels
  }
  if (units !== undefined && units !== memo?.units) {
    if (!isTexts(units) || units.length !== channels.length) return false
    if (memo !== undefined) memo.units = units
  }
  if (contract !== undefined && contract !== memo?.contract) {
    if (!isTexts(contract)) return false
    if (memo !== undefined) memo.contract = contract
  }
  return times === undefined || (times instanceof Float64Array && times.length === rows && isAscending(times))
}

/**
 * A view on a larger buffer, which would be cloned whole. The buffer of a short array is not asked for: it lies on the heap until
 * somebody does, and making it costs more than all else here.
 */
function isView(data: Float32Array): boolean {
  return data.byteOffset !== 0 || (data.length > SHORT && data.byteLength !== data.buffer.byteLength)
}

function isTexts(value: unknown): value is readonly string[] {
  if (!Array.isArray(value)) return false
  for (let i = 0; i < value.length; i++) if (typeof value[i] !== 'string') return false
  return true
}

function isAscending(times: Float64Array): boolean {
  if (!Number.isFinite(times[0]!) || !Number.isFinite(times[times.length - 1]!)) return false
  for (let i = 1; i < times.length; i++) if (!(times[i]! >= times[i - 1]!)) return false
  return true
}
