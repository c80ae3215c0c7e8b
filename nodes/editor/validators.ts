import type { EditorNodePropertyDef } from 'node-red'
import type { EditorRED } from 'node-red'

declare const RED: EditorRED

type Validate = NonNullable<EditorNodePropertyDef<string>['validate']>

const SHARED = '@edge-anomaly/node-red-anomaly/anomaly-model:runtime.settings.'

/** Number settings are kept as text, since a field may hold `${ENV}` or be empty for the default. */
export interface NumberField {
  readonly min?: number
  readonly max?: number
  /** A whole number is asked for. */
  readonly whole?: boolean
  /** The field must not be empty. */
  readonly required?: boolean
}

/** Validates a number field; the reason is shown with the red triangle (Node-RED takes a text for 'invalid, because'). */
export function number({
  min = -Infinity,
  max = Infinity,
  whole = false,
  required = false,
}: NumberField = {}): Validate {
  const validate = (value: unknown, options?: { label?: string }): boolean | string => {
    const field = options?.label ?? ''
    if (value === '' || value === undefined || value === null)
      return required ? reason('missing', { field }) : true
    if (typeof value === 'string' && /^\$\{.+\}$/.test(value)) return true
    const got = Number(value)
    if (!Number.isFinite(got)) return reason('notANumber', { field, got: String(value) })
    if (whole && !Number.isInteger(got)) return reason('notWhole', { field, got })
    return got >= min && got <= max ? true : reason('outOfRange', { field, min, max, got })
  }
  return validate as unknown as Validate
}

/** Validates a field that must hold something. */
export function required(): Validate {
  const validate = (value: unknown, options?: { label?: string }): boolean | string =>
    typeof value === 'string' && value.trim() !== ''
      ? true
      : reason('missing', { field: options?.label ?? '' })
  return validate as unknown as Validate
}

function reason(key: string, params: Record<string, string | number>): string {
  return String(RED._(SHARED + key, params as never))
}

/** Validates a list of numbers, separated by commas or spaces; empty is fine. */
export function numberList(): Validate {
  const validate = (value: unknown, options?: { label?: string }): boolean | string => {
    const wrong = String(value ?? '')
      .split(/[\s,;]+/)
      .find((word) => word !== '' && !Number.isFinite(Number(word)))
    return wrong === undefined ? true : reason('notANumber', { field: options?.label ?? '', got: wrong })
  }
  return validate as unknown as Validate
}

/** Validates one number for all channels, or `name=number` for each; empty is fine. */
export function perChannel(): Validate {
  const validate = (value: unknown, options?: { label?: string }): boolean | string => {
    const wrong = String(value ?? '')
      .split(/[\s,;]+/)
      .map((word) => word.slice(word.indexOf('=') + 1))
      .find((word) => word !== '' && !(Number(word) > 0))
    return wrong === undefined ? true : reason('notANumber', { field: options?.label ?? '', got: wrong })
  }
  return validate as unknown as Validate
}
