/** Intervals that the estimate of the usual one rests on. */
const REMEMBERED = 32
/** Fewer intervals than this say nothing about the usual one. */
const ENOUGH = 8
/** No pause up to this many ms is a gap on its own: timers and networks jitter. */
const SHORTEST_GAP_MS = 100

export interface ContinuityOptions {
  /** A pause beyond one sampling period that is longer than this many ms is a gap; without it the rule of `Continuity` holds. */
  readonly gapMs?: number
  /** No interval beyond this many ms continues a run, whatever else allows it. */
  readonly longestMs?: number
}

export interface ContinuityState {
  readonly expected: number | null
  readonly last: number | null
  readonly recent: readonly number[]
}

/**
 * Decides whether a sample continues the run before it. Times are ms since the epoch.
 *
 * With a rate, a frame has to start where the one before ended; it may be early or late by `gapMs`, or by
 * max(5 sampling periods, 100 ms). Where each row (or, without a rate, each frame) has a time of its own, an interval may be
 * as long as a period plus `gapMs`, or max(5 periods, 100 ms, 10 × the median of the last 32 intervals); until 8 intervals
 * are known, a stream without a rate has no gaps. Time that runs backwards always ends a run. Intervals of gaps count for
 * the median too, so a source that slows down for good is followed after some samples.
 */
export class Continuity {
  private period = 0
  private tolerance = SHORTEST_GAP_MS
  private expected = NaN
  private last = NaN
  private readonly recent = new Float64Array(REMEMBERED)
  private count = 0

  constructor(private readonly options: ContinuityOptions = {}) {}

  /** Begins with a source of `rate` Hz; forgets everything else. */
  begin(rate: number | undefined): void {
    this.period = rate === undefined ? 0 : 1000 / rate
    this.tolerance = this.options.gapMs ?? Math.max(5 * this.period, SHORTEST_GAP_MS)
    this.expected = NaN
    this.last = NaN
    this.count = 0
  }

  /** Forgets the sample before; the next one begins a run. The usual interval stays known. */
  cut(): void {
    this.expected = NaN
    this.last = NaN
  }

  /** Takes `rows` regularly sampled rows that begin at `start`; false where they do not continue the run. */
  takeRegular(start: number, rows: number): boolean {
    const off = Math.abs(start - this.expected)
    this.expected = start + rows * this.period
    return !(off > this.tolerance)
  }

  /** Takes one row (or frame) with a time of its own; false where it does not continue the run. */
  takeTimed(time: number): boolean {
    const interval = time - this.last
    this.last = time
    if (Number.isNaN(interval)) return true
    if (interval < 0) return false
    const continues = interval <= SHORTEST_GAP_MS || interval <= this.longest()
    this.recent[this.count++ % REMEMBERED] = interval
    return continues && interval <= (this.options.longestMs ?? Infinity)
  }

  private longest(): number {
    if (this.options.gapMs !== undefined) return this.period + this.options.gapMs
    if (this.count < ENOUGH) return this.period === 0 ? Infinity : this.tolerance
    const known = this.recent.slice(0, Math.min(this.count, REMEMBERED)).sort()
    const median = known[known.length >> 1]!
    return Math.max(this.tolerance, 10 * median)
  }

  snapshot(): ContinuityState {
    const kept = Math.min(this.count, REMEMBERED)
    const recent = Array.from({ length: kept }, (_, i) => this.recent[(this.count - kept + i) % REMEMBERED]!)
    return {
      expected: Number.isNaN(this.expected) ? null : this.expected,
      last: Number.isNaN(this.last) ? null : this.last,
      recent,
    }
  }

  /** Takes up a snapshot after `begin`. */
  restore(state: ContinuityState): void {
    this.expected = state.expected ?? NaN
    this.last = state.last ?? NaN
    this.recent.set(state.recent.slice(0, REMEMBERED))
    this.count = Math.min(state.recent.length, REMEMBERED)
  }
}
