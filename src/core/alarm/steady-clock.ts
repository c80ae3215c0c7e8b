/** A clock that is looked at at least this often; a longer step between two looks is a clock that was set, or a machine that slept. */
export const HEARTBEAT_MS = 30_000
const LARGEST_STEP_MS = 2 * HEARTBEAT_MS

/**
 * Turns wall-clock times, which NTP may set forward and back, into a time that only ever goes on. A step backwards or by
 * more than a minute does not count, so that no hold, snooze or silence runs out by it. The caller looks every 30 s.
 */
export class SteadyClock {
  private steady = 0
  private wall?: number
  private restored = false

  /** Looks at the wall clock. @returns ms of the steady time */
  look(wall: number): number {
    const step = this.wall === undefined ? 0 : wall - this.wall
    // A process that was stopped for a while: what was to last a time has lasted on.
    if (step > 0 && (step <= LARGEST_STEP_MS || this.restored)) this.steady += step
    this.restored = false
    this.wall = wall
    return this.steady
  }

  /** True where the next look may tell of a time during which nothing could be seen. */
  get justRestored(): boolean {
    return this.restored
  }

  /** True where a look at this time would tell of more than a minute since the last one. */
  wasAway(wall: number): boolean {
    return this.wall !== undefined && Math.abs(wall - this.wall) > LARGEST_STEP_MS
  }

  /** The wall-clock time of a steady time. */
  toWall(steady: number): number {
    return (this.wall ?? 0) + steady - this.steady
  }

  get now(): number {
    return this.steady
  }

  snapshot(): { steady: number; wall: number | null } {
    return { steady: this.steady, wall: this.wall ?? null }
  }

  /** @returns false where it is not what `snapshot` gave */
  restore(saved: unknown): boolean {
    const { steady, wall } = (saved ?? {}) as { steady?: unknown; wall?: unknown }
    if (typeof steady !== 'number' || !Number.isFinite(steady)) return false
    this.steady = steady
    this.wall = typeof wall === 'number' && Number.isFinite(wall) ? wall : undefined
    this.restored = true
    return true
  }
}
