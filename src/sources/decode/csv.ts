import { Refusals } from '../../core/refusals'
import { columnsOfHeader, columnsOfWidth, type Columns } from './csv-columns'
import { CSV_SETTINGS, readCsvOptions, type CsvOptions } from './csv-options'
import type { Batch, DecodeContext, DecodeResult, Decoder, DecoderSpec, DecodeSettings } from './decoder'
import { FIELD, linesOf } from './decode-text'
import { readLabelled } from './labelled-fields'
import { fieldNumber, RowCollector } from './row-collector'
import { detectSeparator, splitFields, type Separator } from './split-fields'

/** What is known of the lines of one stream. */
interface Known {
  columns: Columns
  /** What parts the header's names where it names no wanted column: only what it is followed by shows that it is one. */
  guess?: Separator
  /** True once a line fitted. */
  fitted: boolean
  /** Lines in a row that had `otherWidth` fields instead. */
  streak: number
  otherWidth: number
}

/** Headers are kept for so many streams; beyond it, streams must send theirs with each message. */
const MAX_STREAMS = 1000
/** A stream whose lines have another width for so many lines has changed for good. */
const CHANGED_AFTER = 3

/**
 * Lines of columns. A header names the columns; without one, the wanted columns are taken in order, or all as ch1, ch2 ….
 * Lines such as `ax:1,ay:2` bring the names with them. A line of another width, or with a field that is no number, is left out and counted: two lines run together must not become
 * a sample. Cost: about 0.5 µs per line of three columns.
 */
export class CsvDecoder implements Decoder {
  readonly framing = { kind: 'lines', isWhole: (line: string): boolean => this.isWhole(line) } as const
  private readonly options: CsvOptions
  private readonly streams = new Map<string, Known>()

  /** @param order names of the columns of lines without a header @throws ConfigError */
  constructor(settings: DecodeSettings, order?: readonly string[]) {
    this.options = { ...readCsvOptions(settings), ...(order && { order }) }
  }

  reset(): void {
    this.streams.clear()
  }

  decode(chunk: unknown, { topic = '' }: DecodeContext): DecodeResult {
    const refusals = new Refusals()
    const batches: Batch[] = []
    const lines = linesOf(chunk, refusals)
    const { separator, comment, filter } = this.options
    let known = this.streams.get(topic)
    let rows: RowCollector | undefined
    const finish = (): void => {
      const batch = rows?.finish()
      if (batch !== undefined) batches.push(batch)
      rows = undefined
    }
    for (let i = 0; i < lines.length; i++) {
      const line = lines[i]!
      if ((comment !== '' && line.startsWith(comment)) || line.trim() === '') continue
      const used = separator ?? detectSeparator(line)
      const found = withoutTrailing(splitFields(line, used), known)
      const labelled = readLabelled(found)
      const fields = labelled?.values ?? found
      if (labelled !== undefined) {
        if (!isSame(known?.columns.header, labelled.names))
          known = this.know(topic, columnsOfHeader(labelled.names, this.options))
      } else if (this.isHeader(fields, known)) {
        known = this.knowHeader(topic, fields, used)
        continue
      }
      known ??= this.know(topic, columnsOfWidth(fields.length, this.options))
      if (!this.fits(fields, used, known)) {
        const { names, width } = known.columns
        const params = {
          field: FIELD,
          row: i,
          got: fields.length,
          expected: width,
          channels: names.join(', '),
        }
        refusals.add('frame.wrongLength', params)
        continue
      }
      if (filter !== undefined && !this.passes(fields, known.columns, i, refusals)) continue
      const { lacks, header } = known.columns
      if (lacks !== undefined) {
        const channels = header!.slice(0, 8).join(', ')
        refusals.add('sources.missingChannel', { field: FIELD, channel: lacks, channels })
        continue
      }
      if (rows?.isFull === true || (rows !== undefined && rows.columns !== known.columns)) finish()
      rows ??= new RowCollector(known.columns, this.options, lines.length)
      rows.add(fields, i, refusals)
    }
    finish()
    return { batches, errors: refusals.errors, bad: refusals.count }
  }

  private know(topic: string, columns: Columns): Known {
    const known: Known = { columns, fitted: false, streak: 0, otherWidth: 0 }
    if (this.streams.size < MAX_STREAMS || this.streams.has(topic)) this.streams.set(topic, known)
    return known
  }

  private knowHeader(topic: string, fields: readonly string[], separator: Separator): Known {
    const names = fields.map((name) => name.trim())
    const { header, wanted } = this.options
    const known = this.know(topic, columnsOfHeader(names, this.options))
    if (header === 'auto' && !wanted.some((name) => names.includes(name))) known.guess = separator
    return known
  }

  /** A first line may be the rest of one; a header never is, as far as one can see. */
  private isWhole(line: string): boolean {
    const fields = splitFields(line, this.options.separator ?? detectSeparator(line))
    return readLabelled(fields) === undefined && this.isHeader(fields, undefined)
  }

  /** A header holds no number; in mid-stream it must name a wanted column, lest a device's messages pass for one. */
  private isHeader(fields: readonly string[], known: Known | undefined): boolean {
    const { header, wanted } = this.options
    if (header === 'no') return false
    for (const field of fields) if (!Number.isNaN(fieldNumber(field))) return false
    const names = new Set(fields.map((field) => field.trim()))
    if (names.has('') || names.size !== fields.length) return false
    if (wanted.some((name) => names.has(name)) || isSame(known?.columns.header, [...names])) return true
    return known === undefined && (header === 'yes' || fields.length > 1)
  }

  private fits(fields: readonly string[], separator: Separator, known: Known): boolean {
    const { length } = fields
    if (known.guess !== undefined && !known.fitted) {
      const isOther = this.options.wanted.length > 0 && length !== known.columns.width
      // A message of a device that starts, not a header.
      if (isOther || separator !== known.guess) known.columns = columnsOfWidth(length, this.options)
    }
    if (length === known.columns.width) {
      known.fitted = true
      known.streak = 0
      return true
    }
    known.streak = length === known.otherWidth ? known.streak + 1 : 1
    known.otherWidth = length
    if (known.columns.header !== undefined && known.fitted) return false
    if (known.streak < CHANGED_AFTER) return false
    known.columns = columnsOfWidth(length, this.options)
    known.streak = 0
    return true
  }

  private passes(
    fields: readonly string[],
    { filter, names }: Columns,
    row: number,
    refusals: Refusals,
  ): boolean {
    const wanted = this.options.filter!
    if (fields[filter] === undefined) {
      const params = { field: FIELD, row, channel: wanted.column, channels: names.join(', ') }
      refusals.add('frame.missingChannel', params)
      return false
    }
    return fields[filter].trim() === wanted.text
  }
}

/** Some devices end each line with a separator; an empty field that the stream has a column for is a value that is missing. */
function withoutTrailing(fields: readonly string[], known: Known | undefined): readonly string[] {
  const { length } = fields
  if (length < 2 || fields[length - 1]!.trim() !== '') return fields
  return known === undefined || length === known.columns.width + 1 ? fields.slice(0, -1) : fields
}

function isSame(a: readonly string[] | undefined, b: readonly string[]): boolean {
  return a?.length === b.length && b.every((name, i) => name === a[i])
}

/** Any table of text lines. */
export const csv: DecoderSpec = {
  name: 'csv',
  label: 'CSV lines',
  settings: CSV_SETTINGS,
  example: 'ax,ay,az\n0.012,-0.004,0.981\n0.010,-0.002,0.979\n',
  create: (settings) => new CsvDecoder(settings),
}
