import { fieldDecimal } from './decimal'
import type { ColumnPlan } from './columns'

/** A cell that is no number where one belongs, or a line of another width. */
export interface BadCell {
  /** Row of the file, from 0. */
  readonly row: number
  /** Name of its column; undefined where the line has too many or too few fields. */
  readonly column?: string
  readonly text: string
}

/** Rows of a CSV file, some thousand at a time. It is filled anew for the next ones: whoever keeps something copies it. */
export class RowBlock {
  /** Rows held. */
  rows = 0
  /** Number of the first of them in its file, from 0. */
  first = 0
  /** rows × channels; not finite where a cell holds no number. */
  readonly values: Float32Array
  /** 1 where a row cannot be used. */
  readonly isBad: Uint8Array
  /** Of a row that cannot be used: the first column that holds no number, or -1 where the line has too many or too few fields. */
  readonly badColumn: Int32Array
  /** By text, then by row. */
  readonly texts: string[][]
  /** The first bad cell of the block. */
  bad?: BadCell

  constructor(
    readonly plan: ColumnPlan,
    readonly capacity: number,
  ) {
    this.values = new Float32Array(capacity * plan.channels.length)
    this.isBad = new Uint8Array(capacity)
    this.badColumn = new Int32Array(capacity)
    this.texts = Array.from({ length: plan.texts }, () => new Array<string>(capacity).fill(''))
  }

  get isFull(): boolean {
    return this.rows === this.capacity
  }

  /** Empties it; the next row follows the last one. */
  clear(): void {
    this.first += this.rows
    this.rows = 0
    this.bad = undefined
  }

  /** Appends a row that is parted into fields already. */
  add(fields: readonly string[]): void {
    const { plan, values, texts, rows } = this
    const { channelOf, textOf, names } = plan
    const base = rows * plan.channels.length
    this.isBad[rows] = 0
    for (let column = 0; column < names.length; column++) {
      const field = fields[column] ?? ''
      const channel = channelOf[column]!
      if (channel >= 0) {
        values[base + channel] = fieldDecimal(field.trim(), plan.separator)
        if (!(Math.abs(values[base + channel]!) < Infinity)) this.refuse(field, column)
      }
      const text = textOf[column]!
      if (text >= 0) texts[text]![rows] = field.trim()
    }
    if (fields.length !== names.length) this.refuse(fields.join(plan.separator))
    this.rows++
  }

  /** Leaves out the rows in which a text reads otherwise; the others move up. */
  keep(index: number, text: string): void {
    const { values, isBad, badColumn, texts, rows } = this
    const width = this.plan.channels.length
    const badRow = this.bad === undefined ? -1 : this.bad.row - this.first
    const { bad } = this
    this.bad = undefined
    let kept = 0
    for (let row = 0; row < rows; row++) {
      if (texts[index]![row] !== text) continue
      if (row === badRow) this.bad = { ...bad!, row: this.first + kept }
      values.copyWithin(kept * width, row * width, (row + 1) * width)
      isBad[kept] = isBad[row]!
      badColumn[kept] = badColumn[row]!
      for (const column of texts) column[kept] = column[row]!
      kept++
    }
    this.rows = kept
  }

  /** Marks the row that is being filled as bad. */
  refuse(text: string, column = -1): void {
    const { rows, isBad, plan } = this
    if (isBad[rows] === 0) this.badColumn[rows] = column
    isBad[rows] = 1
    this.bad ??= { row: this.first + rows, text, ...(column < 0 ? {} : { column: plan.names[column]! }) }
  }
}
