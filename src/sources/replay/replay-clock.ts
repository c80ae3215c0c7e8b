/** Between recordings that do not go together lies at least so much time, ms, and so many sampling periods: no window spans it. */
const PART_MS = 10_000
const PART_PERIODS = 100

/**
 * Puts recordings one after the other on one time axis, in ms, that only goes on: times of a recording keep their distances, and begin
 * where they were recorded unless that lies before the end of what was replayed already.
 */
export class ReplayClock {
  /** Time that was put between recordings, ms: nobody has to wait for it. */
  skipped = 0
  private offset = 0
  private end = NaN
  private readonly gap: number

  /**
   * @param begin time of the first row; undefined: where it was recorded
   * @param period between rows, ms, where it is known
   */
  constructor(
    private readonly begin: number | undefined,
    period = 0,
  ) {
    this.gap = Math.max(PART_MS, PART_PERIODS * period)
  }

  /** Time of the first of rows that have none. @param isPart they do not continue what was before */
  next(isPart: boolean, fallback: number): number {
    if (Number.isNaN(this.end)) return this.begin ?? fallback
    if (!isPart) return this.end
    this.skipped += this.gap
    return this.end + this.gap
  }

  /**
   * What to add to recorded times. Time that runs backwards is another recording, whatever was said of it.
   * @param time recorded time of the first row of what comes next
   * @param isPart it does not continue what was before
   * @param late how far behind something may come that belongs to what was before, ms
   */
  place(time: number, isPart: boolean, late = 0): number {
    if (Number.isNaN(this.end)) {
      if (this.begin !== undefined) this.offset = this.begin - time
      return this.offset
    }
    const at = time + this.offset
    const behind = this.end + (isPart ? this.gap : -late) - at
    if (behind > 0) {
      this.offset = this.end + this.gap - time
      this.skipped += this.gap
    }
    return this.offset
  }

  /** @param end of what was just placed, replayed time */
  passed(end: number): void {
    if (!(end <= this.end)) this.end = end
  }
}
