/** Rows or messages held at most; beyond it the oldest go on at once. */
const MAX_HELD = 50_000

export interface Unit<T> {
  readonly key: number
  /** ms since the epoch. */
  readonly arrival: number
  readonly item: T
}

/**
 * Holds what came too early so that late ones find their place. With a count (`consecutive`), what continues goes on at once and only
 * what follows a hole waits for it; with times, everything waits until the newest time is `hold` ms further. Nothing waits longer than
 * `hold` ms after its arrival.
 */
export class ReorderBuffer<T> {
  /** Ascending by key. */
  private units: Unit<T>[] = []
  private released = -Infinity

  constructor(
    private readonly hold: number,
    private readonly consecutive: boolean,
  ) {}

  /** Takes a unit; `duplicate` where its key is held already, `late` where its place has gone on. */
  add(unit: Unit<T>): 'held' | 'duplicate' | 'late' {
    if (unit.key <= this.released) return unit.key === this.released ? 'duplicate' : 'late'
    let at = this.units.length
    while (at > 0 && this.units[at - 1]!.key > unit.key) at--
    if (at > 0 && this.units[at - 1]!.key === unit.key) return 'duplicate'
    this.units.splice(at, 0, unit)
    return 'held'
  }

  /** What may go on now, in order. */
  take(now: number): readonly Unit<T>[] {
    const { units } = this
    let count = Math.max(0, units.length - MAX_HELD)
    for (let i = units.length - 1; i >= count; i--) if (units[i]!.arrival <= now - this.hold) count = i + 1
    const newest = units[units.length - 1]?.key ?? 0
    while (count < units.length) {
      const before = count === 0 ? this.released : units[count - 1]!.key
      const { key } = units[count]!
      if (this.consecutive ? key !== before + 1 : key > newest - this.hold) break
      count++
    }
    return this.remove(count)
  }

  /** All that is held, in order; what comes then begins anew. */
  flush(): readonly Unit<T>[] {
    const all = this.remove(this.units.length)
    this.released = -Infinity
    return all
  }

  get size(): number {
    return this.units.length
  }

  private remove(count: number): readonly Unit<T>[] {
    const gone = this.units.splice(0, count)
    if (gone.length > 0) this.released = gone[gone.length - 1]!.key
    return gone
  }

  snapshot(): { readonly released: number | null; readonly units: readonly Unit<T>[] } {
    return { released: Number.isFinite(this.released) ? this.released : null, units: [...this.units] }
  }

  restore(state: { readonly released: number | null; readonly units: readonly Unit<T>[] }): void {
    this.released = state.released ?? -Infinity
    this.units = [...state.units]
  }
}
