import { describeValue } from '../../core/describe-value'
import { Refusals } from '../../core/refusals'
import type { Batch } from '../decode/decoder'
import { fieldNumber } from '../decode/row-collector'
import { detectSeparator, splitFields, type Separator } from '../decode/split-fields'
import { findColumns, isHeader, type TableColumns, type TableSettings } from './table-columns'
import { TimeColumn, type RecordedTimeUnit } from './time-column'

/** Rows that follow each other, with one group and one label. */
export interface Run {
  readonly batch: Batch
  readonly group?: string
  readonly label?: string
}

/** Rows of one run at most: they are in memory at a time. */
const MOST_ROWS = 4096

/**
 * Reads a table of text lines (CSV with comma, semicolon, tab or spaces; header or none; `#` begins a comment) piece by piece. A line
 * that has another width, or no number where one belongs, is left out and counted.
 */
export class TableReader {
  readonly refusals = new Refusals()
  private columns?: TableColumns
  private separator?: Separator
  private header?: readonly string[]
  private line = 0
  private readonly times: TimeColumn
  private readonly runs: Run[] = []
  private values: number[] = []
  private stamps: number[] = []
  private group?: string
  private label?: string

  /** @param file for errors */
  constructor(
    private readonly settings: TableSettings,
    timeUnit: RecordedTimeUnit,
    private readonly file: string,
  ) {
    this.times = new TimeColumn(timeUnit)
  }

  /** Takes whole lines. @throws InputError where the file lacks a column that is asked for */
  push(text: string): readonly Run[] {
    for (const line of text.split(/\r\n|\n|\r/)) this.take(line)
    this.finish()
    return this.runs.splice(0)
  }

  private take(raw: string): void {
    const line = this.line++ === 0 ? raw.replace(/^\uFEFF/, '') : raw
    if (line.startsWith('#') || line.trim() === '') return
    this.separator ??= detectSeparator(line)
    const fields = splitFields(line, this.separator)
    if (this.columns === undefined) {
      if (this.header === undefined && isHeader(fields)) {
        this.header = fields
        return
      }
      this.columns = findColumns(this.header, fields, this.settings, this.file)
    }
    this.row(fields, this.columns)
  }

  private row(fields: readonly string[], columns: TableColumns): void {
    const { names, indices, time, filter, width } = columns
    const row = this.line - 1
    if (fields.length !== width) {
      const channels = names.slice(0, 8).join(', ')
      this.refusals.add('frame.wrongLength', {
        field: this.file,
        row,
        got: fields.length,
        expected: width,
        channels,
      })
      return
    }
    if (filter >= 0 && fields[filter]!.trim() !== this.settings.filter!.text) return
    const stamp = time < 0 ? 0 : this.times.parse(fields[time]!)
    const numbers = indices.map((at) => fieldNumber(fields[at]!))
    const bad = Number.isNaN(stamp) ? -1 : numbers.findIndex((value) => Number.isNaN(value))
    if (Number.isNaN(stamp) || bad >= 0) {
      const channel = bad < 0 ? (this.settings.time ?? 'time') : names[bad]!
      const got = describeValue(fields[bad < 0 ? time : indices[bad]!])
      this.refusals.add('frame.notFinite', { field: this.file, channel, row, got })
      return
    }
    const group = columns.group < 0 ? undefined : fields[columns.group]!.trim()
    const label = columns.label < 0 ? undefined : fields[columns.label]!.trim()
    if (group !== this.group || label !== this.label || this.stamps.length === MOST_ROWS) this.finish()
    this.group = group
    this.label = label
    this.stamps.push(stamp)
    for (const value of numbers) this.values.push(value)
  }

  private finish(): void {
    if (this.stamps.length === 0) return
    const { columns, group, label } = this
    const times = columns!.time < 0 ? undefined : Float64Array.from(this.stamps)
    this.runs.push({
      batch: {
        channels: columns!.names,
        data: Float64Array.from(this.values),
        ...(times === undefined ? {} : { times }),
      },
      ...(group === undefined ? {} : { group }),
      ...(label === undefined ? {} : { label }),
    })
    this.values = []
    this.stamps = []
  }
}
