import { separatorOf, type Separator } from './columns'
import { fieldDecimal } from './decimal'
import { fieldsOf } from './quoted-records'

/** What the first line of a file tells. */
export interface FirstLine {
  readonly separator: Separator
  /** Names of the columns: their numbers where the file begins with data. */
  readonly names: readonly string[]
  /** True where the line is taken as data. */
  readonly isHeadless: boolean
  /** True where it can be no header: there are numbers only. */
  readonly isData: boolean
}

/** @param file for messages @param mayBeData true where files may begin with data: then a single number makes the line data */
export function readFirstLine(line: string, mayBeData: boolean, file: string): FirstLine {
  const separator = separatorOf(line)
  const fields = fieldsOf(line.replace(/^\uFEFF/, ''), separator, file).map((field) => field.trim())
  const isNumber = (field: string): boolean => !Number.isNaN(fieldDecimal(field, separator))
  const isData = fields.every(isNumber)
  const isHeadless = mayBeData && fields.some(isNumber)
  return {
    separator,
    names: isHeadless ? fields.map((_, i) => String(i + 1)) : fields,
    isHeadless,
    isData,
  }
}
