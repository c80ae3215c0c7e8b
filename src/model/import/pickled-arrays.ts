import { InputError } from '../../core/errors'
import {
  byteCount,
  decodeNumbers,
  numberType,
  valueCount,
  type NumberArray,
  type NumberType,
} from './numbers'
import type { PickleReader } from './pickle'
import {
  PickleCall,
  PickleList,
  PickleTuple,
  PickleDict,
  pickleWord,
  type PickleValue,
} from './pickle-values'

const WRAPPERS = [
  'joblib.numpy_pickle.NumpyArrayWrapper',
  'sklearn.externals.joblib.numpy_pickle.NumpyArrayWrapper',
]
const both = (name: string): readonly string[] => [`numpy.core.${name}`, `numpy._core.${name}`]
const RECONSTRUCT = both('multiarray._reconstruct')
const FROM_BUFFER = both('numeric._frombuffer')
const SCALAR = both('multiarray.scalar')
const ENCODE = '_codecs.encode'

/** The names that a pickle needs for arrays and numbers of numpy, written by pickle or joblib. */
export const ARRAY_NAMES: readonly string[] = [
  ...WRAPPERS,
  ...RECONSTRUCT,
  ...FROM_BUFFER,
  ...SCALAR,
  ENCODE,
  'numpy.ndarray',
  'numpy.dtype',
]

/**
 * Takes the values that joblib writes right behind an array's wrapper: newer versions first tell in one byte how many bytes of
 * padding follow; arrays of objects are a pickle of their own. @throws InputError
 */
export function takeInlineArray(call: PickleCall, reader: PickleReader, field: string): void {
  if (!WRAPPERS.includes(call.callable)) return
  const name = dtypeName(attribute(call.state, 'dtype'), field)
  if (name.includes('O')) {
    call.inline = reader.read()
    return
  }
  const size = byteCount(numberType(name, field), shapeOf(attribute(call.state, 'shape'), field), field)
  const alignment = attribute(call.state, 'numpy_array_alignment_bytes')
  if (typeof alignment === 'number') reader.take(reader.take(1)[0]!)
  call.inline = reader.take(size)
}

/** An attribute of an object's state, or an entry of a dict; undefined where there is none. */
export function attribute(state: PickleValue, name: string): PickleValue | undefined {
  return state instanceof PickleDict ? state.entries.get(name) : undefined
}

/** An array of numbers. @throws InputError that names the file and `what` */
export function numbersOf(value: PickleValue | undefined, what: string, field: string): NumberArray {
  const place = `${field} (${what})`
  const parts = arrayParts(value, place)
  const bytes = bytesOf(parts.values)
  if (bytes === undefined)
    throw new InputError('files.notNumbers', { field: place, got: pickleWord(parts.values) })
  return decodeNumbers(bytes, parts.type(), parts.shape, parts.fortran, place)
}

/** A one-dimensional array of texts. @throws InputError that names the file and `what` */
export function textsOf(value: PickleValue, what: string, field: string): readonly string[] {
  const place = `${field} (${what})`
  const { values } = arrayParts(value, place)
  const items = values instanceof PickleList ? values.items : []
  return items.map((item) => {
    if (typeof item !== 'string')
      throw new InputError('files.wrongValue', { field, what, expected: 'texts', got: pickleWord(item) })
    return item
  })
}

/** A number, of Python or numpy; a truth value is 0 or 1. @throws InputError */
export function numberOf(value: PickleValue | undefined, what: string, field: string): number {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return Number(value)
  if (value instanceof PickleCall && SCALAR.includes(value.callable)) {
    const place = `${field} (${what})`
    const bytes = bytesOf(value.args[1])
    const type = numberType(dtypeName(value.args[0], place), place)
    if (bytes !== undefined) return decodeNumbers(bytes, type, [], false, place).data[0]!
  }
  throw new InputError('files.wrongValue', { field, what, expected: 'a number', got: pickleWord(value) })
}

interface ArrayParts {
  readonly values: PickleValue | undefined
  readonly shape: readonly number[]
  readonly fortran: boolean
  readonly type: () => NumberType
}

/** The three ways in which an array stands in a pickle. */
function arrayParts(value: PickleValue | undefined, field: string): ArrayParts {
  const wrong = (): InputError => new InputError('files.notNumbers', { field, got: pickleWord(value) })
  if (!(value instanceof PickleCall)) throw wrong()
  const { callable, state, args, inline } = value
  if (WRAPPERS.includes(callable)) {
    // An array of objects: joblib keeps the whole array as a pickle of its own.
    if (inline instanceof PickleCall && !WRAPPERS.includes(inline.callable)) return arrayParts(inline, field)
    return {
      values: inline,
      shape: shapeOf(attribute(state, 'shape'), field),
      fortran: attribute(state, 'order') === 'F',
      type: () => numberType(dtypeName(attribute(state, 'dtype'), field), field),
    }
  }
  if (RECONSTRUCT.includes(callable) && state instanceof PickleTuple) {
    // version, shape, dtype, Fortran order, values
    const [, shape, dtype, fortran, values] = state.items
    return {
      values,
      shape: shapeOf(shape, field),
      fortran: fortran === true,
      type: () => numberType(dtypeName(dtype, field), field),
    }
  }
  if (FROM_BUFFER.includes(callable)) {
    const [values, dtype, shape, order] = args
    return {
      values,
      shape: shapeOf(shape, field),
      fortran: order === 'F',
      type: () => numberType(dtypeName(dtype, field), field),
    }
  }
  throw wrong()
}

/** Bytes, also in the form in which protocol 2 writes them: text of which each character is a byte. */
function bytesOf(value: PickleValue | undefined): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value
  const text = value instanceof PickleCall && value.callable === ENCODE ? value.args[0] : value
  if (typeof text !== 'string') return undefined
  const bytes = Uint8Array.from({ length: text.length }, (_, i) => text.charCodeAt(i))
  return bytes.every((byte, i) => byte === text.charCodeAt(i)) ? bytes : undefined
}

/** The type's name with its byte order, `<f8`, of `numpy.dtype('f8', …)` whose state says the order. */
function dtypeName(value: PickleValue | undefined, field: string): string {
  if (value instanceof PickleCall && value.callable === 'numpy.dtype') {
    const [code] = value.args
    const order = value.state instanceof PickleTuple ? value.state.items[1] : '='
    if (typeof code === 'string' && typeof order === 'string') return `${order}${code}`
  }
  throw new InputError('files.notNumbers', { field, got: pickleWord(value) })
}

function shapeOf(value: PickleValue | undefined, field: string): readonly number[] {
  if (!(value instanceof PickleTuple)) throw new InputError('files.badShape', { field })
  valueCount(value.items, field)
  return value.items as readonly number[]
}
