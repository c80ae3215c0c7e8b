import { ConfigError } from '../../core/errors'
import { isCheck, type CheckName } from './checksum'

/** A number in a record. */
export interface BinaryField {
  readonly type: NumberType
  /** Byte at which it begins. */
  readonly offset: number
  readonly littleEndian: boolean
  readonly name: string
  readonly scale: number
  readonly shift: number
  readonly unit: string
}

/** How one binary record is laid out. All records have the same length. */
export interface BinaryLayout {
  /** Bytes of a record. */
  readonly length: number
  /** Bytes that every record begins with. */
  readonly sync: Uint8Array
  /** Bytes further in that never change. */
  readonly constants: readonly { readonly offset: number; readonly bytes: Uint8Array }[]
  /** Columns of the first row, in order. */
  readonly columns: readonly BinaryField[]
  /** Rows of a record and bytes from one to the next. */
  readonly rows: number
  readonly stride: number
  /** Device time and count: of each row where they are among the repeated fields, else of the record. */
  readonly time?: BinaryField & { readonly perRow: boolean }
  readonly sequence?: BinaryField & { readonly perRow: boolean }
  readonly check?: {
    readonly name: CheckName
    readonly offset: number
    readonly from: number
    readonly littleEndian: boolean
  }
}

const SIZES = {
  u8: 1,
  i8: 1,
  u16: 2,
  i16: 2,
  u24: 3,
  i24: 3,
  u32: 4,
  i32: 4,
  u64: 8,
  i64: 8,
  f32: 4,
  f64: 8,
} as const
export type NumberType = keyof typeof SIZES
/** ms per unit of a time field. */
const TIME_SCALES: Readonly<Record<string, number>> = { s: 1000, ms: 1, us: 0.001, µs: 0.001, '': 1 }

const NUMBER = String.raw`[+-]?(?:0x[0-9a-f]+|\d+(?:\.\d+)?(?:e[+-]?\d+)?)`
const FIELD = new RegExp(
  String.raw`^(u8|i8|u16|i16|u24|i24|u32|i32|u64|i64|f32|f64)(le|be)?\s+([^\s=*+]+?)` +
    String.raw`(?:\s*=\s*(${NUMBER})|(?:\s*\*\s*(${NUMBER}))?(?:\s*(\+\s*${NUMBER})|\s+(-\s*${NUMBER}))?(?:\s+(\S+))?)$`,
  'i',
)

interface Draft {
  offset: number
  littleEndian: boolean
  readonly columns: BinaryField[]
  readonly constants: { offset: number; bytes: Uint8Array }[]
  rows: number
  stride: number
  time?: BinaryField & { perRow: boolean }
  sequence?: BinaryField & { perRow: boolean }
  check?: BinaryLayout['check']
}

/**
 * Reads the description of a record, items parted by commas or line ends:
 *
 *     u16 magic=0xAA55      a constant; at the begin of the record it is looked for to find the begin
 *     u32 seq               the device's count          u32 time us    the device's time in s, ms or us
 *     i16 ax*0.000488 g     a column: raw × 0.000488, in g; `+ n` or `- n` adds an offset
 *     skip 2                bytes without meaning
 *     10 x { i16 ax, i16 ay, i16 az }     ten rows
 *     crc8 | crc16 | crc16-modbus | sum8 | xor8 [from 2]     check of all bytes before it (or from byte 2 on)
 *
 * Types: u8 i8 u16 i16 u24 i24 u32 i32 u64 i64 f32 f64, little-endian unless `be` is written once as an item or behind a type (`i16be`).
 * @throws ConfigError that names the item
 */
export function parseBinaryLayout(text: string, field = 'layout'): BinaryLayout {
  const draft: Draft = { offset: 0, littleEndian: true, columns: [], constants: [], rows: 1, stride: 0 }
  const pattern = /\s*(\d+)\s*x\s*\{([^{}]*)\}|([^,;\n{}]+)/gi
  const rest = text
    .replace(/#[^\n]*/g, '')
    .replace(pattern, (_, count?: string, body?: string, item?: string) => {
      if (count === undefined) addItem(draft, item!.trim(), field, false)
      else repeat(draft, Number(count), body!, field)
      return ''
    })
  if (/[^\s,;]/.test(rest)) throw badItem(field, rest.trim())
  if (draft.columns.length === 0) throw new ConfigError('sources.layoutEmpty', { field })
  if (draft.offset > 65536)
    throw new ConfigError('sources.layoutTooLong', { field, got: draft.offset, max: 65536 })
  return finish(draft)
}

function badItem(field: string, item: string): ConfigError {
  return new ConfigError('sources.badLayout', { field, item: item.slice(0, 60) })
}

function repeat(draft: Draft, count: number, body: string, field: string): void {
  if (draft.columns.length > 0 || draft.rows > 1 || count < 1 || count > 10_000)
    throw badItem(field, `${count} x { … }`)
  const begin = draft.offset
  for (const item of body.split(/[,;\n]/)) addItem(draft, item.trim(), field, true)
  draft.rows = count
  draft.stride = draft.offset - begin
  draft.offset = begin + count * draft.stride
}

function addItem(draft: Draft, item: string, field: string, perRow: boolean): void {
  if (item === '') return
  const lower = item.toLowerCase()
  if (lower === 'le' || lower === 'be') {
    draft.littleEndian = lower === 'le'
    return
  }
  const skip = /^skip\s+(\d{1,5})$/.exec(lower)
  if (skip !== null) {
    draft.offset += Number(skip[1])
    return
  }
  if (!perRow && addCheck(draft, lower)) return
  const match = FIELD.exec(item)
  if (match === null || draft.check !== undefined) throw badItem(field, item)
  addField(draft, match, field, perRow)
}

function addCheck(draft: Draft, item: string): boolean {
  const match = /^(\S+?)(le|be)?(?:\s+from\s+(\d+))?$/.exec(item)
  if (match === null || !isCheck(match[1]!)) return false
  const name = match[1]
  const littleEndian = match[2] === undefined ? draft.littleEndian : match[2] === 'le'
  draft.check = { name, offset: draft.offset, from: Number(match[3] ?? 0), littleEndian }
  draft.offset += name.startsWith('crc16') ? 2 : 1
  return true
}

function addField(draft: Draft, match: RegExpExecArray, field: string, perRow: boolean): void {
  const [item, typeText, order, name, constant, scale, plus, minus, unit] = match
  const shift = plus ?? minus
  const type = typeText!.toLowerCase() as NumberType
  const littleEndian = order === undefined ? draft.littleEndian : order.toLowerCase() === 'le'
  const offset = draft.offset
  draft.offset += SIZES[type]
  if (constant !== undefined) {
    if (perRow || type.startsWith('f') || SIZES[type] > 6) throw badItem(field, item)
    draft.constants.push({ offset, bytes: bytesOfConstant(Number(constant), SIZES[type], littleEndian) })
    return
  }
  const role = name!.toLowerCase()
  const isTime = role === 'time'
  const timeScale = isTime ? TIME_SCALES[unit ?? ''] : 1
  if (timeScale === undefined) throw badItem(field, item)
  const made: BinaryField = {
    type,
    offset,
    littleEndian,
    name: name!,
    scale: (scale === undefined ? 1 : Number(scale)) * timeScale,
    shift: shift === undefined ? 0 : Number(shift.replace(/\s/g, '')),
    unit: unit ?? '',
  }
  if (isTime) draft.time = { ...made, perRow }
  else if (role === 'seq') draft.sequence = { ...made, perRow }
  else if (draft.columns.some((column) => column.name === name)) throw badItem(field, item)
  // Columns outside of the repeated rows would have no value of their own in each row.
  else if (draft.rows > 1) throw badItem(field, item)
  else draft.columns.push(made)
}

function bytesOfConstant(value: number, size: number, littleEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(size)
  for (let i = 0; i < size; i++) {
    bytes[littleEndian ? i : size - 1 - i] = Math.floor(value / 256 ** i) % 256
  }
  return bytes
}

function finish(draft: Draft): BinaryLayout {
  let leading = 0
  const sync: number[] = []
  const constants = draft.constants.filter(({ offset, bytes }) => {
    if (offset !== leading) return true
    leading += bytes.length
    sync.push(...bytes)
    return false
  })
  return {
    length: draft.offset,
    sync: Uint8Array.from(sync),
    constants,
    columns: draft.columns,
    rows: draft.rows,
    stride: draft.stride,
    ...(draft.time && { time: draft.time }),
    ...(draft.sequence && { sequence: draft.sequence }),
    ...(draft.check && { check: draft.check }),
  }
}

/** Numbers that a type can count before it starts at 0 again; undefined for those that never will. */
export function modulusOf(type: NumberType): number | undefined {
  return type.startsWith('u') && SIZES[type] <= 4 ? 2 ** (8 * SIZES[type]) : undefined
}
