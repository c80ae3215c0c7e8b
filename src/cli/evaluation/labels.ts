import { decimalOf } from '../csv/decimal'

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
  private readonly anomalous: number[] = [0]
  private readonly known: number[] = [0]
  private readonly byTime = new Map<string, { first: number; last: number }>()

  add(label: boolean | undefined, time: string | undefined): void {
    const row = this.anomalous.length - 1
    this.anomalous.push(this.anomalous[row]! + (label === true ? 1 : 0))
    this.known.push(this.known[row]! + (label === undefined ? 0 : 1))
    if (time === undefined) return
    const before = this.byTime.get(time)
    if (before === undefined) this.byTime.set(time, { first: row, last: row })
    else before.last = row
  }

  /** @param start and `end` as they stand in a file of scores: times, or numbers of rows where the recording has no times */
  label(start: string, end: string): boolean | undefined {
    const from = this.byTime.size === 0 ? Number(start) : this.byTime.get(start)?.first
    const to = this.byTime.size === 0 ? Number(end) : this.byTime.get(end)?.last
    if (from === undefined || to === undefined) return undefined
    const count = (sums: readonly number[]): number => (sums[to + 1] ?? NaN) - (sums[from] ?? NaN)
    return count(this.anomalous) > 0 ? true : count(this.known) > 0 ? false : undefined
  }
}
