import type { ChipSettings } from '../../../../src/sources/i2c/chip'

/** Settings of a chip for a test; what is not given is ± 2 g, ± 250 °/s, 100 Hz, accelerometer only, in g. */
export function settingsOf(given: Partial<ChipSettings>): ChipSettings {
  return { range: 2, gyroRange: 250, rate: 100, gyroscope: false, temperature: false, unit: 'g', ...given }
}

/** Asserts each value to within `tolerance`, naming the first that differs. */
export function near(actual: Float64Array, expected: readonly number[], tolerance = 1e-12): void {
  if (actual.length !== expected.length) throw new Error(`${actual.length} values, not ${expected.length}`)
  expected.forEach((value, i) => {
    if (!(Math.abs(actual[i]! - value) <= tolerance))
      throw new Error(`value ${i} is ${actual[i]}, not ${value}`)
  })
}
