/** Keys remembered to tell a duplicate from a late sample. */
const REMEMBERED = 1024

export interface KeyMemoryState {
  readonly last: number | null
  readonly recent: readonly number[]
}

/** The keys of the rows given out: a key must be greater than all before it. */
export class KeyMemory {
  private greatest = -Infinity
  private readonly recent = new Float64Array(REMEMBERED)
  private count = 0

  /** What a row of this key is; looks at recent keys only where it is not new. */
  classify(key: number): 'new' | 'duplicate' | 'late' {
    if (key > this.greatest) return 'new'
    for (let i = Math.min(this.count, REMEMBERED) - 1; i >= 0; i--)
      if (this.recent[i] === key) return 'duplicate'
    return 'late'
  }

  /** Takes the key of a row that is given out. */
  commit(key: number): void {
    this.greatest = key
    this.recent[this.count++ % REMEMBERED] = key
  }

  /** Undefined before the first. */
  get last(): number | undefined {
    return this.greatest === -Infinity ? undefined : this.greatest
  }

  reset(): void {
    this.greatest = -Infinity
    this.count = 0
  }

  snapshot(): KeyMemoryState {
    const kept = Math.min(this.count, REMEMBERED)
    return { last: this.last ?? null, recent: Array.from(this.recent.subarray(0, kept)) }
  }

  restore({ last, recent }: KeyMemoryState): void {
    this.greatest = last ?? -Infinity
    this.recent.set(recent.slice(0, REMEMBERED))
    this.count = Math.min(recent.length, REMEMBERED)
  }
}
