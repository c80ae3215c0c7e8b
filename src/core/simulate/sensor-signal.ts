import { ConfigError } from '../errors'
import type { Random } from '../random'
import { readNumber, readText } from '../read-settings'

/** A simulated sensor: level + swing · sin(2πt / period) + noise · N(0, 1), in its unit and seconds. */
export interface SensorSettings {
  readonly name: string
  readonly unit: string
  readonly level: number
  readonly swing: number
  readonly period: number
  readonly noise: number
}

export const SENSOR_FAULTS = ['spike', 'drift', 'dropout', 'stuck', 'noise'] as const
export type SensorFault = (typeof SENSOR_FAULTS)[number]

/** A spike lasts so many samples. */
export const SPIKE_ROWS = 3
/** A spike is so many times swing + 4 · noise high: for a temperature of ± 2 °C with 0.25 °C of noise 6 to 12 °C. */
const SPIKE = { least: 2, most: 4 } as const
/** A drift goes on by swing + 4 · noise in so many seconds. */
const DRIFT_SECONDS = 40
const NOISE_FACTOR = 6
const MOST = 1e9

/** The signal of one sensor, sample by sample. Each sample takes two random numbers, whatever is wrong with it. */
export class SensorSignal {
  private last: number
  private fault?: { readonly kind: SensorFault; readonly size: number; since: number }

  constructor(
    readonly settings: SensorSettings,
    private readonly random: Random,
  ) {
    this.last = settings.level
  }

  begin(kind: SensorFault): void {
    const size = SPIKE.least + (SPIKE.most - SPIKE.least) * this.random.next()
    this.fault = { kind, size, since: 0 }
  }

  end(): void {
    this.fault = undefined
  }

  /** @param time seconds since the begin; @param period seconds between samples */
  next(time: number, period: number): number {
    const { level, swing, noise } = this.settings
    const { fault } = this
    const white = this.random.normal()
    if (fault?.kind === 'stuck') return this.last
    let value = level + swing * Math.sin((2 * Math.PI * time) / this.settings.period)
    value += noise * white * (fault?.kind === 'noise' ? NOISE_FACTOR : 1)
    const scale = Math.abs(swing) + 4 * noise
    if (fault?.kind === 'spike') value += fault.size * scale
    if (fault?.kind === 'drift') {
      fault.since += period
      value += (scale * fault.since) / DRIFT_SECONDS
    }
    this.last = value
    return value
  }
}

/** Reads a list of sensors as the dialog keeps it. @throws ConfigError that names row and field */
export function readSensors(value: unknown, fallback: readonly SensorSettings[]): readonly SensorSettings[] {
  if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) return fallback
  if (!Array.isArray(value) || value.length > 1000)
    throw new ConfigError('settings.missing', { field: 'channels' })
  const sensors = value.map((row: unknown, i) => {
    if (typeof row !== 'object' || row === null)
      throw new ConfigError('settings.missing', { field: 'channels' })
    const field = row as Readonly<Record<string, unknown>>
    const number = (name: 'level' | 'swing' | 'noise' | 'period', missing: number, min = -MOST): number =>
      readNumber(`channels ${i + 1}, ${name}`, field[name], { min, max: MOST, fallback: missing })
    return {
      name: readText(`channels ${i + 1}, name`, field['name']),
      unit: readText(`channels ${i + 1}, unit`, field['unit'], ''),
      level: number('level', 0),
      swing: number('swing', 0),
      period: number('period', 60, 1e-6),
      noise: number('noise', 0, 0),
    }
  })
  const names = sensors.map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) < i)
  if (twice !== undefined) throw new ConfigError('simulate.twice', { field: 'channels', channel: twice })
  return sensors
}
