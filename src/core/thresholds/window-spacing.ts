import { InputError } from '../errors'

const DIFFERENCES = 255

interface Span {
  readonly start: number
  readonly end: number
}

/**
 * Watches the times of the windows of one stream: how far apart they begin (the hop), and which of them share no data with
 * the last one that was taken for calibration. Overlapping windows are not exchangeable with new ones.
 */
export class WindowSpacing {
  private lastStart?: number
  private differences: number[] = []
  private at = 0
  private length = 0
  private taken?: Span
  private sinceTaken = 0

  /** Sees every window, in order of arrival. */
  see({ start, end }: Span): void {
    if (this.lastStart !== undefined && start > this.lastStart) {
      this.differences[this.at] = start - this.lastStart
      this.at = (this.at + 1) % DIFFERENCES
    }
    this.lastStart = start
    this.length = Math.max(0, end - start)
    this.sinceTaken++
  }

  /**
   * True where the evidence of a voted score shares no data with the last one taken. Stamps of arrival jitter,
   * so a tenth of a window is let go.
   * @param since begin of the oldest window of the vote
   * @param votes how many windows the vote looks back on
   */
  isApart(since: number, window: Span, votes: number): boolean {
    const { taken } = this
    if (taken === undefined || window.start < taken.start) return true
    return this.sinceTaken >= votes && since >= taken.end - 0.1 * this.length
  }

  take({ start, end }: Span): void {
    this.taken = { start, end }
    this.sinceTaken = 0
  }

  /** Seconds from one window to the next (the median, so gaps don't count; 0 where the windows have no times) and of a window. */
  get timing(): { hop: number; window: number } {
    const sorted = [...this.differences].sort((a, b) => a - b)
    const hop = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0
    return { hop: hop / 1000, window: this.length / 1000 }
  }

  /** What arrives is something else from now on; the rate goes on. */
  clear(): void {
    this.taken = undefined
    this.sinceTaken = 0
    this.lastStart = undefined
  }

  snapshot(): unknown {
    const { lastStart, differences, at, length, taken, sinceTaken } = this
    return { lastStart, differences: [...differences], at, length, taken, sinceTaken }
  }

  restore(state: unknown): void {
    const { lastStart, differences, at, length, taken, sinceTaken } = (state ?? {}) as Record<string, unknown>
    const ok =
      isOptionalTime(lastStart) &&
      Array.isArray(differences) &&
      differences.every(isTime) &&
      isTime(at) &&
      isTime(length) &&
      isTime(sinceTaken) &&
      (taken === undefined || (isTime((taken as Span).start) && isTime((taken as Span).end)))
    if (!ok) throw new InputError('threshold.badState', { field: 'spacing' })
    this.lastStart = lastStart
    this.differences = differences.slice(0, DIFFERENCES)
    this.at = at % DIFFERENCES
    this.length = length
    this.taken = taken as Span | undefined
    this.sinceTaken = sinceTaken
  }
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function isOptionalTime(value: unknown): value is number | undefined {
  return value === undefined || isTime(value)
}
