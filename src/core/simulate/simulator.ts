import type { MessageKey } from '../messages'

/** A machine that is not there: deterministic with a seed, and it can be told to misbehave. */
export interface Simulator {
  readonly channels: readonly string[]
  readonly units: readonly string[]
  /** Hz */
  readonly rate: number
  /** What it does now: `normal`, or what is wrong with it. */
  readonly label: string
  /** The next rows (rows × channels values); undefined while nothing comes from the sensor: time goes on all the same. */
  next(rows: number): Float32Array | undefined
  /** Changes what it does: the properties it knows, the others stay. @throws InputError that names the property */
  order(order: Readonly<Record<string, unknown>>): void
}

/** An entry of the registry. */
export interface SimulatorSpec {
  readonly name: string
  readonly labelKey: MessageKey
  /** Rows that a message has by default. */
  readonly batch: number
  /** @throws ConfigError */
  make(settings: Readonly<Record<string, unknown>>): Simulator
}
