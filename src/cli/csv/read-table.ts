import { ConfigError, InputError } from '../../core/errors'
import { CsvError, parse } from 'csv-parse'
import { Readable } from 'node:stream'
import type { CsvInput } from './read-rows'
import { MAX_LINE } from './whole-lines'

/** A record by the names of its columns. */
export type TableRecord = (column: string) => string | undefined

/**
 * Reads a CSV file with a header record by record, for files that are looked at as text.
 * @throws InputError where it is empty or no CSV
 */
export async function* readTable(input: CsvInput): AsyncGenerator<TableRecord> {
  const parser = parse({
    bom: true,
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
    max_record_size: MAX_LINE,
  })
  const source = Readable.from(input.chunks)
  source.on('error', (error) => parser.destroy(error))
  source.pipe(parser)
  let columns: ReadonlyMap<string, number> | undefined
  try {
    for await (const record of parser) {
      const fields = record as readonly string[]
      if (columns === undefined) {
        columns = new Map(fields.map((name, i) => [name, i]))
        continue
      }
      const at = columns
      yield (column) => {
        const index = at.get(column)
        return index === undefined ? undefined : (fields[index] ?? '')
      }
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    throw new InputError('cli.notCsv', { field: input.name, reason: error.message }, { cause: error })
  }
  if (columns === undefined) throw new InputError('cli.emptyFile', { field: input.name })
}

/** The value of a column that has to be there. @throws ConfigError */
export function columnOf(record: TableRecord, column: string, file: string, option: string): string {
  const value = record(column)
  if (value === undefined) throw new ConfigError('cli.noSuchColumn', { field: option, column, file })
  return value
}
