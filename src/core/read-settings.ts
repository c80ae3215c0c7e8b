import { ConfigError } from './errors'

/**
 * Readers from `unknown` settings (an editor's fields are text) to typed values. Each throws ConfigError that names the field.
 */
function shown(value: unknown): string {
  const text =
    typeof value === 'string'
      ? `"${value}"`
      : typeof value === 'object'
        ? JSON.stringify(value)
        : String(value)
  return (text ?? 'nothing').slice(0, 60)
}

/** True for what an untouched or emptied field of a dialog holds. */
export function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === ''
}

export interface NumberLimits {
  readonly min?: number
  readonly max?: number
  readonly fallback?: number
}

/** A finite number within limits; `fallback` where the field is empty. */
export function readNumber(
  field: string,
  value: unknown,
  { min = -Infinity, max = Infinity, fallback }: NumberLimits = {},
): number {
  if (isEmpty(value)) {
    if (fallback === undefined) throw new ConfigError('settings.missing', { field })
    return fallback
  }
  const number = typeof value === 'number' ? value : typeof value === 'string' ? Number(value) : NaN
  if (!Number.isFinite(number)) throw new ConfigError('settings.notANumber', { field, got: shown(value) })
  if (number < min && max === Infinity)
    throw new ConfigError('settings.tooSmall', { field, min, got: number })
  if (number < min || number > max)
    throw new ConfigError('settings.outOfRange', { field, min, max, got: number })
  return number
}

/** A whole number within limits; `fallback` where the field is empty. */
export function readWhole(field: string, value: unknown, limits: NumberLimits = {}): number {
  const number = readNumber(field, value, limits)
  if (!Number.isInteger(number)) throw new ConfigError('settings.notWhole', { field, got: number })
  return number
}

/** One of a list of names; `fallback` where the field is empty. */
export function readChoice<T extends string>(
  field: string,
  value: unknown,
  choices: readonly T[],
  fallback?: T,
): T {
  if (isEmpty(value) && fallback !== undefined) return fallback
  const found = choices.find((choice) => choice === value)
  if (found === undefined) {
    throw new ConfigError('settings.notOneOf', { field, choices: choices.join(', '), got: shown(value) })
  }
  return found
}

/** Text, or a number, which an env value or a flow made by a program may be; `fallback` where the field is empty. */
export function readText(field: string, value: unknown, fallback?: string): string {
  if (isEmpty(value)) {
    if (fallback === undefined) throw new ConfigError('settings.missing', { field })
    return fallback
  }
  if (typeof value === 'number') return String(value)
  if (typeof value !== 'string') throw new ConfigError('settings.notText', { field, got: shown(value) })
  return value
}

/** Names parted by commas, or a list of them; none where the field is empty. */
export function readNames(field: string, value: unknown): readonly string[] {
  if (isEmpty(value)) return []
  const list: unknown = typeof value === 'string' ? value.split(',') : value
  if (!Array.isArray(list)) throw new ConfigError('settings.notText', { field, got: shown(value) })
  const names = list.map((name: unknown) => String(name).trim()).filter((name) => name !== '')
  return [...new Set(names)]
}

/** A check box: true, false, or the texts "true" and "false" that an env value gives. */
export function readFlag(field: string, value: unknown, fallback: boolean): boolean {
  if (isEmpty(value)) return fallback
  if (value === true || value === 'true') return true
  if (value === false || value === 'false') return false
  throw new ConfigError('settings.notAFlag', { field, got: shown(value) })
}
