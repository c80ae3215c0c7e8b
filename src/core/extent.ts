import { ConfigError, InputError } from './errors'
import { readChoice, readNumber, readWhole } from './read-settings'

/** A length of time: a number of samples, or seconds at the rate of the samples. */
export interface Extent {
  readonly value: number
  readonly unit: 'samples' | 'seconds'
}

const MAX_SAMPLES = 1_000_000

/** The usual hop of windows of `rows` rows: half of them, of an odd number the larger half. */
export function usualHop(rows: number): number {
  return Math.round(rows / 2)
}

/** @throws ConfigError where it is no length that a window or hop may have */
export function checkExtent(field: 'length' | 'hop', extent: Extent): void {
  const unit = readChoice(`${field}.unit`, extent.unit, ['samples', 'seconds'])
  const name = `${field}.value`
  if (unit === 'samples') readWhole(name, extent.value, { min: 1, max: MAX_SAMPLES })
  else if (readNumber(name, extent.value, { min: 0, max: MAX_SAMPLES }) === 0) {
    throw new ConfigError('settings.notPositive', { field: name, got: 0 })
  }
}

/** Its length in rows. @throws InputError where it is in seconds and frames have no rate, or another length than a window may have */
export function samplesOf(field: 'length' | 'hop', extent: Extent, rate: number | undefined): number {
  if (extent.unit === 'samples') return extent.value
  if (rate === undefined) throw new InputError('frame.noRate', { field })
  const rows = Math.round(extent.value * rate)
  if (rows < 1 || rows > MAX_SAMPLES) {
    throw new InputError('frame.badLength', {
      field,
      seconds: extent.value,
      rate,
      got: rows,
      max: MAX_SAMPLES,
    })
  }
  return rows
}
