/** Tells when the next of evenly spaced things is due. */
export class Pace {
  private begun?: number
  private count = 0

  /** @param perSecond 0: at once */
  constructor(private readonly perSecond: number) {}

  /** Resolves when the next one is due; what is late does not make up by a burst of more than a second. */
  next(): void | Promise<void> {
    if (this.perSecond === 0) return undefined
    const now = performance.now()
    this.begun ??= now
    const due = this.begun + (this.count * 1000) / this.perSecond
    if (now - due > 1000) this.begun += now - due
    this.count++
    return due <= now ? undefined : wait(due)
  }
}

async function wait(due: number): Promise<void> {
  for (let left = due - performance.now(); left > 0; left = due - performance.now())
    await new Promise((resolve) => setTimeout(resolve, left))
}
