import { InputError } from '../../core/errors'
import { MAX_ARRAY_VALUES, valueCount, type NumberArray } from './numbers'

const DECLARATION =
  /\b(float|double|unsigned char|uint8_t)[ \t]{1,8}(\w{1,100})((?:\[[^\]]{0,20}\]){1,4})\s{0,20}=\s{0,20}\{/g
const MAX_ARRAYS = 64

/** The constant arrays of numbers of a C header by name. Nested braces are taken as they come: row by row. @throws InputError */
export function readCArrays(source: string, field: string): ReadonlyMap<string, NumberArray> {
  const text = withoutComments(source)
  const arrays = new Map<string, NumberArray>()
  for (const match of text.matchAll(DECLARATION)) {
    const [whole, , name = '', extents = ''] = match
    const start = match.index + whole.length
    const end = text.indexOf(';', start)
    if (end < 0) throw new InputError('files.cutOff', { field })
    const place = `${field} (${name})`
    if (arrays.has(name)) throw new InputError('files.twice', { field, name })
    arrays.set(name, readValues(text.slice(start, end), extents, place))
    if (arrays.size > MAX_ARRAYS) {
      throw new InputError('files.tooLarge', { field, got: `${arrays.size} arrays`, max: MAX_ARRAYS })
    }
  }
  return arrays
}

/** The first array of bytes of a C header, such as the TFLite model that `xxd -i` or the ceiling-fan project writes. */
export function readCBytes(source: string, field: string): Uint8Array {
  const text = withoutComments(source)
  const [whole, , name = ''] = new RegExp(BYTES, 'g').exec(text) ?? []
  if (whole === undefined) {
    const hint = 'it is read from an array of unsigned char'
    throw new InputError('files.lacks', { field, what: 'array of bytes', hint })
  }
  const start = text.indexOf(whole) + whole.length
  const end = text.indexOf('}', start)
  if (end < 0) throw new InputError('files.cutOff', { field })
  const values = numbers(text.slice(start, end), `${field} (${name})`)
  if (values.some((value) => !Number.isInteger(value) || value < 0 || value > 255)) {
    throw new InputError('files.wrongValue', {
      field,
      what: name,
      expected: 'bytes from 0 to 255',
      got: 'other numbers',
    })
  }
  return Uint8Array.from(values)
}

const BYTES = /\b(unsigned char|uint8_t)[ \t]{1,8}(\w{1,100})\[[^\]]{0,20}\][^={;]{0,80}=\s{0,20}\{/

/** True for text that holds an array of bytes. */
export function hasCBytes(text: string): boolean {
  return BYTES.test(text)
}

function readValues(body: string, extents: string, field: string): NumberArray {
  const values = numbers(body, field)
  const stated = Array.from(extents.matchAll(/\[\s{0,8}(\d{0,8})/g), ([, digits]) =>
    digits === '' ? NaN : Number(digits),
  )
  const shape = stated.length === 1 && Number.isNaN(stated[0]) ? [values.length] : stated
  if (valueCount(shape, field) !== values.length) throw new InputError('files.badShape', { field })
  return { shape, data: Float64Array.from(values) }
}

function numbers(body: string, field: string): readonly number[] {
  const parts = body.replace(/[{}]/g, ' ').split(',')
  if (parts.length > MAX_ARRAY_VALUES) {
    throw new InputError('files.tooLarge', { field, got: `${parts.length} values`, max: MAX_ARRAY_VALUES })
  }
  if (parts[parts.length - 1]!.trim() === '') parts.pop()
  return parts.map((part) => {
    const word = part.trim().replace(/^(0x[0-9a-f]+|.*?)[fF]?$/i, '$1')
    const value = word === '' ? NaN : Number(word)
    if (!Number.isFinite(value))
      throw new InputError('files.notNumbers', { field, got: part.trim().slice(0, 40) })
    return value
  })
}

/** The text with its comments blanked out; one pass. */
function withoutComments(text: string): string {
  let out = ''
  let at = 0
  for (;;) {
    const slash = text.indexOf('/', at)
    const second = text[slash + 1]
    if (slash < 0) return out + text.slice(at)
    if (second !== '/' && second !== '*') {
      out += text.slice(at, slash + 1)
      at = slash + 1
      continue
    }
    const end = second === '/' ? text.indexOf('\n', slash) : text.indexOf('*/', slash + 2)
    out += `${text.slice(at, slash)} `
    if (end < 0) return out
    at = second === '/' ? end : end + 2
  }
}
