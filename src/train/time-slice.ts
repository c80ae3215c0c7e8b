import { setImmediate } from 'node:timers/promises'

/** Longest that a long piece of work holds the event loop at a time, ms. */
const SLICE_MS = 4

/** Cuts long work on the main thread into slices: `if (slice.isOver) await slice.next()`. */
export class TimeSlice {
  private began = performance.now()

  get isOver(): boolean {
    return performance.now() - this.began >= SLICE_MS
  }

  /** Lets everybody else have a turn. */
  async next(): Promise<void> {
    await setImmediate()
    this.began = performance.now()
  }
}
