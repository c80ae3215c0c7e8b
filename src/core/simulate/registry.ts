import { fan } from './fan-simulator'
import type { SimulatorSpec } from './simulator'

/** Every simulated machine: one file, one line here. */
export const SIMULATORS: readonly SimulatorSpec[] = [fan]
