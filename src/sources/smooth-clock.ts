/** No delay up to this many ms is a gap: networks jitter. */
const SHORTEST_GAP_MS = 250
/** Samples may be ahead of their arrival by this much, as in a burst after a stall, before the clock counts as stepped. */
const LONGEST_LEAD_MS = 5000
/** Time constant of the correction, ms of data. */
const CORRECTION_MS = 2000
/** No correction beyond this share of the samples' own time, nor beyond this many ms: what follows must still look continuous. */
const MAX_SHARE = 0.1
const MAX_STEP_MS = 80

export interface Timing {
  /** Time of the first row, ms since the epoch. */
  readonly start: number
  /** Set where these rows do not continue the ones before. */
  readonly broken?: 'gap' | 'jump'
}

export interface SmoothClockState {
  readonly end: number | null
  readonly off: number
}

/**
 * Times for samples that have none, from their arrival and their number. The rule: samples follow each other at the nominal rate,
 * so a batch begins where the one before ended; the difference to arrival is corrected slowly (time constant 2 s of data, at most 10 % of the
 * batch), which follows a true rate that is up to 10 % off. Only an arrival later than max(250 ms, 3 batch lengths) is a gap, and
 * one earlier than max(5 s, 3 batch lengths) a step of the clock, unless a queue is being emptied. With a count, only the count makes gaps, and a difference to arrival
 * must last for 5 s of data to be taken for a step of the clock.
 */
export class SmoothClock {
  private end?: number
  private arrival = -Infinity
  /** ms of data for which arrival has been far off, with a count. */
  private off = 0

  /**
   * @param rows rows from the first to the last of this arrival
   * @param period ms per row, 0 where the rate is not known
   * @param missing rows lost before these, by a count; undefined without one
   */
  take(rows: number, period: number, arrival: number, missing?: number): Timing {
    const span = rows * period
    const passed = arrival - this.arrival
    this.arrival = arrival
    const timing = this.time(span, arrival - span, period, passed, missing)
    this.end = timing.start + span
    return timing
  }

  private time(span: number, measured: number, period: number, passed: number, missing?: number): Timing {
    if (this.end === undefined || period === 0) return { start: measured }
    const limit = Math.max(SHORTEST_GAP_MS, 3 * span)
    const lead = Math.max(LONGEST_LEAD_MS, 3 * span)
    const expected = this.end + (missing ?? 0) * period
    const off = measured - expected
    if (missing === undefined) {
      if (off > limit) return { start: measured, broken: 'gap' }
      if (off < -lead) {
        // While a queue is being emptied, samples come faster than they were taken: they still follow each other.
        const isBurst = passed >= 0 && passed < span / 2
        return isBurst ? { start: expected } : { start: measured, broken: 'jump' }
      }
    } else {
      // A long outage: the true rate is not exactly the nominal one, so arrival knows better how long it was.
      if (missing * period > limit && measured > this.end) return { start: measured, broken: 'gap' }
      this.off = Math.abs(off) > limit ? this.off + span : 0
      if (this.off > lead) {
        this.off = 0
        return { start: measured, broken: 'jump' }
      }
    }
    const most = Math.min(MAX_SHARE * span, MAX_STEP_MS)
    const correction = off * (1 - Math.exp(-span / CORRECTION_MS))
    return { start: expected + Math.max(-most, Math.min(most, correction)) }
  }

  /** End of the last row, ms since the epoch; undefined before the first. */
  get last(): number | undefined {
    return this.end
  }

  reset(): void {
    this.end = undefined
    this.off = 0
  }

  snapshot(): SmoothClockState {
    return { end: this.end ?? null, off: this.off }
  }

  restore({ end, off }: SmoothClockState): void {
    this.end = end ?? undefined
    this.off = off
  }
}
