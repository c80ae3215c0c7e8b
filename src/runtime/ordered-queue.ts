/** Whoever waits for an item. */
interface Waiter {
  readonly finish: () => void
  readonly fail: (error: unknown) => void
  /** The item is never dropped. */
  readonly isKept: boolean
}

/**
 * Keeps arrival order through asynchronous work: items are worked on in batches, one batch at a time. Bounded: when full,
 * the oldest waiting item is dropped and counted, so that the newest data are always the ones that are scored.
 */
export class OrderedQueue<T> {
  private readonly items: T[] = []
  /** One per item. */
  private readonly waiters: Waiter[] = []
  private running = false
  private droppedCount = 0

  /**
   * @param work handles a batch, in order; gives back the error of each item that failed (a throw fails them all)
   * @param batchOf how many of the waiting items, from the first on, may be worked on together (≥ 1)
   * @param onDrop is told of each item that is dropped; its message still counts as done
   */
  constructor(
    private readonly capacity: number,
    private readonly work: (batch: readonly T[]) => Promise<readonly unknown[]>,
    private readonly batchOf: (waiting: readonly T[]) => number,
    private readonly onDrop: (item: T) => void,
  ) {}

  get length(): number {
    return this.items.length
  }

  /** Dropped since the last call. */
  takeDropped(): number {
    const count = this.droppedCount
    this.droppedCount = 0
    return count
  }

  get idle(): boolean {
    return !this.running && this.items.length === 0
  }

  /**
   * Resolves when the item has been worked on or dropped; rejects with what the work threw.
   * @param keep `kept`: this one is never dropped
   */
  push(item: T, keep: 'droppable' | 'kept' = 'droppable'): Promise<void> {
    return new Promise((finish, fail) => {
      if (this.items.length >= this.capacity) this.drop()
      this.items.push(item)
      this.waiters.push({ finish, fail, isKept: keep === 'kept' })
      if (!this.running) void this.run()
    })
  }

  private drop(): void {
    const oldest = this.waiters.findIndex(({ isKept }) => !isKept)
    if (oldest < 0) return
    const [item] = this.items.splice(oldest, 1)
    const [waiter] = this.waiters.splice(oldest, 1)
    this.droppedCount++
    this.onDrop(item!)
    waiter!.finish()
  }

  /** Drops all that waits; what is being worked on goes on. */
  clear(): void {
    this.items.length = 0
    for (const waiter of this.waiters.splice(0)) waiter.finish()
  }

  private async run(): Promise<void> {
    this.running = true
    while (this.items.length > 0) {
      const count = Math.max(1, Math.min(this.items.length, this.batchOf(this.items)))
      const batch = this.items.splice(0, count)
      const waiters = this.waiters.splice(0, count)
      try {
        const errors = await this.work(batch)
        waiters.forEach((waiter, i) => (errors[i] === undefined ? waiter.finish() : waiter.fail(errors[i])))
      } catch (error) {
        for (const waiter of waiters) waiter.fail(error)
      }
    }
    this.running = false
  }
}
