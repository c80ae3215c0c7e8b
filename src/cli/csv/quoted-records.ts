import { parse } from 'csv-parse/sync'
import { InputError } from '../../core/errors'
import type { Separator } from './columns'
import { MAX_LINE } from './whole-lines'

const LF = 10
const QUOTE = 34

/** The fields of one line of a header. */
export function fieldsOf(line: string, separator: Separator): readonly string[] {
  return recordsOf(line, separator)[0] ?? []
}

function recordsOf(text: string, separator: Separator): readonly (readonly string[])[] {
  return parse(text, {
    delimiter: separator,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
  })
}

/** Parts a stream of lines, some fields of which are in quotes (and may hold separators and line feeds), into records. */
export class QuotedRecords {
  private rest: Buffer = Buffer.alloc(0)

  constructor(
    private readonly separator: Separator,
    private readonly file: string,
  ) {}

  /** The records that are complete with these bytes. @throws InputError where a quote stays open for too long */
  push(bytes: Buffer): readonly (readonly string[])[] {
    const all = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes])
    const end = lastRecordEnd(all, this.separator.charCodeAt(0))
    // A quote that is never closed must not fill the memory.
    if (all.length - end > MAX_LINE) throw new InputError('cli.openQuote', { field: this.file })
    this.rest = all.subarray(end)
    return end === 0 ? [] : recordsOf(all.toString('utf8', 0, end), this.separator)
  }

  /** The last record, where no line feed follows it. */
  end(): readonly (readonly string[])[] {
    const { rest } = this
    this.rest = Buffer.alloc(0)
    return rest.length === 0 ? [] : recordsOf(rest.toString('utf8'), this.separator)
  }
}

/** Behind the last line feed that is not within quotes; 0 where there is none. A quote opens at the begin of a field alone. */
function lastRecordEnd(bytes: Buffer, separator: number): number {
  let isQuoted = false
  let end = 0
  let before = LF
  for (let i = 0; i < bytes.length; i++) {
    const c = bytes[i]!
    if (isQuoted) {
      if (c === QUOTE && bytes[i + 1] === QUOTE) i++
      else if (c === QUOTE) isQuoted = false
    } else if (c === QUOTE) isQuoted = before === LF || before === separator
    else if (c === LF) end = i + 1
    before = c
  }
  return end
}
