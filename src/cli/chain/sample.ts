import type { Item } from './cutter'

/** An item with something to learn from. */
export type Framed = Item & { readonly frame: NonNullable<Item['frame']> }

/** Most frames, and most values in them, that are learned from; of longer recordings every k-th frame is taken. */
const MOST_FRAMES = 65_536
const MOST_VALUES = 16_777_216
const FEWEST = 256

/**
 * Frames in bounded memory, evenly spread over all that came: once there are too many, every second one is dropped and only every
 * second one of those to come is taken. So the order of time and the share of each part of it stay.
 */
export class Sample {
  /** Frames that came. */
  seen = 0
  private step = 1
  private kept: Framed[] = []

  /** @param most frames kept; by the size of the first one where it is not given */
  constructor(private most?: number) {}

  add(item: Framed): void {
    this.most ??= Math.max(FEWEST, Math.min(MOST_FRAMES, Math.floor(MOST_VALUES / item.frame.data.length)))
    if (this.seen++ % this.step !== 0) return
    this.kept.push(item)
    if (this.kept.length <= this.most) return
    this.kept = this.kept.filter((_, i) => i % 2 === 0)
    this.step *= 2
  }

  /** Oldest first. */
  get items(): readonly Framed[] {
    return this.kept
  }

  /** One of so many frames is kept. */
  get every(): number {
    return this.step
  }
}
