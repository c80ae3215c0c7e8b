/** What parts the columns of a line: one character, or any run of spaces. */
export type Separator = ',' | ';' | '\t' | ' '

/** The separator of a line: the first of tab, semicolon, comma that it has, else space. */
export function detectSeparator(line: string): Separator {
  if (line.includes('\t')) return '\t'
  if (line.includes(';')) return ';'
  return line.includes(',') ? ',' : ' '
}

/** The fields of one line; a field in double quotes may hold the separator, and `""` for a quote. */
export function splitFields(line: string, separator: Separator): string[] {
  if (line.includes('"')) return splitQuoted(line, separator)
  return separator === ' ' ? line.trim().split(/\s+/) : line.split(separator)
}

function splitQuoted(line: string, separator: Separator): string[] {
  const fields: string[] = []
  let field = ''
  let quoted = false
  for (let i = 0; i < line.length; i++) {
    const char = line[i]!
    if (quoted) {
      if (char !== '"') field += char
      else if (line[i + 1] === '"') {
        field += '"'
        i++
      } else quoted = false
    } else if (char === '"' && field.trim() === '') {
      field = ''
      quoted = true
    } else if (char === separator) {
      if (separator !== ' ' || field !== '') fields.push(field)
      field = ''
    } else field += char
  }
  fields.push(field)
  return fields
}
