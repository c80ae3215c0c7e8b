import { FanRig, FAN_DEFAULTS, type FanSettings } from '../../src/core/simulate/fan-rig'
import { Random } from '../../src/core/random'

/** Rows of a fan as CSV lines `ax,ay,az`, without a header. */
export function fanRows(rows: number, settings: Partial<FanSettings> = {}): readonly string[] {
  const data = new FanRig({ ...FAN_DEFAULTS, ...settings }).next(rows)!
  return Array.from({ length: rows }, (_, i) => Array.from(data.subarray(i * 3, i * 3 + 3)).join(','))
}

/** Rows of correlated normal numbers, and the numbers as the terminal reads them. */
export function normalRows(
  rows: number,
  seed: number,
  shift = 0,
): { readonly values: readonly (readonly number[])[]; readonly lines: readonly string[] } {
  const random = new Random(seed)
  const values = Array.from({ length: rows }, () => {
    const common = random.normal()
    return [common + 0.3 * random.normal() + shift, 10 * common + random.normal(), random.normal()].map(
      Math.fround,
    )
  })
  return { values, lines: values.map((row) => row.join(',')) }
}
