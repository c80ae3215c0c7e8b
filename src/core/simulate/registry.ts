import { readNumber, readWhole } from '../read-settings'
import { fan } from './fan-simulator'
import { pi } from './pi'
import { RandomFaults } from './random-faults'
import { sensors } from './sensors'
import type { Simulator, SimulatorSpec } from './simulator'

/** Every simulated machine: one file, one line here. */
export const SIMULATORS: readonly SimulatorSpec[] = [fan, sensors, pi]

/** Most random faults in an hour. */
export const MAX_PER_HOUR = 3600

/**
 * Makes a machine with its settings, and with random faults where `faultsPerHour` is above 0.
 * @throws ConfigError
 */
export function makeSimulator(spec: SimulatorSpec, settings: Readonly<Record<string, unknown>>): Simulator {
  const machine = spec.make(settings)
  const perHour = readNumber('faultsPerHour', settings['faultsPerHour'], {
    min: 0,
    max: MAX_PER_HOUR,
    fallback: 0,
  })
  if (perHour === 0) return machine
  const seed = readWhole('seed', settings['seed'], { min: 0, max: 0xffffffff, fallback: 1 })
  return new RandomFaults(machine, spec.faults(settings), perHour, seed)
}
