const LEAST_AUTO_MS = 60_000
const AUTO_INTERVALS = 10
const WEIGHT = 0.1
// One long pause must not make the watch blind for the next one.
const LARGEST_GROWTH = 5

/** Watches for the absence of verdicts. Times are ms of the steady clock; `start` is the window's own time. */
export class Silence {
  private lastSeen: number
  private lastStart?: number
  private arrival = 0
  private hop = 0

  constructor(now: number) {
    this.lastSeen = now
  }

  see(now: number, start: number): void {
    this.arrival = smoothed(this.arrival, now - this.lastSeen)
    // Verdicts that were held back arrive in a burst: the windows' own times tell how far apart they usually are.
    if (this.lastStart !== undefined && start > this.lastStart)
      this.hop = smoothed(this.hop, start - this.lastStart)
    this.lastStart = start
    this.lastSeen = now
  }

  /** When silence becomes an alarm. */
  due(limit: 'off' | 'auto' | number): number {
    if (limit === 'off') return Infinity
    if (limit !== 'auto') return this.lastSeen + limit
    const usual = Math.max(this.arrival, this.hop)
    return usual === 0 ? Infinity : this.lastSeen + Math.max(LEAST_AUTO_MS, AUTO_INTERVALS * usual)
  }

  /** When what was said last is too old to count, whether silence is an alarm or not. */
  outdated(limit: 'off' | 'auto' | number): number {
    const usual = this.due('auto')
    return Math.min(this.due(limit), usual === Infinity ? this.lastSeen + LEAST_AUTO_MS : usual)
  }

  /** Nothing could be seen until now. */
  forgive(now: number): void {
    this.lastSeen = now
  }

  get since(): number {
    return this.lastSeen
  }

  snapshot(): readonly unknown[] {
    return [this.lastSeen, this.lastStart ?? null, this.arrival, this.hop]
  }

  /** @returns false where it is not what `snapshot` gave */
  restore(saved: unknown): boolean {
    if (!Array.isArray(saved)) return false
    const [lastSeen, lastStart, arrival, hop] = saved as readonly unknown[]
    if (![lastSeen, arrival, hop].every(Number.isFinite)) return false
    this.lastSeen = lastSeen as number
    this.lastStart = Number.isFinite(lastStart) ? (lastStart as number) : undefined
    this.arrival = arrival as number
    this.hop = hop as number
    return true
  }
}

function smoothed(before: number, now: number): number {
  if (before === 0) return now
  return before + WEIGHT * (Math.min(now, LARGEST_GROWTH * before) - before)
}
