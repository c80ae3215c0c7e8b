import type { EditorNodePropertyDef, EditorRED } from 'node-red'
import { UserError } from '../../src/core/errors'
import type { MessageKey, MessageParams, messages } from '../../src/core/messages'

declare const RED: EditorRED

type Validate = NonNullable<EditorNodePropertyDef<string>['validate']>

/** What a validator sees of the node: the editor calls it with the node as `this`. */
interface Validated {
  readonly _def?: { readonly defaults?: Readonly<Record<string, { readonly validate?: unknown }>> }
  _?(key: string): string
}

const SHARED = '@edge-anomaly/node-red-anomaly/anomaly-model:'

/** What another setting of the node is: what an open dialog shows, else what is saved. */
type Other = (setting: string) => string

/** A bound; one that depends on other settings, and is NaN where they set none. */
type Bound = number | ((other: Other) => number)

/** Number settings are kept as text, since a field may hold `${ENV}` or be empty for the default. */
export interface NumberField {
  readonly min?: Bound
  readonly max?: Bound
  /** The number must be larger, or smaller, and not the same. */
  readonly above?: Bound
  readonly below?: Bound
  /** A whole number is asked for: always, or while that is true of the node's settings. */
  readonly whole?: boolean | ((settings: object) => boolean)
  /** The field must not be empty. */
  readonly required?: boolean
}

/** Validates a number field. */
export function number({
  min: least = -Infinity,
  max: most = Infinity,
  above = -Infinity,
  below = Infinity,
  whole = false,
  required = false,
}: NumberField = {}): Validate {
  return validator(function (value, field) {
    if (value === '' || value === undefined || value === null)
      return required ? reason('missing', { field }) : true
    if (holdsEnv(value)) return true
    const got = typeof value === 'string' && value.trim() === '' ? NaN : Number(value)
    if (!Number.isFinite(got)) return reason('notANumber', { field, got: String(value) })
    const isWhole = typeof whole === 'function' ? whole(this as object) : whole
    if (isWhole && !Number.isInteger(got)) return reason('notWhole', { field, got })
    const other = otherOf(this)
    const bound = (given: Bound): number => (typeof given === 'function' ? given(other) : given)
    const [min, max, lower, upper] = [bound(least), bound(most), bound(above), bound(below)]
    if (got <= lower) return reason('notAbove', { field, min: lower, got })
    if (got >= upper) return reason('notBelow', { field, max: upper, got })
    if (!(got < min || got > max)) return true
    if (max === Infinity) return reason('tooSmall', { field, min, got })
    return reason('outOfRange', { field, min, max, got })
  })
}

/** The number of another setting: NaN where it is none, `fallback` where the field is empty. */
export function numberIn(text: string, fallback: number): number {
  return text.trim() === '' ? fallback : Number(text)
}

function otherOf(node: unknown): Other {
  return (setting) => {
    const field = $(`#node-input-${setting}`)
    const saved = (node as Readonly<Record<string, unknown>>)[setting]
    return String((field.length > 0 ? field.val() : saved) ?? '')
  }
}

/** Validates a field that must hold something; with `applies`, only while that is true of the node's settings. */
export function required<Settings>(applies: (settings: Settings) => boolean = () => true): Validate {
  return validator(function (value, field) {
    const isThere = Array.isArray(value)
      ? value.length > 0
      : !['', '_ADD_'].includes(
          typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '',
        )
    return isThere || !applies(this as Settings) ? true : reason('missing', { field })
  })
}

/** Validates a field by what the runtime reads of it: `read` throws what it would tell the user. A field that holds `${ENV}` is known at run time only. */
export function readable(read: (field: string, value: unknown, settings: object) => unknown): Validate {
  return validator(function (value, field) {
    if (holdsEnv(value)) return true
    try {
      read(field, value, this as object)
      return true
    } catch (error) {
      if (error instanceof UserError) return textOf(error.key, error.params)
      throw error
    }
  })
}

function holdsEnv(value: unknown): boolean {
  return /\$\{.+\}/.test(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))
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

function reason(name: keyof typeof messages.settings, params: MessageParams): string {
  return textOf(`settings.${name}`, params)
}

function textOf(key: MessageKey, params: MessageParams): string {
  return String(RED._(`${SHARED}runtime.${key}`, { ...params }))
}
