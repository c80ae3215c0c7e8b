/** Share of irregular steps above which a stream counts as irregular, and below which as regular again. */
const IRREGULAR_FROM = 0.2
const REGULAR_BELOW = 0.02
/** Steps that the share is averaged over. */
const STEPS = 64
/** Steps that one arrival must have to decide at once. */
const ENOUGH = 8

export interface RegularityState {
  readonly share: number
  readonly seen: number
  readonly isIrregular: boolean
}

/**
 * Decides whether times are regular within their jitter. A step is irregular where it differs by more than half a period from
 * one period; the decision sticks, since a stream that changes its mind begins its windows anew each time.
 */
export class Regularity {
  isIrregular = false
  /** Average share of irregular steps. */
  private share = 0
  private seen = 0

  /** Takes the steps of one arrival, in ms. @param period ms */
  take(steps: readonly number[], period: number): void {
    if (steps.length === 0) return
    const irregular = steps.filter((step) => Math.abs(step / period - 1) > 0.5).length
    if (this.seen < ENOUGH && steps.length >= ENOUGH) this.share = irregular / steps.length
    else this.share += (1 - Math.exp(-steps.length / STEPS)) * (irregular / steps.length - this.share)
    this.seen += steps.length
    if (this.share > IRREGULAR_FROM) this.isIrregular = true
    else if (this.share < REGULAR_BELOW) this.isIrregular = false
  }

  snapshot(): RegularityState {
    const { share, seen, isIrregular } = this
    return { share, seen, isIrregular }
  }

  restore({ share, seen, isIrregular }: RegularityState): void {
    this.share = share
    this.seen = seen
    this.isIrregular = isIrregular
  }
}
