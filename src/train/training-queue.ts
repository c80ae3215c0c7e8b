/**
 * Lets one training run at a time, in the order in which they were asked for: however many streams fill their blocks at once,
 * there is one thread, and the memory of one training.
 */
export class TrainingQueue {
  private busy = false
  private readonly waiting: (() => void)[] = []

  /**
   * Does the work when its turn has come.
   * @param options.waits is told, where the work has to wait, how many come before it
   * @throws what the work throws; the signal's reason once aborted while it waits
   */
  async run<T>(
    work: () => Promise<T>,
    options: { readonly signal?: AbortSignal; waits?(ahead: number): void } = {},
  ): Promise<T> {
    options.signal?.throwIfAborted()
    if (this.busy) {
      options.waits?.(this.waiting.length + 1)
      await this.turn(options.signal)
    }
    this.busy = true
    try {
      return await work()
    } finally {
      const next = this.waiting.shift()
      if (next === undefined) this.busy = false
      else next()
    }
  }

  private turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = (): void => {
        signal?.removeEventListener('abort', giveUp)
        resolve()
      }
      const giveUp = (): void => {
        this.waiting.splice(this.waiting.indexOf(begin), 1)
        reject(signal?.reason as Error)
      }
      signal?.addEventListener('abort', giveUp, { once: true })
      this.waiting.push(begin)
    })
  }
}
