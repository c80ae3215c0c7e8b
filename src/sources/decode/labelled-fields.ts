import { fieldNumber } from './row-collector'

/** A line whose fields name themselves. */
export interface Labelled {
  readonly names: readonly string[]
  readonly values: readonly string[]
}

/** Reads `ax:0.01`, `ay:1` … as the Arduino Serial Plotter takes them; undefined where the fields are not of this kind. */
export function readLabelled(fields: readonly string[]): Labelled | undefined {
  if (!fields[0]?.includes(':')) return undefined
  const names: string[] = []
  const values: string[] = []
  for (const field of fields) {
    const at = field.indexOf(':')
    const name = field.slice(0, Math.max(0, at)).trim()
    const value = field.slice(at + 1)
    // A number before the colon is a time of day, such as 12:30.
    if (name === '' || !Number.isNaN(fieldNumber(name)) || Number.isNaN(fieldNumber(value))) return undefined
    names.push(name)
    values.push(value)
  }
  return new Set(names).size === names.length ? { names, values } : undefined
}
