import { InputError } from '../../core/errors'
import { BoundedBytes } from './bounded-bytes'
import { byteCount, decodeNumbers, numberType, type NumberArray } from './numbers'

/** What a .npy file begins with. */
export const NPY_MAGIC = '\x93NUMPY'
/** Longest header; numpy itself refuses more than 10,000 characters unless told otherwise. */
const MAX_HEADER = 10_000

/**
 * Reads a .npy array of numbers (format 1 to 3, C or Fortran order, either byte order). Object arrays, which need pickle, are
 * refused. https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 * @throws InputError
 */
export function readNpy(bytes: Uint8Array, field: string): NumberArray {
  const file = new BoundedBytes(bytes, field)
  if (!file.has(0, NPY_MAGIC)) throw new InputError('files.notThatKind', { field, expected: 'a .npy array' })
  const version = file.u8(6)
  if (version < 1 || version > 3) {
    throw new InputError('files.unsupported', {
      field,
      what: `.npy format ${version}`,
      hint: 'save it with numpy.save',
    })
  }
  const size = version === 1 ? file.u16(8) : file.u32(8)
  const start = version === 1 ? 10 : 12
  if (size > MAX_HEADER)
    throw new InputError('files.tooLarge', { field, got: `a header of ${size} bytes`, max: MAX_HEADER })
  const header = file.text(start, size)
  const type = numberType(entry(header, /'descr' *: *'([^']{0,40})'/, field), field)
  const fortran = entry(header, /'fortran_order' *: *(True|False)/, field) === 'True'
  const shape = entry(header, /'shape' *: *\(([\d, L]{0,200})\)/, field)
    .split(',')
    .map((extent) => extent.replace('L', '').trim())
    .filter((extent) => extent !== '')
    .map(Number)
  return decodeNumbers(file.slice(start + size, byteCount(type, shape, field)), type, shape, fortran, field)
}

function entry(header: string, pattern: RegExp, field: string): string {
  const found = pattern.exec(header)?.[1]
  if (found === undefined) throw new InputError('files.badNpyHeader', { field, got: header.slice(0, 80) })
  return found
}
