/** Seconds that the rate is averaged over. */
const SPAN_S = 5

/** Rows per second of the last full seconds, by arrival; for a status. */
export class RateMeter {
  private readonly counts = new Float64Array(SPAN_S + 1)
  private second = -Infinity
  private first = Infinity

  add(rows: number, now: number): void {
    this.turnTo(Math.floor(now / 1000))
    this.counts[slot(this.second)]! += rows
  }

  /** Hz; 0 where nothing came for the span. */
  rate(now: number): number {
    const second = Math.floor(now / 1000)
    this.turnTo(second)
    const full = Math.min(SPAN_S, second - this.first)
    if (full < 1) return this.counts[slot(second)]!
    let sum = 0
    for (let back = 1; back <= full; back++) sum += this.counts[slot(second - back)]!
    return sum / full
  }

  private turnTo(second: number): void {
    if (second === this.second) return
    // A clock that was set begins the measurement anew.
    if (second < this.second || second - this.second > SPAN_S) {
      this.counts.fill(0)
      this.first = second
    } else for (let s = this.second + 1; s <= second; s++) this.counts[slot(s)] = 0
    this.second = second
  }
}

function slot(second: number): number {
  return ((second % (SPAN_S + 1)) + SPAN_S + 1) % (SPAN_S + 1)
}
