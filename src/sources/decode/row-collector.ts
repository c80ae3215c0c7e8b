import { describeValue } from '../../core/describe-value'
import { MAX_VALUES } from '../../core/read-table'
import type { Refusals } from '../../core/refusals'
import type { Columns } from './csv-columns'
import type { CsvOptions } from './csv-options'
import type { Batch } from './decoder'
import { FIELD } from './decode-text'
import { parseNumber, parseTime } from './parse-time'

/** Gathers the rows of one batch of text columns in a buffer of its own. */
export class RowCollector {
  private readonly capacity: number
  private readonly data: Float64Array
  private readonly times?: Float64Array
  private readonly sequence?: Float64Array
  private rows = 0

  constructor(
    readonly columns: Columns,
    private readonly options: CsvOptions,
    lines: number,
  ) {
    const width = columns.names.length
    this.capacity = Math.max(1, Math.min(lines, Math.floor(MAX_VALUES / Math.max(1, width))))
    this.data = new Float64Array(this.capacity * width)
    if (options.timeField !== undefined) this.times = new Float64Array(this.capacity)
    if (options.sequenceField !== undefined) this.sequence = new Float64Array(this.capacity)
  }

  get isFull(): boolean {
    return this.rows === this.capacity
  }

  /** Takes one line; leaves it out and counts it where a field is no number. `line` is its number in the chunk, from 0. */
  add(fields: readonly string[], line: number, refusals: Refusals): void {
    const { names, indices, time, sequence } = this.columns
    const base = this.rows * names.length
    for (let c = 0; c < indices.length; c++) {
      const text = fields[indices[c]!]
      const value = text === undefined ? NaN : fieldNumber(text)
      if (Number.isNaN(value)) return refuse(refusals, names[c]!, line, text)
      this.data[base + c] = value
    }
    if (this.times !== undefined) {
      const at = parseTime(fields[time], this.options.timeUnit)
      if (Number.isNaN(at)) return refuse(refusals, this.options.timeField!, line, fields[time])
      this.times[this.rows] = at
    }
    if (this.sequence !== undefined) {
      const count = parseNumber(fields[sequence])
      if (Number.isNaN(count)) return refuse(refusals, this.options.sequenceField!, line, fields[sequence])
      this.sequence[this.rows] = count
    }
    this.rows++
  }

  /** The batch of the rows so far; undefined where there are none. */
  finish(): Batch | undefined {
    const { columns, rows, times, sequence } = this
    if (rows === 0) return undefined
    return {
      channels: columns.names,
      data: this.data.slice(0, rows * columns.names.length),
      ...(times === undefined ? {} : { times: times.slice(0, rows) }),
      ...(sequence === undefined ? {} : { sequence: sequence.slice(0, rows) }),
    }
  }
}

/** The number that a field holds, also with the decimal comma of many countries; NaN for none. */
export function fieldNumber(field: string): number {
  const number = parseNumber(field)
  return Number.isNaN(number) && field.includes(',') ? parseNumber(field.replace(',', '.')) : number
}

function refuse(refusals: Refusals, channel: string, row: number, text: string | undefined): void {
  refusals.add('frame.notFinite', { field: FIELD, channel, row, got: describeValue(text) })
}
