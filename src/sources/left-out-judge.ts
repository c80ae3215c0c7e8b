/** Told so long after the first, so that the number says what it is like. */
const SPAN_MS = 5000
/** Without any for so long, the next one is news again. */
const QUIET_MS = 60_000

/** Samples that were left out since the start. */
export interface LeftOut {
  /** With the time or count of one before. */
  readonly duplicates: number
  /** Older than one before. */
  readonly late: number
}

/** Finds out when it is news that samples of a stream are left out: once, as long as it goes on. */
export class LeftOutJudge {
  private before: LeftOut = { duplicates: 0, late: 0 }
  private total = 0
  private begin?: number
  private last = 0
  private isTold = false

  /** Takes the counts so far; gives those of this spell where they are news. Call it with samples and with each tick. */
  take({ duplicates, late }: LeftOut, now: number): (LeftOut & { readonly seconds: number }) | undefined {
    const total = duplicates + late
    if (total > this.total) {
      this.begin ??= now
      this.last = now
      this.total = total
    }
    if (this.begin === undefined) return undefined
    const { before } = this
    const passed = now - this.begin
    if (!this.isTold && passed >= SPAN_MS) {
      this.isTold = true
      const seconds = Math.round(passed / 100) / 10
      return { duplicates: duplicates - before.duplicates, late: late - before.late, seconds }
    }
    if (now - this.last >= QUIET_MS) {
      this.before = { duplicates, late }
      this.begin = undefined
      this.isTold = false
    }
    return undefined
  }

  /** The clock was set by so many ms. */
  clockSet(step: number): void {
    if (this.begin !== undefined) this.begin += step
    this.last += step
  }
}
