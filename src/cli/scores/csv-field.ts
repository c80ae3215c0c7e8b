/** What a spreadsheet takes for a formula (OWASP ASVS 1.2.10). */
const FORMULA = /^[=+\-@\t\r\0]/
const NUMBER = /^[+-]?(\d|\.\d)/
const SPECIAL = /[",\n\r]/

/** A text as a field of a CSV line (RFC 4180); what a spreadsheet would run as a formula gets a leading apostrophe, numbers do not. */
export function csvField(text: string): string {
  if (text === '') return text
  const safe = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text
  return SPECIAL.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** A share (0 … 1) with six decimals. */
export function shareText(share: number): string {
  const millionths = Math.round(share * 1e6)
  if (millionths >= 1e6) return '1'
  return millionths <= 0 ? '0' : `0.${String(1e6 + millionths).slice(1)}`
}
