const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/
const MISSING = /^(|nan|-nan|na|n\/a|null|none)$/i

/** The number that a decimal text stands for; NaN for anything else, an empty text too. */
export function decimalOf(text: string): number {
  return DECIMAL.test(text) ? Number(text) : NaN
}

/** True for what programs write where a value is missing. */
export function isMissing(text: string): boolean {
  return MISSING.test(text.trim())
}
