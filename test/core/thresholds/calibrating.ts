import { Calibrator } from '../../../src/core/calibrator'
import { readCalibrationSettings } from '../../../src/core/thresholds/settings'
import { scored } from './simulated-scores'

export const calibrator = (config: Record<string, unknown> = {}, size = 99): Calibrator =>
  new Calibrator(readCalibrationSettings(config, size))

/** Feeds normal windows until it is calibrated; gives back the number of the next window. */
export function calibrate(target: Calibrator, score: () => number, from = 0): number {
  let i = from
  while (target.status.state === 'waiting' || target.status.state === 'learning')
    target.push(scored(i++, score()))
  return i
}
export const average = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length
export const spread = (values: readonly number[]): number => {
  const middle = average(values)
  return Math.sqrt(average(values.map((value) => (value - middle) ** 2)) / values.length)
}
