import { describeValue } from '../../core/describe-value'
import { readText } from '../../core/read-settings'
import { Refusals } from '../../core/refusals'
import { indicesWhere, pickRows } from './pick-rows'
import { RecordFramer } from '../record-framer'
import type { KeyKind } from '../row-keys'
import { modulusOf, parseBinaryLayout, type BinaryField, type BinaryLayout } from './binary-layout'
import { checksum } from './checksum'
import type { Batch, DecodeResult, Decoder, DecoderSpec, DecodeSettings, Framing } from './decoder'
import { bytesOf, FIELD } from './decode-text'

const EXAMPLE = 'u16 magic=0xAA55, u32 seq, i16 ax*0.000488 g, i16 ay*0.000488 g, i16 az*0.000488 g, crc8'

/**
 * Binary records of a layout (see `parseBinaryLayout`): one or more rows each. Takes any number of records at once;
 * bytes that belong to none are counted.
 */
export class BinaryDecoder implements Decoder {
  readonly framing: Framing & { readonly kind: 'records' }
  readonly clocks: readonly KeyKind[]
  private readonly layout: BinaryLayout
  private readonly channels: readonly string[]
  private readonly units?: readonly string[]

  /** @throws ConfigError */
  constructor({ options }: DecodeSettings) {
    const layout = parseBinaryLayout(readText('layout', options.layout, EXAMPLE))
    this.layout = layout
    this.clocks = [
      ...(layout.time ? ['device' as const] : []),
      ...(layout.sequence ? ['sequence' as const] : []),
    ]
    this.channels = layout.columns.map((column) => column.name)
    if (layout.columns.some((column) => column.unit !== ''))
      this.units = layout.columns.map((column) => column.unit)
    const hasCheck = layout.check !== undefined || layout.constants.length > 0
    this.framing = {
      kind: 'records',
      length: layout.length,
      sync: layout.sync,
      ...(hasCheck && { check: (record: Uint8Array) => isWhole(layout, record) }),
    }
  }

  decode(chunk: unknown): DecodeResult {
    const refusals = new Refusals()
    const bytes = bytesOf(chunk)
    if (bytes === undefined) {
      refusals.add('sources.notBytes', { field: FIELD, got: describeValue(chunk) })
      return { batches: [], errors: refusals.errors, bad: refusals.count }
    }
    const framer = new RecordFramer(this.framing)
    const records = framer.push(bytes)
    framer.flush()
    if (framer.lost > 0) {
      const params = { field: FIELD, got: framer.lost, bytes: bytes.length, length: this.layout.length }
      refusals.add('sources.brokenRecord', params)
    }
    const batches = this.batches(records).map((batch) => withoutBad(batch, refusals))
    return {
      batches: batches.filter((batch) => batch.data.length > 0),
      errors: refusals.errors,
      bad: refusals.count,
    }
  }

  private batches(bytes: Uint8Array): readonly Batch[] {
    const { layout } = this
    const records = bytes.length / layout.length
    if (records === 0) return []
    const perRecord = layout.time?.perRow === false || layout.sequence?.perRow === false
    if (layout.rows === 1 || !perRecord) return [this.batch(bytes, 0, records)]
    // A time or count that stands for several rows is said once per batch.
    return Array.from({ length: records }, (_, i) => this.batch(bytes, i, i + 1))
  }

  private batch(bytes: Uint8Array, from: number, to: number): Batch {
    const { layout, channels, units } = this
    const { rows, stride, length, columns } = layout
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const data = new Float64Array((to - from) * rows * columns.length)
    let at = 0
    for (let record = from; record < to; record++) {
      for (let row = 0; row < rows; row++) {
        const base = record * length + row * stride
        for (const column of columns) data[at++] = readField(view, base, column)
      }
    }
    const role = (
      field: (BinaryField & { readonly perRow: boolean }) | undefined,
    ): Float64Array | undefined => {
      if (field === undefined) return undefined
      const each = field.perRow ? rows : 1
      return Float64Array.from({ length: (to - from) * each }, (_, i) =>
        readField(view, (from + Math.floor(i / each)) * length + (i % each) * stride, field),
      )
    }
    const times = role(layout.time)
    const sequence = role(layout.sequence)
    const modulus = layout.sequence && modulusOf(layout.sequence.type)
    const ticks = layout.time && modulusOf(layout.time.type)
    return {
      channels,
      data,
      ...(units && { units }),
      ...(times && { times }),
      ...(sequence && { sequence }),
      ...(modulus && { modulus }),
      ...(ticks && { wrap: ticks * layout.time.scale }),
    }
  }
}

/** Rows without the bit patterns of floats that are no number. */
function withoutBad(batch: Batch, refusals: Refusals): Batch {
  const { channels, data } = batch
  const width = channels.length
  const rows = data.length / width
  if (data.every((value) => Number.isFinite(value))) return batch
  const good = indicesWhere(rows, (row) => {
    const c = data.subarray(row * width, (row + 1) * width).findIndex((value) => !Number.isFinite(value))
    if (c >= 0)
      refusals.add('frame.notFinite', {
        field: FIELD,
        channel: channels[c]!,
        row,
        got: data[row * width + c]!,
      })
    return c < 0
  })
  return pickRows({ ...batch, rows }, good)
}

function isWhole({ constants, check }: BinaryLayout, record: Uint8Array): boolean {
  for (const { offset, bytes } of constants) {
    for (let i = 0; i < bytes.length; i++) if (record[offset + i] !== bytes[i]) return false
  }
  if (check === undefined) return true
  const { name, offset, from, littleEndian } = check
  const expected = checksum(name, record, from, offset)
  if (!name.startsWith('crc16')) return record[offset] === expected
  const [low, high] = littleEndian
    ? [record[offset]!, record[offset + 1]!]
    : [record[offset + 1]!, record[offset]!]
  return low + high * 256 === expected
}

function readField(view: DataView, base: number, field: BinaryField): number {
  return readNumber(view, base + field.offset, field) * field.scale + field.shift
}

function readNumber(view: DataView, at: number, { type, littleEndian }: BinaryField): number {
  switch (type) {
    case 'u8':
      return view.getUint8(at)
    case 'i8':
      return view.getInt8(at)
    case 'u16':
      return view.getUint16(at, littleEndian)
    case 'i16':
      return view.getInt16(at, littleEndian)
    case 'u24':
    case 'i24': {
      const low = view.getUint8(littleEndian ? at : at + 2)
      const value = low + view.getUint8(at + 1) * 256 + view.getUint8(littleEndian ? at + 2 : at) * 65536
      return type === 'i24' && value >= 0x800000 ? value - 0x1000000 : value
    }
    case 'u32':
      return view.getUint32(at, littleEndian)
    case 'i32':
      return view.getInt32(at, littleEndian)
    case 'u64':
      return Number(view.getBigUint64(at, littleEndian))
    case 'i64':
      return Number(view.getBigInt64(at, littleEndian))
    case 'f32':
      return view.getFloat32(at, littleEndian)
    case 'f64':
      return view.getFloat64(at, littleEndian)
  }
}

/** Records of fixed length. */
export const binary: DecoderSpec = {
  name: 'binary',
  label: 'Binary records',
  // Sequence 1; 0, 0 and 2048 counts; checksum.
  example: Uint8Array.of(0x55, 0xaa, 1, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0x12),
  settings: [{ name: 'layout', label: 'Layout', kind: 'text', fallback: EXAMPLE }],
  clocks: ['device', 'sequence'],
  create: (settings) => new BinaryDecoder(settings),
}
