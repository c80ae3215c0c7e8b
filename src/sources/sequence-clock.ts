/** A count this far behind is a device that started anew, not a late sample. */
const RESTART_COUNTS = 10_000

/** Makes a steady key of a device's count: one that starts over at its modulus goes on. */
export class SequenceClock {
  private newest?: number

  constructor(private readonly modulus?: number) {}

  /** Key of a count; undefined where the device restarted: call `begin`. @param modulus where the data tell it */
  key(count: number, modulus = this.modulus): number | undefined {
    const { newest } = this
    if (newest === undefined) return undefined
    if (modulus === undefined) return newest - count > RESTART_COUNTS ? undefined : count
    const ahead = remainder(count - newest, modulus)
    const step = ahead > modulus / 2 ? ahead - modulus : ahead
    return -step > RESTART_COUNTS ? undefined : newest + step
  }

  begin(count: number): number {
    this.newest = count
    return count
  }

  advance(key: number): void {
    if (this.newest === undefined || key > this.newest) this.newest = key
  }

  get newestKey(): number | undefined {
    return this.newest
  }

  reset(): void {
    this.newest = undefined
  }

  snapshot(): number | null {
    return this.newest ?? null
  }

  restore(newest: number | null): void {
    this.newest = newest ?? undefined
  }
}

function remainder(value: number, modulus: number): number {
  return ((value % modulus) + modulus) % modulus
}
