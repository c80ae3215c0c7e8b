/**
 * Decides which scores enter a calibration that goes on while the machine runs. Single exceedances belong to normal
 * operation and enter: leaving out every score above the threshold lowers it, which flags more, and so on (1 % becomes
 * 74 %). A run of `limit` exceedances in a row is a fault, not chance: it is left out as a whole. Scores above the
 * threshold therefore wait until it is clear which of the two they are.
 */
export class RunFilter {
  private waiting: number[] = []
  private inRun = false

  /** @param limit exceedances in a row, of windows that share no data, that make a run */
  constructor(private readonly limit = 3) {}

  /** @returns the scores that enter now, oldest first */
  next(score: number, exceeds: boolean): readonly number[] {
    if (!exceeds) {
      const entering = this.inRun ? [score] : [...this.waiting, score]
      this.clear()
      return entering
    }
    if (this.inRun) return []
    this.waiting.push(score)
    if (this.waiting.length >= this.limit) {
      this.inRun = true
      this.waiting = []
    }
    return []
  }

  clear(): void {
    this.waiting = []
    this.inRun = false
  }

  snapshot(): { waiting: readonly number[]; inRun: boolean } {
    return { waiting: [...this.waiting], inRun: this.inRun }
  }

  restore(state: unknown): void {
    const { waiting, inRun } = (state ?? {}) as { waiting?: unknown; inRun?: unknown }
    this.waiting = Array.isArray(waiting)
      ? waiting.filter((score): score is number => Number.isFinite(score))
      : []
    this.inRun = inRun === true
  }
}
