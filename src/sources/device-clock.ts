/** Device times within 2000 … 2100 are taken for ms since the epoch; others count from an unknown start, such as the device's. */
const EPOCH_FROM = 946_684_800_000
const EPOCH_TO = 4_102_444_800_000
/** A step back beyond this is a step of the clock; up to it, samples are late. */
const JUMP_MS = 60_000
/** Time constant and greatest share of the correction of a clock that counts from an unknown start. */
const CORRECTION_MS = 60_000
const MAX_SHARE = 0.01

export interface DeviceClockState {
  readonly newest: number | null
  readonly wrapped: number
  readonly offset: number | null
}

/**
 * Makes a steady key of a device's times: counters that start over (32 bits of µs or ms) go on, and a clock that was set is
 * told. `toEpoch` turns keys to ms since the epoch: for a clock that counts from an unknown start, by the time of arrival.
 */
export class DeviceClock {
  /** Greatest key so far. */
  private newest?: number
  /** ms added to the raw time for counters that started over. */
  private wrapped = 0
  /** Undefined: the device's clock knows the time. */
  private offset?: number

  /**
   * Key of a raw time in ms; undefined where the clock was set since (or the device restarted): call `begin`.
   * @param wrap ms after which the device's counter starts over; 0: never
   */
  key(raw: number, wrap: number): number | undefined {
    const { newest } = this
    if (newest === undefined) return undefined
    const isRelative = this.offset !== undefined
    if (isRelative === isEpoch(raw)) return undefined
    let key = raw + this.wrapped
    // Of a short count, what is nearer is meant.
    const near = Math.min(JUMP_MS, wrap / 2)
    if (isRelative && Math.abs(key + wrap - newest) < near) {
      this.wrapped += wrap
      key += wrap
    } else if (isRelative && Math.abs(key - wrap - newest) < near) {
      // Late, from before the counter started over.
      key -= wrap
    }
    return key - newest < -JUMP_MS ? undefined : key
  }

  /** Takes up a clock that was set. @param raw the first time after that @param last the last raw time that came with it */
  begin(raw: number, last: number, arrival: number): number {
    this.wrapped = 0
    this.offset = isEpoch(raw) ? undefined : arrival - Math.max(raw, last)
    this.newest = raw
    return raw
  }

  /** Tells the greatest key of an arrival. */
  advance(key: number, arrival: number): void {
    const step = key - (this.newest ?? key)
    if (step < 0) return
    if (this.offset !== undefined) {
      const off = arrival - (key + this.offset)
      const most = MAX_SHARE * step
      this.offset += Math.max(-most, Math.min(most, off * (1 - Math.exp(-step / CORRECTION_MS))))
    }
    this.newest = key
  }

  /** Our own clock was set by so many ms: a clock that was put on it moves with it. */
  shift(step: number): void {
    if (this.offset !== undefined) this.offset += step
  }

  /** ms since the epoch of a key. */
  toEpoch(key: number): number {
    return key + (this.offset ?? 0)
  }

  get newestKey(): number | undefined {
    return this.newest
  }

  reset(): void {
    this.newest = undefined
    this.offset = undefined
    this.wrapped = 0
  }

  snapshot(): DeviceClockState {
    const { newest, wrapped, offset } = this
    return { newest: newest ?? null, wrapped, offset: offset ?? null }
  }

  restore({ newest, wrapped, offset }: DeviceClockState): void {
    this.newest = newest ?? undefined
    this.wrapped = wrapped
    this.offset = offset ?? undefined
  }
}

function isEpoch(time: number): boolean {
  return time >= EPOCH_FROM && time < EPOCH_TO
}
