import { InputError } from '../../core/errors'
import type { BoundedBytes } from './bounded-bytes'

/** Shape of a value; none dimension is one value. */
export type Extents = readonly number[]

/** Type of a value, of those that models use. */
export type Hdf5Type =
  | { readonly kind: 'float'; readonly size: 4 | 8; readonly littleEndian: boolean }
  | { readonly kind: 'text'; readonly size: number }
  | { readonly kind: 'long text' }
  | { readonly kind: 'other' }

/** Most texts of one attribute. */
const MAX_TEXTS = 4096
const MAX_RANK = 8
/** Objects looked through for one text in the global heap, and bytes of all texts of one attribute. */
const MAX_HEAP_OBJECTS = 4096
const MAX_TEXT = 4_194_304

/**
 * Dataspace message: the extents. Format: section IV.A.2.b of the HDF5 file format specification,
 * https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html
 */
export function readExtents(file: BoundedBytes, at: number): Extents {
  const version = file.u8(at)
  const rank = file.u8(at + 1)
  if (version < 1 || version > 2) throw file.cutOff()
  if (rank > MAX_RANK)
    throw new InputError('files.tooLarge', { field: file.field, got: `${rank} dimensions`, max: MAX_RANK })
  const start = at + (version === 1 ? 8 : 4)
  return Array.from({ length: rank }, (_, i) => file.u64(start + 8 * i))
}

/** Number of values of these extents. @throws InputError where there are more than `max` */
export function extentCount(extents: Extents, max: number, field: string): number {
  let count = 1
  for (const extent of extents) {
    count *= extent
    if (extent > max || count > max) {
      throw new InputError('files.tooLarge', { field, got: `${extents.join(' × ')} values`, max })
    }
  }
  return count
}

/** Datatype message (IV.A.2.d): IEEE floats and texts; anything else is `other`. */
export function readType(file: BoundedBytes, at: number): Hdf5Type {
  const kind = file.u8(at) & 15
  const bits = file.u8(at + 1)
  const size = file.u32(at + 4)
  if (kind === 3) return { kind: 'text', size }
  if (kind === 9) return { kind: (bits & 15) === 1 ? 'long text' : 'other' }
  if (kind !== 1) return { kind: 'other' }
  const exponentBits = file.u8(at + 13)
  const mantissaBits = file.u8(at + 15)
  const bias = file.u32(at + 16)
  const littleEndian = (bits & 1) === 0
  if (size === 4 && exponentBits === 8 && mantissaBits === 23 && bias === 127)
    return { kind: 'float', size, littleEndian }
  if (size === 8 && exponentBits === 11 && mantissaBits === 52 && bias === 1023)
    return { kind: 'float', size, littleEndian }
  return { kind: 'other' }
}

/** Texts of an attribute; undefined where it holds no texts. @throws InputError */
export function readTexts(
  file: BoundedBytes,
  at: number,
  type: Hdf5Type,
  extents: Extents,
): readonly string[] | undefined {
  if (type.kind !== 'text' && type.kind !== 'long text') return undefined
  const count = extentCount(extents, MAX_TEXTS, file.field)
  let total = 0
  return Array.from({ length: count }, (_, i) => {
    // The same text may be named many times, so it is their sum that is limited.
    const size = type.kind === 'text' ? type.size : file.u32(at + 16 * i)
    total += size
    if (total > MAX_TEXT)
      throw new InputError('files.tooLarge', {
        field: file.field,
        got: `${total} bytes of text`,
        max: MAX_TEXT,
      })
    return type.kind === 'text' ? untilZero(file.text(at + i * size, size)) : readLongText(file, at + 16 * i)
  })
}

/** A text of variable length: its size, and where it lies in a collection of the global heap (III.E). */
function readLongText(file: BoundedBytes, at: number): string {
  const size = file.u32(at)
  const collection = file.u64(at + 4)
  const wanted = file.u32(at + 12)
  if (size === 0) return ''
  if (!file.has(collection, 'GCOL')) throw file.cutOff()
  const end = collection + file.u64(collection + 8)
  let object = collection + 16
  for (let i = 0; i < MAX_HEAP_OBJECTS && object < end; i++) {
    const index = file.u16(object)
    const bytes = file.u64(object + 8)
    if (index === wanted) {
      if (size > bytes) throw file.cutOff()
      return untilZero(file.text(object + 16, size))
    }
    if (index === 0) break
    object += 16 + Math.ceil(bytes / 8) * 8
  }
  throw file.cutOff()
}

function untilZero(text: string): string {
  const end = text.indexOf('\0')
  return end < 0 ? text : text.slice(0, end)
}

/** Floats of a dataset as 32-bit ones. `bytes` holds exactly `count` of them. */
export function readFloats(
  bytes: Uint8Array,
  type: Hdf5Type & { kind: 'float' },
  count: number,
): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const { size, littleEndian } = type
  return Float32Array.from({ length: count }, (_, i) =>
    size === 4 ? view.getFloat32(4 * i, littleEndian) : view.getFloat64(8 * i, littleEndian),
  )
}
