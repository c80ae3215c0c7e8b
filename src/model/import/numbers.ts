import { InputError } from '../../core/errors'

/** A numeric type of numpy: kind (f float, i whole, u whole without sign, b truth value), bytes, byte order. */
export interface NumberType {
  readonly kind: 'f' | 'i' | 'u' | 'b'
  readonly size: number
  readonly littleEndian: boolean
}

/** Numbers in rows, whatever their order in the file was. */
export interface NumberArray {
  readonly shape: readonly number[]
  /** Row-major (C order), in a buffer of its own. */
  readonly data: Float64Array
}

/** Most dimensions and values of one array that is taken from a file. */
const MAX_DIMENSIONS = 8
export const MAX_ARRAY_VALUES = 4_000_000

type Read = (view: DataView, at: number, littleEndian: boolean) => number

const READERS: Readonly<Record<string, Read>> = {
  f4: (view, at, little) => view.getFloat32(at, little),
  f8: (view, at, little) => view.getFloat64(at, little),
  i1: (view, at) => view.getInt8(at),
  i2: (view, at, little) => view.getInt16(at, little),
  i4: (view, at, little) => view.getInt32(at, little),
  i8: (view, at, little) => Number(view.getBigInt64(at, little)),
  u1: (view, at) => view.getUint8(at),
  u2: (view, at, little) => view.getUint16(at, little),
  u4: (view, at, little) => view.getUint32(at, little),
  u8: (view, at, little) => Number(view.getBigUint64(at, little)),
  b1: (view, at) => view.getUint8(at),
}

/**
 * The type that numpy calls `<f8`, `>i4`, `|u1` …; half floats, complex numbers, texts, records and Python objects are refused.
 * @throws InputError
 */
export function numberType(name: string, field: string): NumberType {
  const [, order = '', code = ''] = /^([<>=|]?)([a-zA-Z]\d{1,2})$/.exec(name) ?? []
  if (!Object.hasOwn(READERS, code)) {
    throw new InputError('files.notNumbers', { field, got: name.slice(0, 40) })
  }
  return { kind: code[0] as NumberType['kind'], size: Number(code[1]), littleEndian: order !== '>' }
}

/** Number of values of a shape. @throws InputError where it is no shape, or too large */
export function valueCount(shape: readonly unknown[], field: string): number {
  if (shape.length > MAX_DIMENSIONS) throw tooLarge(field, `${shape.length} dimensions`, MAX_DIMENSIONS)
  let count = 1
  for (const extent of shape) {
    if (typeof extent !== 'number' || !Number.isInteger(extent) || extent < 0) {
      throw new InputError('files.badShape', { field })
    }
    // Each extent alone, so that a 0 beside it cannot hide a size that no memory holds.
    if (extent > MAX_ARRAY_VALUES || (count *= extent) > MAX_ARRAY_VALUES) {
      throw tooLarge(
        field,
        `an array of ${shape.map(String).join(' × ')} values`.slice(0, 200),
        MAX_ARRAY_VALUES,
      )
    }
  }
  return count
}

/** Bytes that an array takes in a file. @throws InputError */
export function byteCount(type: NumberType, shape: readonly unknown[], field: string): number {
  return valueCount(shape, field) * type.size
}

/**
 * Decodes an array. `bytes` holds exactly its values, in C order or (`fortran`) with the first index running fastest.
 * @throws InputError where shape and bytes do not fit
 */
export function decodeNumbers(
  bytes: Uint8Array,
  type: NumberType,
  shape: readonly number[],
  fortran: boolean,
  field: string,
): NumberArray {
  const count = valueCount(shape, field)
  if (count * type.size !== bytes.length) throw new InputError('files.cutOff', { field })
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const read = READERS[`${type.kind}${type.size}`]!
  const data = new Float64Array(count)
  if (!fortran || shape.length < 2) {
    for (let i = 0; i < count; i++) data[i] = read(view, i * type.size, type.littleEndian)
    return { shape, data }
  }
  const strides = shape.map((_, axis) =>
    shape.slice(axis + 1).reduce((product, extent) => product * extent, 1),
  )
  const index = new Uint32Array(shape.length)
  let target = 0
  for (let i = 0; i < count; i++) {
    data[target] = read(view, i * type.size, type.littleEndian)
    for (let axis = 0; axis < shape.length; axis++) {
      target += strides[axis]!
      if (++index[axis]! < shape[axis]!) break
      target -= strides[axis]! * shape[axis]!
      index[axis] = 0
    }
  }
  return { shape, data }
}

function tooLarge(field: string, got: string, max: number): InputError {
  return new InputError('files.tooLarge', { field, got, max })
}
