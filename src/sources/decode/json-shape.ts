/** Shape of parsed JSON, seen through own properties only. */
export type JsonObject = Readonly<Record<string, unknown>>

/** An object that is no array and no typed array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)
}

/** An own property, undefined where there is none. */
export function ownOf(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

/** What a dotted path leads to: `data.values`; a property whose own name has dots comes first. */
export function follow(value: unknown, path: string): unknown {
  if (!isObject(value)) return undefined
  if (Object.hasOwn(value, path)) return value[path]
  const dot = path.indexOf('.')
  if (dot < 0) return undefined
  return follow(ownOf(value, path.slice(0, dot)), path.slice(dot + 1))
}

/** Depth to which nested objects are looked into. */
const MAX_DEPTH = 4

/** `{accel: {x: 1}}` as `{'accel.x': 1}`; the same object where nothing is nested. */
export function flatten(object: JsonObject): JsonObject {
  if (!Object.keys(object).some((name) => isObject(object[name]))) return object
  // Without a prototype, a property named __proto__ is one like any other.
  const flat: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  spread(object, '', flat, 0)
  return flat
}

function spread(object: JsonObject, prefix: string, into: Record<string, unknown>, depth: number): void {
  for (const name of Object.keys(object)) {
    const value = object[name]
    if (isObject(value) && depth < MAX_DEPTH) spread(value, `${prefix}${name}.`, into, depth + 1)
    else into[prefix + name] = value
  }
}
