import type { Chip, ChipSettings, Fifo, Step } from '../chip'
import { decodeRows, type Layout } from '../layout'
import {
  acceleration,
  BDU_IF_INC,
  CONTINUOUS,
  outputs,
  RANGES,
  REGISTER,
  rotation,
  SW_RESET,
  TEMPERATURE_READ,
  temperatureLayout,
} from './st'

/** LSM6DS3 data sheet DocID026899 Rev 8, register description; the LSM6DS3TR-C has the same registers where they are used here. */
const FIFO_CTRL1 = 0x06
const FIFO_CTRL_DECIMATION = 0x08
const FIFO_CTRL5 = 0x0a
const FIFO_STATUS1 = 0x3a
const FIFO_DATA_OUT_L = 0x3e

/** Rates in Hz; their codes in CTRL1_XL, CTRL2_G and FIFO_CTRL5 run from 1 (FIFO_CTRL5 stops at 6.66 kHz, CTRL2_G at 1.66 kHz). */
const RATES = [12.5, 26, 52, 104, 208, 416, 833, 1660]
/** FS_XL of CTRL1_XL and FS_G:FS_125 of CTRL2_G, by full scale; 250 stands for the ± 245 °/s of the data sheet. */
const RANGE_CODES: Readonly<Record<number, number>> = { 2: 0, 16: 1, 4: 2, 8: 3 }
const GYRO_CODES: Readonly<Record<number, number>> = { 250: 0, 125: 1, 500: 2, 1000: 4, 2000: 6 }

interface Variant {
  readonly name: string
  readonly label: string
  readonly answers: Readonly<Record<number, string>>
  readonly fifoBytes: number
  readonly perDegree: number
}

function wordBytes(settings: ChipSettings): number {
  return settings.gyroscope ? 12 : 6
}

/** Bypass mode empties the FIFO. The rate of the FIFO is that of the sensors. */
function resetFifo(settings: ChipSettings): readonly Step[] {
  return [
    { register: FIFO_CTRL5, value: 0 },
    { register: FIFO_CTRL5, value: ((RATES.indexOf(settings.rate) + 1) << 3) | CONTINUOUS },
  ]
}

function fifoOf(variant: Variant): Fifo {
  return {
    capacity: (settings) => Math.floor(variant.fifoBytes / wordBytes(settings)),
    status: [{ register: FIFO_STATUS1, length: 4 }],
    level(status, settings) {
      // DIFF_FIFO counts 16-bit words; bit 6 of the second byte is the overrun; FIFO_PATTERN tells which
      // word of the pattern gx gy gz ax ay az comes next (FIFO_STATUS1 … 4).
      const unread = status[0]! | ((status[1]! & 0x0f) << 8)
      const pattern = status[2]! | ((status[3]! & 0x03) << 8)
      const overrun = (status[1]! & 0x40) !== 0
      return {
        words: Math.floor((unread * 2) / wordBytes(settings)),
        broken: overrun || (unread > 0 && pattern !== 0),
      }
    },
    data: FIFO_DATA_OUT_L,
    wordBytes,
    burst: true,
    discard: 1,
    aside: (settings) => (settings.temperature ? TEMPERATURE_READ : undefined),
    reset: resetFifo,
    decoder(settings) {
      const gyro = settings.gyroscope ? rotation(settings, 0) : []
      const layout: Layout = {
        bytes: wordBytes(settings),
        order: 'little-endian',
        columns: [...acceleration(settings, settings.gyroscope ? 6 : 0), ...gyro],
      }
      const once = temperatureLayout(variant.perDegree)
      return {
        push: (bytes, aside) => decodeRows(bytes, layout, aside && { bytes: aside, layout: once }),
        reset: () => undefined,
      }
    },
  }
}

function lsm6ds3Family(variant: Variant): Chip {
  return {
    name: variant.name,
    label: variant.label,
    addresses: [0x6a, 0x6b],
    whoAmI: { register: REGISTER.WHO_AM_I, answers: variant.answers },
    ranges: RANGES,
    gyroRanges: [125, 250, 500, 1000, 2000],
    hasTemperature: true,
    rates: RATES,
    alive: REGISTER.CTRL1,
    configure(settings) {
      const rate = (RATES.indexOf(settings.rate) + 1) << 4
      return [
        { register: REGISTER.CTRL3, value: SW_RESET },
        { wait: 50 },
        { register: REGISTER.CTRL3, value: BDU_IF_INC },
        { register: FIFO_CTRL1, value: 0 },
        // No decimation: code 1 of bits 2:0 for the accelerometer, of bits 5:3 for the gyroscope; 0 keeps it out.
        { register: FIFO_CTRL_DECIMATION, value: settings.gyroscope ? 0x09 : 0x01 },
        { register: REGISTER.CTRL1, value: rate | ((RANGE_CODES[settings.range] ?? 0) << 2) },
        {
          register: REGISTER.CTRL2,
          value: settings.gyroscope ? rate | ((GYRO_CODES[settings.gyroRange] ?? 0) << 1) : 0,
        },
        // The gyroscope needs 80 ms to its first good sample; before, the pattern would hold none of it.
        { wait: settings.gyroscope ? 100 : 20 },
        ...resetFifo(settings),
      ]
    },
    sample: (settings) => outputs(settings, variant.perDegree),
    fifo: fifoOf(variant),
  }
}

/** LSM6DS3: 8 KB FIFO without tags; temperature 16 LSB/°C, 0 at 25 °C (table of temperature sensor characteristics). */
export const lsm6ds3 = lsm6ds3Family({
  name: 'lsm6ds3',
  label: 'LSM6DS3',
  answers: { 0x69: 'LSM6DS3' },
  fifoBytes: 8192,
  perDegree: 16,
})

/** LSM6DS3TR-C, its successor on most boards: 4 KB FIFO; temperature 256 LSB/°C. */
export const lsm6ds3trc = lsm6ds3Family({
  name: 'lsm6ds3tr-c',
  label: 'LSM6DS3TR-C',
  answers: { 0x6a: 'LSM6DS3TR-C' },
  fifoBytes: 4096,
  perDegree: 256,
})
