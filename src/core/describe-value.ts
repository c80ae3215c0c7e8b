/** Tag of any built-in, also of another realm (a function node runs in one of its own): `Float32Array`, `Map` … */
export function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1)
}

/** An unknown value in a few words for an error text; never throws, whatever the value does when it is read. */
export function describeValue(value: unknown): string {
  try {
    switch (typeof value) {
      case 'string':
        return `the text ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)}`
      case 'undefined':
        return 'missing'
      case 'function':
        return 'a function'
      case 'symbol':
        return 'a symbol'
      case 'bigint':
        return `the bigint ${String(value).slice(0, 40)}`
      case 'object':
        return describeObject(value)
      default:
        return String(value)
    }
  } catch {
    return 'an object that cannot be read'
  }
}

function describeObject(value: object | null): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (ArrayBuffer.isView(value)) return `a ${tagOf(value)} of ${value.byteLength} bytes`
  const tag = tagOf(value)
  if (tag !== 'Object') return `a ${tag}`
  const keys = Object.keys(value)
  return keys.length === 0
    ? 'an object without properties'
    : `an object with ${keys.slice(0, 5).join(', ')}`.slice(0, 80)
}
