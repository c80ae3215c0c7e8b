/** Something that waits for its turn. */
interface Entry<T> {
  readonly item: T
  readonly finish: () => void
  readonly fail: (error: unknown) => void
}

/**
 * Keeps arrival order through asynchronous work: items are worked on in batches, one batch at a time. Bounded: when full,
 * the oldest waiting item is dropped and counted, so that the newest data are always the ones that are scored.
 */
export class OrderedQueue<T> {
  private waiting: Entry<T>[] = []
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
    return this.waiting.length
  }

  /** Dropped since the last call. */
  takeDropped(): number {
    const count = this.droppedCount
    this.droppedCount = 0
    return count
  }

  get idle(): boolean {
    return !this.running && this.waiting.length === 0
  }

  /** Resolves when the item has been worked on or dropped; rejects with what the work threw. */
  push(item: T): Promise<void> {
    return new Promise((finish, fail) => {
      if (this.waiting.length >= this.capacity) {
        const oldest = this.waiting.shift()!
        this.droppedCount++
        this.onDrop(oldest.item)
        oldest.finish()
      }
      this.waiting.push({ item, finish, fail })
      if (!this.running) void this.run()
    })
  }

  /** Drops all that waits; what is being worked on goes on. */
  clear(): void {
    for (const entry of this.waiting.splice(0)) entry.finish()
  }

  private async run(): Promise<void> {
    this.running = true
    while (this.waiting.length > 0) {
      const count = Math.max(
        1,
        Math.min(this.waiting.length, this.batchOf(this.waiting.map((entry) => entry.item))),
      )
      const batch = this.waiting.splice(0, count)
      try {
        const errors = await this.work(batch.map((entry) => entry.item))
        batch.forEach((entry, i) => (errors[i] === undefined ? entry.finish() : entry.fail(errors[i])))
      } catch (error) {
        for (const entry of batch) entry.fail(error)
      }
    }
    this.running = false
  }
}
