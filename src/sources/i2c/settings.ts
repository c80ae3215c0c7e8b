import { ConfigError } from '../../core/errors'
import { isEmpty, readChoice, readFlag, readNumber, readWhole } from '../../core/read-settings'
import { ACCELERATION_UNITS, type Chip, type ChipSettings } from './chip'
import { CHIPS, FASTEST_POLL } from './chips/registry'

export const READINGS = ['fifo', 'registers'] as const

/** A sensor on a bus, and what it is set to. */
export interface I2cSettings extends ChipSettings {
  readonly chip: Chip
  /** N of /dev/i2c-N. */
  readonly bus: number
  /** 7-bit address. */
  readonly address: number
  /** `fifo`: bursts from the chip's own buffer; `registers`: one read per sample, timed here. */
  readonly reading: (typeof READINGS)[number]
}

const USUAL_RATE = 200
const USUAL_RANGE = 4
const USUAL_GYRO_RANGE = 500

function readListed(field: string, value: unknown, list: readonly number[], usual: number): number {
  const nearest = list.reduce(
    (best, item) => (Math.abs(item - usual) < Math.abs(best - usual) ? item : best),
    list[0]!,
  )
  const number = readNumber(field, value, { fallback: nearest })
  if (!list.includes(number))
    throw new ConfigError('settings.notOneOf', { field, choices: list.join(', '), got: number })
  return number
}

/**
 * The settings of a dialog or a file, by the names of `I2cSettings`; `chip` is a name of the registry. What is empty gets
 * the usual: bus 1, the chip's first address, ± 4 g, ± 500 °/s, the rate next to 200 Hz, accelerometer only, g, FIFO if there is one.
 * @throws ConfigError that names the field
 */
export function readI2cSettings(config: Readonly<Record<string, unknown>>): I2cSettings {
  const name = readChoice(
    'chip',
    config.chip,
    CHIPS.map((chip) => chip.name),
    'mpu6050',
  )
  const chip = CHIPS.find((one) => one.name === name)!
  const gyroscope = readFlag('gyroscope', config.gyroscope, false)
  const temperature = readFlag('temperature', config.temperature, false)
  if (gyroscope && chip.gyroRanges.length === 0) {
    throw new ConfigError('sources.i2cLacks', { field: 'gyroscope', chip: chip.label })
  }
  if (temperature && !chip.hasTemperature) {
    throw new ConfigError('sources.i2cLacks', { field: 'temperature', chip: chip.label })
  }
  const reading =
    chip.fifo === undefined ? 'registers' : readChoice('reading', config.reading, READINGS, 'fifo')
  const rate = readListed('rate', config.rate, chip.rates, USUAL_RATE)
  if (reading === 'registers' && rate > FASTEST_POLL) {
    throw new ConfigError('settings.outOfRange', {
      field: 'rate',
      min: chip.rates[0]!,
      max: FASTEST_POLL,
      got: rate,
    })
  }
  return {
    chip,
    bus: readWhole('bus', config.bus, { min: 0, max: 255, fallback: 1 }),
    address: readWhole('address', config.address, { min: 0x08, max: 0x77, fallback: chip.addresses[0]! }),
    reading,
    rate,
    range: readListed('range', config.range, chip.ranges, USUAL_RANGE),
    gyroRange: gyroscope
      ? readListed('gyroRange', config.gyroRange, chip.gyroRanges, USUAL_GYRO_RANGE)
      : USUAL_GYRO_RANGE,
    gyroscope,
    temperature,
    unit: isEmpty(config.unit) ? 'g' : readChoice('unit', config.unit, ACCELERATION_UNITS),
  }
}
