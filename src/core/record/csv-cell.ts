/** What a spreadsheet takes for a formula (OWASP ASVS 1.2.10). */
const FORMULA = /^[=+\-@\t\r\0]/
/** A number, all of it: `-1` is one, `-1+cmd` is none. */
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
const SPECIAL = /[",\r\n]/

/** A text as a cell of a CSV line (RFC 4180); one that a spreadsheet would run as a formula gets a leading apostrophe. */
export function csvCell(text: string): string {
  const first = text.charCodeAt(0)
  // Digits and letters begin almost every cell; neither is a formula, and this is asked for every row of a stream.
  const isPlain = (first >= 48 && first <= 57) || first >= 65 || text === ''
  const safe = !isPlain && FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text
  return SPECIAL.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** A number as a cell, untouched: it may begin with a minus. Empty where there is none. */
export function numberCell(value: number | null | undefined): string {
  return value === null || value === undefined ? '' : String(value)
}

/** The shortest text of a single-precision number that reads back as the very same one: 0.1 and not 0.10000000149011612. */
export function floatCell(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return String(short)
  }
  return String(Number(value.toPrecision(9)))
}
