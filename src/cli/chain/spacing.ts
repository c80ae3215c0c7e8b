/** Rows of windows, over all files. */
interface Rows {
  readonly from: number
  readonly to: number
}

/** Picks windows that share no data: overlapping ones are not exchangeable with new ones. A tenth of a window is let go, as in the flow. */
export class Spacing {
  private until = -Infinity

  /** True where the window shares no data with the last one that was taken; then it is taken. */
  take({ from, to }: Rows): boolean {
    if (from < this.until - 0.1 * (to - from)) return false
    this.until = to
    return true
  }
}
