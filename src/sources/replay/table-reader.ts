import { describeValue } from '../../core/describe-value'
import { Refusals } from '../../core/refusals'
import type { Batch } from '../decode/decoder'
import { fieldNumber } from '../decode/row-collector'
import { detectSeparator, splitFields, type Separator } from '../decode/split-fields'
import { findColumns, isHeader, type TableColumns, type TableSettings } from './table-columns'
import { TimeColumn, type RecordedTimeUnit } from './time-column'

/** What rows have in common. */
export interface Marks {
  readonly group?: string
  readonly label?: string
  readonly topic?: string
}

/** Rows that follow each other, with the same marks. */
export interface Run extends Marks {
  readonly batch: Batch
  /** A line before it was left out, and there are no times that a hole could show in. */
  readonly isCut: boolean
}

/** Lines that follow each other in which a channel has no value. */
export interface Missing extends Marks {
  readonly missing: string
  /** All channels of the table. */
  readonly channels: readonly string[]
  rows: number
  /** ms, of the first and the last line; undefined where lines have no times. */
  readonly time?: number
  lastTime?: number
}

/** Rows of one run at most: they are in memory at a time. */
const MOST_ROWS = 4096
/** A quoted cell goes on over so many lines at most: beyond it the quote is a slip. */
const MOST_LINES = 100

/**
 * Reads a table of text lines (CSV with comma, semicolon, tab or spaces; header or none; `#` begins a comment) piece by piece. A line
 * that has another width, or no number where one belongs, is left out and counted; what lies around it is told apart.
 */
export class TableReader {
  readonly refusals = new Refusals()
  private columns?: TableColumns
  private separator?: Separator
  private header?: readonly string[]
  private line = 0
  private readonly times: TimeColumn
  private readonly runs: (Run | Missing)[] = []
  /** Lines of a record that a quoted cell has left open. */
  private open: string[] = []
  private isCut = false
  /** A first line that is no header: data, or a title where the header follows. */
  private first?: { readonly line: string; readonly row: number }
  private values: number[] = []
  private stamps: number[] = []
  private marks: Marks = {}

  /** @param file for errors */
  constructor(
    private readonly settings: TableSettings,
    timeUnit: RecordedTimeUnit,
    private readonly file: string,
  ) {
    this.times = new TimeColumn(timeUnit)
  }

  /** Takes whole lines. @throws InputError where the file lacks a column that is asked for */
  push(text: string): readonly (Run | Missing)[] {
    for (const line of text.split(/\r\n|\n|\r/)) this.join(line)
    this.finish()
    return this.runs.splice(0)
  }

  /** What is left at the end of the file. */
  flush(): readonly (Run | Missing)[] {
    for (const line of this.open.splice(0)) this.take(line)
    this.begin()
    this.finish()
    return this.runs.splice(0)
  }

  /** Puts lines together that a line feed in a quoted cell has parted. */
  private join(line: string): void {
    if (this.open.length === 0 && !hasOpenQuote(line)) {
      this.take(line)
      return
    }
    this.open.push(line)
    if (!hasOpenQuote(this.open.join(''))) this.take(this.open.splice(0).join('\n'))
    else if (this.open.length > MOST_LINES) for (const one of this.open.splice(0)) this.take(one)
  }

  private take(raw: string): void {
    const line = this.line === 0 ? raw.replace(/^\uFEFF/, '') : raw
    this.line += 1 + (raw.match(/\n/g)?.length ?? 0)
    if (line.startsWith('#') || line.trim() === '') return
    if (this.columns === undefined) {
      if (this.isHeaderLine(line)) {
        this.first = undefined
        return
      }
      const isData = splitFields(line, this.separator!).every((field) => !Number.isNaN(fieldNumber(field)))
      if (this.header === undefined && this.first === undefined && !isData) {
        this.first = { line, row: this.line - 1 }
        return
      }
    }
    this.begin()
    this.row(line, this.line - 1)
  }

  /** What was held for a title is data. */
  private begin(): void {
    const { first } = this
    this.first = undefined
    if (first !== undefined) this.row(first.line, first.row)
  }

  /** The header, or a title above it: the last line of names before the data is the header. */
  private isHeaderLine(line: string): boolean {
    const own = detectSeparator(line)
    const fields = splitFields(line, own)
    const isNew = this.header === undefined || (fields.length > 1 && fields.length !== this.header.length)
    if (isNew && isHeader(fields)) {
      this.header = fields
      this.separator = own
      return true
    }
    this.separator ??= own
    return false
  }

  private row(line: string, row: number): void {
    const fields = splitFields(line, this.separator!)
    const columns = (this.columns ??= findColumns(this.header, fields, this.settings, this.file))
    const { names, indices, time, filter, width } = columns
    if (fields.length !== width) {
      const channels = names.slice(0, 8).join(', ')
      this.refusals.add('frame.wrongLength', {
        field: this.file,
        row,
        got: fields.length,
        expected: width,
        channels,
      })
      this.cut()
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
      this.cut()
      if (bad >= 0) this.miss(channel, time < 0 ? undefined : stamp, marksOf(fields, columns))
      return
    }
    const marks = marksOf(fields, columns)
    if (!areEqual(marks, this.marks) || this.stamps.length === MOST_ROWS) this.finish()
    this.marks = marks
    this.stamps.push(stamp)
    for (const value of numbers) this.values.push(value)
  }

  private cut(): void {
    this.finish()
    this.isCut = this.columns!.time < 0
  }

  private miss(missing: string, time: number | undefined, marks: Marks): void {
    const last = this.runs.at(-1)
    if (last !== undefined && 'missing' in last && last.missing === missing && areEqual(last, marks)) {
      last.rows++
      last.lastTime = time
      return
    }
    const times = time === undefined ? {} : { time, lastTime: time }
    this.runs.push({ missing, channels: this.columns!.names, rows: 1, ...times, ...marks })
  }

  private finish(): void {
    if (this.stamps.length === 0) return
    const { columns, marks, isCut } = this
    const times = columns!.time < 0 ? undefined : Float64Array.from(this.stamps)
    this.runs.push({
      batch: {
        channels: columns!.names,
        data: Float64Array.from(this.values),
        ...(times === undefined ? {} : { times }),
      },
      ...marks,
      isCut,
    })
    this.isCut = false
    this.values = []
    this.stamps = []
  }
}

function marksOf(fields: readonly string[], { group, label, topic }: TableColumns): Marks {
  return {
    ...(group < 0 ? {} : { group: fields[group]!.trim() }),
    ...(label < 0 ? {} : { label: fields[label]!.trim() }),
    ...(topic < 0 ? {} : { topic: fields[topic]!.trim() }),
  }
}

function areEqual(a: Marks, b: Marks): boolean {
  return a.group === b.group && a.label === b.label && a.topic === b.topic
}

function hasOpenQuote(text: string): boolean {
  if (!text.includes('"')) return false
  return text.split('"').length % 2 === 0
}
