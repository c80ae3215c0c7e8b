import { InputError } from '../core/errors'

/** Deepest nesting that is written or accepted: files come from outside, and recursion must end. */
const MAX_DEPTH = 64

/**
 * JSON with one spelling per value: keys sorted by code unit, no spaces, every double as its shortest exact decimal (-0 stays
 * -0), typed arrays as plain arrays of numbers, undefined properties left out.
 * @throws InputError naming the place of what plain JSON cannot hold: NaN, Infinity, functions, dates, class instances
 */
export function canonicalJson(value: unknown): string {
  return write(value, '', 0)
}

function write(value: unknown, at: string, depth: number): string {
  if (depth > MAX_DEPTH) throw new InputError('files.tooDeep', { field: at.slice(0, 100), max: MAX_DEPTH })
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'number':
      return writeNumber(value, at)
    case 'object':
      if (value === null) return 'null'
      if (Array.isArray(value)) return writeList(value, at, depth)
      if (ArrayBuffer.isView(value)) return writeList(numbersOf(value, at), at, depth)
      return writeObject(value, at, depth)
    default:
      throw notJson(at, typeof value)
  }
}

function writeNumber(value: number, at: string): string {
  if (!Number.isFinite(value)) throw notJson(at, String(value))
  return Object.is(value, -0) ? '-0' : String(value)
}

function writeList(list: readonly unknown[], at: string, depth: number): string {
  let text = '['
  for (let i = 0; i < list.length; i++)
    text += `${i === 0 ? '' : ','}${write(list[i], `${at}[${i}]`, depth + 1)}`
  return `${text}]`
}

function writeObject(value: object, at: string, depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== null && prototype !== Object.prototype)
    throw notJson(at, value.constructor?.name ?? 'an object')
  const source = value as Readonly<Record<string, unknown>>
  let text = ''
  for (const key of Object.keys(source).sort()) {
    if (source[key] === undefined) continue
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${write(source[key], at === '' ? key : `${at}.${key}`, depth + 1)}`
  }
  return `{${text}}`
}

function numbersOf(view: ArrayBufferView, at: string): readonly number[] {
  if (view instanceof Float32Array || view instanceof Float64Array || view instanceof Int32Array)
    return Array.from(view)
  if (view instanceof Uint8Array || view instanceof Int8Array || view instanceof Int16Array)
    return Array.from(view)
  if (view instanceof Uint16Array || view instanceof Uint32Array) return Array.from(view)
  throw notJson(at, view.constructor.name)
}

function notJson(at: string, got: string): InputError {
  return new InputError('files.notJson', { field: at === '' ? 'document' : at.slice(0, 100), got })
}
