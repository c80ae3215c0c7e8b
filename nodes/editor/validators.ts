import type { EditorNodePropertyDef, EditorRED } from 'node-red'

declare const RED: EditorRED

type Validate = NonNullable<EditorNodePropertyDef<string>['validate']>

/** What a validator sees of the node: the editor calls it with the node as `this`. */
interface Validated {
  readonly _def?: { readonly defaults?: Readonly<Record<string, { readonly validate?: unknown }>> }
  _?(key: string): string
}

const SHARED = '@edge-anomaly/node-red-anomaly/anomaly-model:'

/** Number settings are kept as text, since a field may hold `${ENV}` or be empty for the default. */
export interface NumberField {
  readonly min?: number
  readonly max?: number
  /** A whole number is asked for: always, or while that is true of the node's settings. */
  readonly whole?: boolean | ((settings: object) => boolean)
  /** The field must not be empty. */
  readonly required?: boolean
}

/** Validates a number field. */
export function number({
  min = -Infinity,
  max = Infinity,
  whole = false,
  required = false,
}: NumberField = {}): Validate {
  return validator(function (value, field) {
    if (value === '' || value === undefined || value === null)
      return required ? reason('missing', { field }) : true
    if (typeof value === 'string' && /^\$\{.+\}$/.test(value)) return true
    const got = typeof value === 'string' && value.trim() === '' ? NaN : Number(value)
    if (!Number.isFinite(got)) return reason('notANumber', { field, got: String(value) })
    const isWhole = typeof whole === 'function' ? whole(this as object) : whole
    if (isWhole && !Number.isInteger(got)) return reason('notWhole', { field, got })
    if (got >= min && got <= max) return true
    if (max === Infinity) return reason('tooSmall', { field, min, got })
    return reason('outOfRange', { field, min, max, got })
  })
}

/** Validates a field that must hold something; with `applies`, only while that is true of the node's settings. */
export function required<Settings>(applies: (settings: Settings) => boolean = () => true): Validate {
  return validator(function (value, field) {
    const isThere = typeof value === 'string' && value.trim() !== '' && value !== '_ADD_'
    return isThere || !applies(this as Settings) ? true : reason('missing', { field })
  })
}

/** Validates a list of numbers, separated by commas or spaces; empty is fine. */
export function numberList(): Validate {
  return validator((value, field) => {
    const wrong = words(value).find((word) => !Number.isFinite(Number(word)))
    return wrong === undefined ? true : reason('notANumber', { field, got: wrong })
  })
}

/** Validates one number for all channels, or `name=number` for each; empty is fine. */
export function perChannel(): Validate {
  return validator((value, field) => {
    const wrong = words(value)
      .map((word) => word.slice(word.indexOf('=') + 1))
      .find((word) => !(Number(word) > 0))
    return wrong === undefined ? true : reason('notANumber', { field, got: wrong })
  })
}

function words(value: unknown): readonly string[] {
  return String(value ?? '')
    .split(/[\s,;]+/)
    .filter((word) => word !== '')
}

/** Validates by `check`: true, or what is wrong. Node-RED takes a text for "wrong, because" only from a function with two parameters. */
export function validator(check: (this: unknown, value: unknown, field: string) => true | string): Validate {
  function validate(
    this: Validated,
    value: unknown,
    options?: { readonly label?: string },
  ): boolean | string {
    return check.call(this, value, options?.label ?? labelOf(this, validate))
  }
  return validate as unknown as Validate
}

/** The label that the dialog gives to the setting which `validate` belongs to: `field.<setting>` of the node's texts. */
function labelOf(node: Validated, validate: unknown): string {
  const settings = Object.entries(node._def?.defaults ?? {})
  const name = settings.find(([, setting]) => setting.validate === validate)?.[0] ?? ''
  const keys = [node._?.(`field.${name}`), RED._(`${SHARED}learner.${name}`)]
  return keys.find((text) => text !== undefined && !text.endsWith(`.${name}`)) ?? name
}

function reason(key: string, params: Record<string, string | number>): string {
  return String(RED._(`${SHARED}runtime.settings.${key}`, params))
}
