import type { Clock } from '../../../src/sources/i2c/clock'

/** Time that passes only when told to. Starts at uptime 0, 2026-01-01. */
export class ManualClock implements Clock {
  static readonly EPOCH = Date.UTC(2026, 0, 1)
  private time = 0
  private timers: { readonly due: number; readonly action: () => void }[] = []
  /** What `random` gives. */
  chance = 0

  now(): number {
    return ManualClock.EPOCH + this.time
  }

  uptime(): number {
    return this.time
  }

  random(): number {
    return this.chance
  }

  after(ms: number, action: () => void): () => void {
    const timer = { due: this.time + ms, action }
    this.timers.push(timer)
    return () => {
      this.timers = this.timers.filter((one) => one !== timer)
    }
  }

  /** Timers that wait. */
  get waiting(): number {
    return this.timers.length
  }

  /** Time until the next timer, ms. */
  get next(): number {
    return Math.min(...this.timers.map((timer) => timer.due)) - this.time
  }

  /** Lets time pass, timer by timer, with all that follows from each in promises. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms
    await settle()
    for (;;) {
      const timer = this.timers.filter((one) => one.due <= end).sort((a, b) => a.due - b.due)[0]
      if (timer === undefined) break
      this.timers = this.timers.filter((one) => one !== timer)
      this.time = Math.max(this.time, timer.due)
      timer.action()
      await settle()
    }
    this.time = end
  }
}

/** Lets promises run that wait for nothing but each other. */
async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise<void>((resolve) => setImmediate(resolve))
}
