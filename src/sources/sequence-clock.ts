/** A count this far behind is a device that started anew, not a late sample; one that begins at 0 or 1 need not be so far. */
const RESTART_COUNTS = 10_000
const BEGIN_COUNTS = 256

/** Makes a steady key of a device's count: one that starts over at its modulus goes on. */
export class SequenceClock {
  private newest?: number

  constructor(private readonly modulus?: number) {}

  /** Key of a count; undefined where the device restarted: call `begin`. @param modulus where the data tell it */
  key(count: number, modulus = this.modulus): number | undefined {
    const { newest } = this
    if (newest === undefined) return undefined
    if (modulus === undefined) return isRestart(count, newest - count) ? undefined : count
    const ahead = remainder(count - newest, modulus)
    const step = ahead > modulus / 2 ? ahead - modulus : ahead
    return isRestart(count, -step) ? undefined : newest + step
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

function isRestart(count: number, behind: number): boolean {
  return behind > (count <= 1 ? BEGIN_COUNTS : RESTART_COUNTS)
}

function remainder(value: number, modulus: number): number {
  return ((value % modulus) + modulus) % modulus
}
