import type { RowBlock } from '../csv/row-block'
import { decimalOf } from '../csv/decimal'

/** What is to be said of some of the last rows: their times and carried columns as they stand in the file. */
export class RowLog {
  private readonly times: string[]
  private readonly ms: Float64Array
  private readonly carried: string[][]

  /** @param capacity rows that are remembered */
  constructor(
    private readonly capacity: number,
    carried: number,
  ) {
    this.times = new Array<string>(capacity).fill('')
    this.ms = new Float64Array(capacity)
    this.carried = Array.from({ length: carried }, () => new Array<string>(capacity).fill(''))
  }

  /** @param row number of the row over all files; @param time as it stands there */
  note(row: number, time: string, ms: number, block: RowBlock, index: number): void {
    const at = row % this.capacity
    this.times[at] = time
    this.ms[at] = ms
    const { carried } = block.plan
    for (let i = 0; i < carried.length; i++) this.carried[i]![at] = block.texts[carried[i]!.text]![index]!
  }

  time(row: number): string {
    return this.times[row % this.capacity]!
  }

  /** ms since the epoch of a row. */
  rowMs(row: number): number {
    return this.ms[row % this.capacity]!
  }

  /** The last of the rows up to `newest` that is not later than `ms`; `oldest` where all are. */
  rowAt(ms: number, oldest: number, newest: number): number {
    let row = newest
    while (row > oldest && this.ms[row % this.capacity]! > ms + 1e-6) row--
    return row
  }

  /** Of each carried column over the rows: the largest number, so that a label counts wherever it stands; else the last text. */
  summary(from: number, to: number): readonly string[] {
    return this.carried.map((column) => {
      let text = column[(to - 1) % this.capacity]!
      let largest = decimalOf(text)
      for (let row = to - 2; row >= from && !Number.isNaN(largest); row--) {
        const other = column[row % this.capacity]!
        if (other === text) continue
        const number = decimalOf(other)
        if (!(number > largest)) continue
        largest = number
        text = other
      }
      return text
    })
  }
}
