import { cutByOffset, cutByTime, timed, type Piece } from './pieces'
import { Regularity, type RegularityState } from './regularity'
import type { Samples } from './samples'
import { SmoothClock, type SmoothClockState } from './smooth-clock'

export interface OrderEvent {
  readonly kind: 'gap' | 'clockJump' | 'deviceRestart'
  /** End of what came before and begin of what follows, ms since the epoch. */
  readonly from: number
  readonly to: number
  /** Rows lost, as far as it is known. */
  readonly missing: number
}

/** What one arrival gave: rows in order, each with its time, and what was found out on the way. */
export interface Timed {
  readonly pieces: Piece[]
  readonly events: OrderEvent[]
  /** Rows lost, where counts or the device's times show it. */
  lost?: number
  /** Steps of the device's times, ms. */
  steps?: number[]
}

export interface RowTimesState {
  readonly smooth: SmoothClockState
  readonly regularity: RegularityState
  readonly end: number | null
  readonly lastTime: number | null
  readonly arrival: number | null
}

/** A step ahead of the device's clock beyond this, while no such time passed here, is no gap but a clock that was set. */
const JUMP_MS = 60_000
/** In an irregular stream, no shorter pause is a gap. */
const IRREGULAR_GAP_MS = 250
const IRREGULAR_GAP_PERIODS = 8
/** Separate recordings are kept apart by max(this, 5 periods and a bit): no window takes them for one. */
const APART_MS = 101
const APART_PERIODS = 5.1

/** Gives the ordered rows of one stream their times and parts them at holes. */
export class RowTimes {
  private readonly smooth = new SmoothClock()
  private readonly regularity = new Regularity()
  private end?: number
  private lastTime?: number
  private arrival?: number
  private broken?: 'clockJump' | 'deviceRestart'

  constructor(private readonly isSeparate: boolean) {}

  /** What comes next does not continue what was: said with its time when it comes. */
  breakBefore(kind: 'clockJump' | 'deviceRestart'): void {
    this.broken = kind
    this.smooth.reset()
    this.lastTime = undefined
  }

  /**
   * Rows timed by their arrival.
   * @param offsets places of the rows, in periods, where they have holes
   * @param missing rows lost before them, by a count; undefined without one
   */
  byArrival(
    samples: Samples,
    arrival: number,
    out: Timed,
    offsets?: ArrayLike<number>,
    missing?: number,
  ): void {
    const period = periodOf(samples)
    const rows = offsets === undefined ? samples.rows : offsets[samples.rows - 1]! - offsets[0]! + 1
    const { end } = this
    if (this.isSeparate) {
      const start = this.apart(arrival - rows * period, period)
      this.told(start, out)
      this.give(cutByOffset(samples, offsets, start, period), start + rows * period, out)
      return
    }
    const { start, broken } = this.smooth.take(rows, period, arrival, missing)
    if (!this.told(start, out) && end !== undefined) {
      const lost = missing ?? (period === 0 ? 0 : Math.max(0, Math.round((start - end) / period)))
      if (broken === 'jump') out.events.push({ kind: 'clockJump', from: end, to: start, missing: 0 })
      else if (broken === 'gap' || (missing ?? 0) > 0)
        out.events.push({ kind: 'gap', from: end, to: start, missing: lost })
    }
    const isTold = period > 0 || missing !== undefined
    const holes = isTold ? this.tellHoles(offsets, samples.rows, start, period, out) : 0
    if (missing !== undefined) out.lost = (out.lost ?? 0) + missing + holes
    this.give(cutByOffset(samples, offsets, start, period), start + rows * period, out)
  }

  /** Rows timed by the device. @param times of the rows, ms since the epoch, ascending */
  byDevice(samples: Samples, times: Float64Array, arrival: number, out: Timed): void {
    const period = periodOf(samples)
    const first = times[0]!
    this.told(first, out)
    const steps: number[] = []
    if (this.lastTime !== undefined) steps.push(first - this.lastTime)
    for (let i = 1; i < times.length; i++) steps.push(times[i]! - times[i - 1]!)
    if (period > 0) {
      this.regularity.take(steps, period)
      out.steps = [...(out.steps ?? []), ...steps]
      if (!this.regularity.isIrregular) out.lost ??= 0
      const passed = this.arrival === undefined ? 0 : Math.max(0, arrival - this.arrival)
      let time = this.lastTime ?? first
      for (const step of steps) {
        const isFirst = time === this.lastTime
        if (this.isGap(step, period)) {
          const isJump = isFirst && step > passed + JUMP_MS
          const missing = isJump ? 0 : Math.round(step / period) - 1
          if (out.lost !== undefined) out.lost += missing
          out.events.push({
            kind: isJump ? 'clockJump' : 'gap',
            from: time + period,
            to: time + step,
            missing,
          })
        }
        time += step
      }
    }
    this.arrival = arrival
    this.lastTime = times[times.length - 1]!
    const isRegular = period > 0 && !this.regularity.isIrregular
    const pieces = isRegular ? cutByTime(samples, times, period) : [timed(samples, times)]
    this.give(pieces, this.lastTime + period, out)
  }

  reset(): void {
    this.smooth.reset()
    this.end = undefined
    this.lastTime = undefined
    this.broken = undefined
  }

  snapshot(): RowTimesState {
    const { smooth, regularity, end, lastTime, arrival } = this
    return {
      smooth: smooth.snapshot(),
      regularity: regularity.snapshot(),
      end: end ?? null,
      lastTime: lastTime ?? null,
      arrival: arrival ?? null,
    }
  }

  restore({ smooth, regularity, end, lastTime, arrival }: RowTimesState): void {
    this.smooth.restore(smooth)
    this.regularity.restore(regularity)
    this.end = end ?? undefined
    this.lastTime = lastTime ?? undefined
    this.arrival = arrival ?? undefined
  }

  private isGap(step: number, period: number): boolean {
    if (!this.regularity.isIrregular) return step > 1.5 * period
    return step > Math.max(IRREGULAR_GAP_MS, IRREGULAR_GAP_PERIODS * period)
  }

  /** Begin of a separate recording: by arrival, but never so near to the one before that they look like one. */
  private apart(start: number, period: number): number {
    const { end } = this
    const apart = Math.max(APART_MS, APART_PERIODS * period)
    return end !== undefined && Math.abs(start - end) < apart ? end + apart : start
  }

  /** Tells a break announced before; true where there was one. */
  private told(start: number, out: Timed): boolean {
    const { broken, end } = this
    this.broken = undefined
    if (broken === undefined || end === undefined) return false
    out.events.push({ kind: broken, from: end, to: start, missing: 0 })
    return true
  }

  private tellHoles(
    offsets: ArrayLike<number> | undefined,
    rows: number,
    start: number,
    period: number,
    out: Timed,
  ): number {
    if (offsets === undefined) return 0
    let lost = 0
    for (let i = 1; i < rows; i++) {
      const missing = offsets[i]! - offsets[i - 1]! - 1
      if (missing === 0) continue
      lost += missing
      const from = start + (offsets[i - 1]! + 1 - offsets[0]!) * period
      out.events.push({ kind: 'gap', from, to: from + missing * period, missing })
    }
    return lost
  }

  private give(pieces: readonly Piece[], end: number, out: Timed): void {
    out.pieces.push(...pieces)
    this.end = end
  }
}

/** ms per row, 0 where the rate is not known. */
function periodOf({ rate }: Samples): number {
  return rate === undefined ? 0 : 1000 / rate
}
