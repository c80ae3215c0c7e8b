/** Time between two reports of lost samples, ms: a bus too slow for the rate overflows again and again. */
const REPORT_PERIOD = 10_000

/** Counts the samples of a FIFO, lost ones included, so that the count goes with the time. Times are uptimes in ms. */
export class SampleCount {
  private count: number
  /** Until then all samples are accounted for. */
  private accounted = 0
  private lost = 0
  private reported = -Infinity

  /**
   * Counts of later connections begin far below those of earlier ones, so that whoever orders samples by their count
   * sees at once that it began anew, and takes no sample for a late one.
   * @param period of sampling, ms
   * @param opened when the connection was opened, ms since the epoch
   */
  constructor(
    private readonly period: number,
    opened: number,
  ) {
    this.count = -1000 * Math.floor(opened)
  }

  /** Count of the next row. */
  get next(): number {
    return this.count
  }

  /** The FIFO was started for the first time. */
  begin(now: number): void {
    this.accounted = now
  }

  /** The FIFO was started anew: what came since the last row is lost. */
  restart(now: number): void {
    const lost = Math.max(1, Math.round((now - this.accounted) / this.period))
    this.count += lost
    this.lost += lost
    this.accounted = now
  }

  /** Rows up to `now` were read. */
  take(rows: number, now: number): void {
    this.count += rows
    this.accounted = now
  }

  /** Number of lost samples that is to be reported now, 0 for none. */
  report(now: number): number {
    const { lost } = this
    if (lost === 0 || now - this.reported < REPORT_PERIOD) return 0
    this.lost = 0
    this.reported = now
    return lost
  }
}
