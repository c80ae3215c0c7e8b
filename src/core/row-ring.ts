/** The last `capacity` rows of a stream, with their times where rows have times. Bulk copies in, copies out, no allocation between. */
export class RowRing {
  private readonly values: Float32Array
  private readonly times?: Float64Array
  /** Index of the row that is written next. */
  private head = 0
  private held = 0

  /** @param timed keep a time per row */
  constructor(
    readonly capacity: number,
    private readonly columns: number,
    timed: boolean,
  ) {
    this.values = new Float32Array(capacity * columns)
    if (timed) this.times = new Float64Array(capacity)
  }

  /** Rows held, at most `capacity`. */
  get size(): number {
    return this.held
  }

  clear(): void {
    this.head = 0
    this.held = 0
  }

  /** Appends `rows` rows of `data` from row `from`. */
  append(data: Float32Array, from: number, rows: number, times?: Float64Array): void {
    const { capacity, columns } = this
    const skipped = Math.max(0, rows - capacity)
    let source = from + skipped
    let left = rows - skipped
    while (left > 0) {
      const n = Math.min(left, capacity - this.head)
      copy(data, source * columns, n * columns, this.values, this.head * columns)
      if (this.times !== undefined && times !== undefined) copy(times, source, n, this.times, this.head)
      this.head += n
      if (this.head === capacity) this.head = 0
      source += n
      left -= n
    }
    this.held = Math.min(capacity, this.held + rows)
  }

  /** The rows held, oldest first, in a buffer of their own. */
  copyValues(): Float32Array {
    const { columns } = this
    if (this.held < this.capacity) return this.values.slice(0, this.held * columns)
    if (this.head === 0) return this.values.slice()
    const out = new Float32Array(this.capacity * columns)
    out.set(this.values.subarray(this.head * columns))
    out.set(this.values.subarray(0, this.head * columns), (this.capacity - this.head) * columns)
    return out
  }

  /** Their times, oldest first, in a buffer of their own. */
  copyTimes(): Float64Array | undefined {
    if (this.times === undefined) return undefined
    if (this.held < this.capacity) return this.times.slice(0, this.held)
    const out = new Float64Array(this.capacity)
    out.set(this.times.subarray(this.head))
    out.set(this.times.subarray(0, this.head), this.capacity - this.head)
    return out
  }
}

/** A plain loop beats `set` on a view for the few values of a single sample. */
function copy<T extends Float32Array | Float64Array>(
  from: T,
  at: number,
  count: number,
  to: T,
  target: number,
): void {
  if (count > 48) {
    to.set(from.subarray(at, at + count), target)
    return
  }
  for (let i = 0; i < count; i++) to[target + i] = from[at + i]!
}
