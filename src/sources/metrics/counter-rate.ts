interface Count {
  readonly count: number
  readonly time: number
}

/** Turns counters that only grow, one per device, into the rate per second of all of them together. */
export class CounterRates {
  private before = new Map<string, Count>()

  /**
   * A counter that began anew has counted from 0; a device that is new counts from the next reading on, and one that went is left out.
   * @returns undefined where no device has been seen twice
   */
  push(counts: ReadonlyMap<string, number>, now: number): number | undefined {
    let rate: number | undefined
    const seen = new Map<string, Count>()
    for (const [name, count] of counts) {
      seen.set(name, { count, time: now })
      const last = this.before.get(name)
      if (last === undefined || now <= last.time) continue
      const grown = count < last.count ? count : count - last.count
      rate = (rate ?? 0) + (1000 * grown) / (now - last.time)
    }
    this.before = seen
    return rate
  }
}
