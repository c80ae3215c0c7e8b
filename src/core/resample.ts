/** Rows interpolated before they are handed on. */
const CHUNK = 256

export interface ResamplerState {
  readonly origin: number
  readonly time: number
  readonly emitted: number
}

/** Takes `rows` interpolated rows; row `i` lies at `first + i × step`. The buffer is used again after the call. */
export type RowSink = (data: Float32Array, rows: number, first: number) => void

/**
 * Streaming linear interpolation onto an even grid that begins at the first row of a run; equal to numpy.interp on that grid.
 * It does not filter: sampling down by far folds what lies above half of the new rate back into the signal.
 * Cost per output row: one multiply-add per column.
 */
export class LinearResampler {
  private readonly chunk: Float32Array
  private readonly before: Float32Array
  private origin = NaN
  private time = NaN
  private emitted = 0

  /** @param step of the grid, in the unit of the times that `push` is given */
  constructor(
    private readonly step: number,
    private readonly columns: number,
    private readonly sink: RowSink,
  ) {
    this.chunk = new Float32Array(CHUNK * columns)
    this.before = new Float32Array(columns)
  }

  /** Forgets the run; the next row begins a new grid. */
  reset(): void {
    this.origin = NaN
    this.time = NaN
    this.emitted = 0
  }

  /** Takes rows `from` to `to` (exclusive); `timeOf(row)` must not run backwards. Of rows at the same time the last counts from there on. */
  push(data: Float32Array, from: number, to: number, timeOf: (row: number) => number): void {
    const { columns, before } = this
    let filled = 0
    let first = 0
    for (let row = from; row < to; row++) {
      const time = timeOf(row)
      if (Number.isNaN(this.origin)) {
        this.origin = time
        this.time = time
        for (let c = 0; c < columns; c++) before[c] = data[row * columns + c]!
      }
      const span = time - this.time
      for (;;) {
        const at = this.origin + this.emitted * this.step
        if (at > time) break
        if (filled === 0) first = at
        const share = span > 0 ? (at - this.time) / span : 0
        for (let c = 0; c < columns; c++) {
          const a = before[c]!
          this.chunk[filled * columns + c] = share === 0 ? a : a + share * (data[row * columns + c]! - a)
        }
        this.emitted++
        if (++filled === CHUNK) {
          this.sink(this.chunk, filled, first)
          filled = 0
        }
      }
      this.time = time
      for (let c = 0; c < columns; c++) before[c] = data[row * columns + c]!
    }
    if (filled > 0) this.sink(this.chunk, filled, first)
  }

  snapshot(): { state: ResamplerState; row: Float32Array } | undefined {
    if (Number.isNaN(this.origin)) return undefined
    return {
      state: { origin: this.origin, time: this.time, emitted: this.emitted },
      row: this.before.slice(),
    }
  }

  restore(state: ResamplerState, row: Float32Array): void {
    this.origin = state.origin
    this.time = state.time
    this.emitted = state.emitted
    this.before.set(row)
  }
}
