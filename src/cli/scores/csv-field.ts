/** What a spreadsheet takes for a formula (OWASP ASVS 1.2.10). */
const FORMULA = /^[=+\-@\t\r\0]/
const NUMBER = /^[+-]?(\d|\.\d)/
const SPECIAL = /[",\n\r]/

/** A text as a field of a CSV line (RFC 4180); what a spreadsheet would run as a formula gets a leading apostrophe, numbers do not. */
export function csvField(text: string): string {
  const first = text.charCodeAt(0)
  // Digits and letters begin almost every field; neither is a formula.
  const isPlain = (first >= 48 && first <= 57) || first >= 65 || text === ''
  const safe = isPlain || !FORMULA.test(text) || NUMBER.test(text) ? text : `'${text}`
  return SPECIAL.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
