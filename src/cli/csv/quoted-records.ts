import { CsvError, parse } from 'csv-parse/sync'
import { InputError } from '../../core/errors'
import type { Separator } from './columns'
import { MAX_LINE } from './whole-lines'

const LF = 10
const QUOTE = 34

/** The fields of one record. @param file for messages. @throws InputError where its quotes are wrong */
export function fieldsOf(line: string, separator: Separator, file: string): readonly string[] {
  return recordsOf(line, separator, file)[0] ?? []
}

function recordsOf(text: string, separator: Separator, file: string): readonly (readonly string[])[] {
  try {
    return parse(text, {
      delimiter: separator,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
    })
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    throw new InputError('cli.notCsv', { field: file, reason: error.message }, { cause: error })
  }
}

/** Parts a stream of lines, some fields of which are in quotes (and may hold separators and line feeds), into records. */
export class QuotedRecords {
  private readonly whole: WholeRecords

  constructor(
    private readonly separator: Separator,
    private readonly file: string,
  ) {
    this.whole = new WholeRecords(separator, file)
  }

  /** The records that are complete with these bytes. @throws InputError where a quote stays open for too long */
  push(bytes: Buffer): readonly (readonly string[])[] {
    const { bytes: all, ends } = this.whole.push(bytes)
    const end = ends.at(-1) ?? 0
    return end === 0 ? [] : recordsOf(all.toString('utf8', 0, end), this.separator, this.file)
  }

  /** The last record, where no line feed follows it. */
  end(): readonly (readonly string[])[] {
    const rest = this.whole.end()
    return rest.length === 0 ? [] : recordsOf(rest.toString('utf8'), this.separator, this.file)
  }
}

/** Tells where records end in a stream of lines: not at a line feed within quotes. */
export class WholeRecords {
  private rest: Buffer = Buffer.alloc(0)
  private readonly separator: number

  constructor(
    separator: Separator,
    private readonly file: string,
  ) {
    this.separator = separator.charCodeAt(0)
  }

  /** Bytes that begin with a record, and where each record ends in them. @throws InputError where a quote stays open for too long */
  push(bytes: Buffer): { readonly bytes: Buffer; readonly ends: readonly number[] } {
    const all = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes])
    const ends = recordEnds(all, this.separator)
    this.rest = all.subarray(ends.at(-1) ?? 0)
    // A quote that is never closed must not fill the memory.
    if (this.rest.length > MAX_LINE) throw new InputError('cli.openQuote', { field: this.file })
    return { bytes: all, ends }
  }

  /** What follows the last record. */
  end(): Buffer {
    const { rest } = this
    this.rest = Buffer.alloc(0)
    return rest
  }
}

/** Behind each line feed that is not within quotes. A quote opens at the begin of a field alone. */
function recordEnds(bytes: Buffer, separator: number): readonly number[] {
  const ends: number[] = []
  let isQuoted = false
  let before = LF
  for (let i = 0; i < bytes.length; i++) {
    const c = bytes[i]!
    if (isQuoted) {
      if (c === QUOTE && bytes[i + 1] === QUOTE) i++
      else if (c === QUOTE) isQuoted = false
    } else if (c === QUOTE) isQuoted = before === LF || before === separator
    else if (c === LF) ends.push(i + 1)
    before = c
  }
  return ends
}
