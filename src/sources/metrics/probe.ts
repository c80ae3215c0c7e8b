/** One measured value. */
export interface Reading {
  /** Name of the channel. */
  readonly name: string
  readonly unit: string
  readonly value: number
}

/** Something of the machine that can be measured. */
export interface Probe {
  /**
   * What there is now; nothing where the machine lacks it. A rate needs two readings, so the first gives nothing either.
   * @param now ms since the epoch
   */
  read(now: number): Promise<readonly Reading[]>
}

/** A share in percent, 0 to 100; undefined where nothing was counted. */
export function percent(part: number, whole: number): number | undefined {
  if (!(whole > 0)) return undefined
  return Math.min(100, Math.max(0, (100 * part) / whole))
}

/** A reading where there is a value. */
export function reading(name: string, unit: string, value: number | undefined): readonly Reading[] {
  return value === undefined || !Number.isFinite(value) ? [] : [{ name, unit, value }]
}
