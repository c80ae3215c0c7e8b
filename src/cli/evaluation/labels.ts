import { decimalOf } from '../csv/decimal'
import { TimeColumn, type TimeUnit } from '../csv/time-column'
import { Column } from './column'

const NORMAL = /^(0|false|no|normal|ok)$/i

/** Whether a label says anomalous; undefined where it says nothing. */
export function readLabel(text: string): boolean | undefined {
  const label = text.trim()
  if (label === '' || label.toLowerCase() === 'nan') return undefined
  if (NORMAL.test(label)) return false
  return decimalOf(label) !== 0
}

/** Labels of the rows of a recording, to be asked for spans of rows: anomalous where any row of a span is. */
export class RowLabels {
  /** Anomalous and labelled rows before each row. */
  private readonly anomalous = new Column((length) => new Uint32Array(length))
  private readonly known = new Column((length) => new Uint32Array(length))
  private anomalies = 0
  private labelled = 0
  private readonly times = new Column((length) => new Float64Array(length))
  private readonly clock: TimeColumn
  /** Rows by time; not there where they are in order already. */
  private order?: Uint32Array
  private isInOrder = true
  private last = -Infinity
  /** Where the span before began: spans come in the order of the rows. */
  private at = 0

  constructor(unit?: TimeUnit) {
    this.clock = new TimeColumn(unit)
  }

  /** True where the recording has times. */
  get hasTimes(): boolean {
    return this.times.length > 0
  }

  add(label: boolean | undefined, time: string | undefined): void {
    this.anomalous.push(this.anomalies)
    this.known.push(this.labelled)
    if (label === true) this.anomalies++
    if (label !== undefined) this.labelled++
    if (time === undefined) return
    const ms = this.clock.parse(time)
    this.times.push(ms)
    if (!(ms >= this.last)) this.isInOrder = false
    this.last = ms
  }

  /** @param start and `end` as they stand in a file of scores: times, or numbers of rows where the recording has no times */
  label(start: string, end: string): boolean | undefined {
    const from = this.hasTimes ? this.rowAt(start, this.at) : Number(start)
    const to = from === undefined ? undefined : this.hasTimes ? this.rowAt(end, from, true) : Number(end)
    const rows = this.anomalous.length
    if (from === undefined || to === undefined || !(from >= 0 && to < rows)) return undefined
    this.at = from
    const count = (before: Column<Uint32Array>, all: number): number =>
      (to + 1 < rows ? before.values[to + 1]! : all) - before.values[from]!
    if (count(this.anomalous, this.anomalies) > 0) return true
    return count(this.known, this.labelled) > 0 ? false : undefined
  }

  /** The first row at a time from row `from` on (or the last of those that follow it at that time); the first of all where none is. */
  private rowAt(time: string, from: number, isLast = false): number | undefined {
    const ms = this.clock.parse(time)
    const { values } = this.times
    const order = this.isInOrder ? undefined : (this.order ??= rowsByTime(values))
    const row = (place: number): number => order?.[place] ?? place
    const first = lowest(values.length, (place) => !(values[row(place)]! < ms))
    if (values[row(first)] !== ms) return undefined
    const behind = lowest(values.length, (place) => !(values[row(place)]! <= ms))
    const next = first + lowest(behind - first, (place) => row(first + place) >= from)
    let found = row(next < behind ? next : first)
    while (isLast && values[found + 1] === ms) found++
    return found
  }
}

/** Rows in the order of their times, those without one at the end. */
function rowsByTime(times: Float64Array): Uint32Array {
  const key = (row: number): number => (Number.isNaN(times[row]!) ? Infinity : times[row]!)
  return Uint32Array.from(times, (_, row) => row).sort((a, b) => Math.sign(key(a) - key(b)) || a - b)
}

/** The first of `count` places of which `isThere` is true; it is for all behind the first. */
function lowest(count: number, isThere: (place: number) => boolean): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >> 1
    if (isThere(middle)) high = middle
    else low = middle + 1
  }
  return low
}
