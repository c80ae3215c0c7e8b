import { timeOf, type Frame } from '../frame'
import type { Limit } from './limit'
import { RecentRange } from './recent-range'

/** How a limit was passed. */
export interface Violation {
  readonly limit: Limit
  readonly kind: 'low' | 'high' | 'change'
  /** The value farthest outside, or the largest change. */
  readonly value: number
  readonly unit?: string
}

/** What a watch keeps over a restart. */
export interface WatchState {
  readonly since: number | null
  readonly value: number | null
  readonly time: number | null
}

/**
 * Watches one rule over the rows of one stream. Values outside `low` … `high` count once no sample was inside for `hold` ms;
 * a change counts where two values at most `within` apart differ by more than `change`, or two samples in a row that are
 * further apart do so in proportion.
 */
export class LimitWatch {
  /** Since when no value was inside; NaN while one is. */
  private since = NaN
  private value = NaN
  private time = NaN
  private readonly range?: RecentRange
  /** Still outside, for as long as the hold asks: told again for a frame without new rows. */
  private standing?: Violation

  constructor(private readonly limit: Limit) {
    if (limit.change !== undefined) this.range = new RecentRange(limit.within)
  }

  /**
   * @param column of the channel in the frame
   * @param fresh first row that was not seen before; a window that overlaps the one before begins with rows that were
   */
  judge(frame: Frame, column: number, fresh: number): Violation | undefined {
    const { data, channels, units } = frame
    const width = channels.length
    const rows = data.length / width
    const unit = units?.[column] === '' ? undefined : units?.[column]
    let worst: Violation | undefined
    let excess = 0
    const note = (kind: Violation['kind'], value: number, by: number): void => {
      if (worst !== undefined && by <= excess) return
      worst = { limit: this.limit, kind, value, ...(unit === undefined ? {} : { unit }) }
      excess = by
    }
    const { low = -Infinity, high = Infinity, hold } = this.limit
    for (let row = hold > 0 ? fresh : 0; row < rows; row++) {
      const value = data[row * width + column]!
      const by = Math.max(value - high, low - value)
      // What is no number is beyond no limit.
      if (!(by > 0)) {
        if (row >= fresh) this.since = NaN
        continue
      }
      if (row >= fresh) {
        const time = timeOf(frame, row)
        if (Number.isNaN(this.since)) this.since = time
        if (time - this.since < hold) continue
      }
      note(value > high ? 'high' : 'low', value, by)
    }
    if (hold > 0) {
      if (fresh === rows) worst = this.standing
      this.standing = Number.isNaN(this.since) ? undefined : worst
    }
    return worst ?? this.judgeChange(frame, column, fresh, unit)
  }

  clear(): void {
    this.since = NaN
    this.value = NaN
    this.time = NaN
    this.standing = undefined
    this.range?.clear()
  }

  snapshot(): WatchState {
    const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value)
    return { since: orNull(this.since), value: orNull(this.value), time: orNull(this.time) }
  }

  restore({ since, value, time }: WatchState): void {
    this.since = since ?? NaN
    this.value = value ?? NaN
    this.time = time ?? NaN
    if (value !== null && time !== null) this.range?.add(value, time)
  }

  private judgeChange(frame: Frame, column: number, fresh: number, unit?: string): Violation | undefined {
    const { range } = this
    if (range === undefined) return undefined
    const { data, channels } = frame
    const { within, change } = this.limit
    const rows = data.length / channels.length
    let largest = 0
    for (let row = fresh; row < rows; row++) {
      const value = data[row * channels.length + column]!
      const time = timeOf(frame, row)
      const pause = time - this.time
      // Samples further apart than the span prove only the mean speed between them.
      const step = Math.abs(value - this.value) * (pause > within ? within / pause : 1)
      if (step > largest) largest = step
      const recent = range.farthest(value, time)
      if (recent > largest) largest = recent
      range.add(value, time)
      this.value = value
      this.time = time
    }
    if (largest <= change!) return undefined
    return { limit: this.limit, kind: 'change', value: largest, ...(unit === undefined ? {} : { unit }) }
  }
}
