/** Parts that the span is divided into: a value is forgotten up to one part before its time. */
const PARTS = 64

/**
 * Lowest and highest value of the last `span` ms, in constant memory however many samples that is. Cost per value: constant.
 */
export class RecentRange {
  private readonly lowest = new Float64Array(PARTS)
  private readonly highest = new Float64Array(PARTS)
  /** Which part of time each place holds. */
  private readonly parts = new Float64Array(PARTS).fill(NaN)

  constructor(private readonly span: number) {}

  clear(): void {
    this.parts.fill(NaN)
  }

  /** Takes a value at a time in ms that is not before the last one. */
  add(value: number, time: number): void {
    const part = Math.floor((time / this.span) * PARTS)
    const place = ((part % PARTS) + PARTS) % PARTS
    if (this.parts[place] !== part) {
      this.parts[place] = part
      this.lowest[place] = value
      this.highest[place] = value
      return
    }
    if (value < this.lowest[place]!) this.lowest[place] = value
    if (value > this.highest[place]!) this.highest[place] = value
  }

  /** The largest distance of `value` from any value of the last span before `time`. */
  farthest(value: number, time: number): number {
    const oldest = Math.floor((time / this.span) * PARTS) - PARTS + 1
    let distance = 0
    for (let place = 0; place < PARTS; place++) {
      // False for a place that was never written, too.
      if (!(this.parts[place]! >= oldest)) continue
      distance = Math.max(distance, value - this.lowest[place]!, this.highest[place]! - value)
    }
    return distance
  }
}
