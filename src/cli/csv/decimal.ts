const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/
const MISSING = /^(|nan|-nan|na|n\/a|null|none)$/i

/** The number that a decimal text stands for; NaN for anything else, an empty text too. */
export function decimalOf(text: string): number {
  return DECIMAL.test(text) ? Number(text) : NaN
}

/**
 * The same for a field of a file: where commas part no fields, they are decimal commas, as Excel writes them in most of Europe.
 * A field with both, or with several, is no number.
 */
export function fieldDecimal(text: string, separator: string): number {
  return decimalOf(
    separator !== ',' && text.includes(',') && !text.includes('.') ? text.replace(',', '.') : text,
  )
}

/** True for what programs write where a value is missing. */
export function isMissing(text: string): boolean {
  return MISSING.test(text.trim())
}
