/** Whoever waits for an item. */
interface Waiter {
  readonly finish: () => void
  readonly fail: (error: unknown) => void
}

export interface QueueOptions<T> {
  /** So many items that may be dropped wait at most. */
  readonly capacity: number
  /** Handles a batch, in order; gives back the error of each item that failed (a throw fails them all). */
  work(batch: readonly T[]): Promise<readonly unknown[]>
  /** How many of the waiting items, from the first on, may be worked on together (≥ 1). */
  batchOf(waiting: readonly T[]): number
  /** False for what must never be lost; it does not count towards the capacity. */
  mayDrop(item: T): boolean
  /** Is told of each item that is dropped; its message still counts as done. */
  onDrop(item: T): void
}

/**
 * Keeps arrival order through asynchronous work: items are worked on in batches, one batch at a time. Bounded: when full,
 * the oldest waiting item that may be lost is dropped and counted, so that the newest data are always the ones that are scored.
 */
export class OrderedQueue<T> {
  private readonly items: T[] = []
  /** One per item. */
  private readonly waiters: Waiter[] = []
  private running = false
  /** Waiting items that may be dropped. */
  private droppable = 0
  private droppedCount = 0

  constructor(private readonly options: QueueOptions<T>) {}

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

  /** Resolves when the item has been worked on or dropped; rejects with what the work threw. */
  push(item: T): Promise<void> {
    return new Promise((finish, fail) => {
      const { capacity, mayDrop } = this.options
      if (mayDrop(item)) {
        if (this.droppable >= capacity) this.dropOldest()
        this.droppable++
      }
      this.items.push(item)
      this.waiters.push({ finish, fail })
      if (!this.running) void this.run()
    })
  }

  /** Drops all that waits; what is being worked on goes on. */
  clear(): void {
    for (const { finish } of this.take(this.items.length).waiters) finish()
  }

  private dropOldest(): void {
    const { mayDrop, onDrop } = this.options
    const { items, waiters } = this.take(1, this.items.findIndex(mayDrop))
    this.droppedCount++
    onDrop(items[0]!)
    waiters[0]!.finish()
  }

  private take(count: number, from = 0): { items: readonly T[]; waiters: readonly Waiter[] } {
    const items = this.items.splice(from, count)
    this.droppable -= items.filter(this.options.mayDrop).length
    return { items, waiters: this.waiters.splice(from, count) }
  }

  private async run(): Promise<void> {
    this.running = true
    while (this.items.length > 0) {
      const { items, waiters } = this.take(Math.max(1, this.options.batchOf(this.items)))
      try {
        const errors = await this.options.work(items)
        waiters.forEach((waiter, i) => (errors[i] === undefined ? waiter.finish() : waiter.fail(errors[i])))
      } catch (error) {
        for (const waiter of waiters) waiter.fail(error)
      }
    }
    this.running = false
  }
}
