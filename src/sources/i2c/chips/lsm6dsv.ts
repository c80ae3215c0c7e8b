import type { Chip } from '../chip'
import { BDU_IF_INC, outputs, RANGES, REGISTER, SW_RESET } from './st'
import { taggedFifo } from './tagged-fifo'

/** LSM6DSV data sheet, register description. */
const CTRL6 = 0x15
const CTRL8 = 0x17
const FIFO_STATUS1 = 0x1b
const PER_DEGREE = 256

/** Rates in Hz; their codes in CTRL1, CTRL2 and FIFO_CTRL3 run from 2. I2C at 400 kHz carries no more than 1920 Hz. */
const RATES = [7.5, 15, 30, 60, 120, 240, 480, 960, 1920]
const FIRST_RATE_CODE = 2
/** FS_G of CTRL6; 4000 is 1100. */
const GYRO_CODES: Readonly<Record<number, number>> = { 125: 0, 250: 1, 500: 2, 1000: 3, 2000: 4, 4000: 0x0c }

function rateCode(rate: number): number {
  return FIRST_RATE_CODE + Math.max(0, RATES.indexOf(rate))
}

/** LSM6DSV (the LSM6DSV16X answers alike): tagged FIFO of 256 words; both sensors in high-performance mode. */
export const lsm6dsv: Chip = {
  name: 'lsm6dsv',
  label: 'LSM6DSV',
  addresses: [0x6a, 0x6b],
  whoAmI: { register: REGISTER.WHO_AM_I, answers: { 0x70: 'LSM6DSV' } },
  ranges: RANGES,
  gyroRanges: [125, 250, 500, 1000, 2000, 4000],
  hasTemperature: true,
  rates: RATES,
  alive: REGISTER.CTRL1,
  configure(settings) {
    const code = rateCode(settings.rate)
    return [
      { register: REGISTER.CTRL3, value: SW_RESET },
      { wait: 50 },
      { register: REGISTER.CTRL3, value: BDU_IF_INC },
      { register: CTRL8, value: Math.max(0, RANGES.indexOf(settings.range)) },
      { register: CTRL6, value: GYRO_CODES[settings.gyroRange] ?? 0 },
      { register: REGISTER.CTRL1, value: code },
      { register: REGISTER.CTRL2, value: settings.gyroscope ? code : 0 },
      { wait: settings.gyroscope ? 100 : 20 },
      ...lsm6dsv.fifo!.reset(settings),
    ]
  },
  sample: (settings) => outputs(settings, PER_DEGREE),
  fifo: taggedFifo({ status: FIFO_STATUS1, countMask: 0x01, words: 256, rateCode, perDegree: PER_DEGREE }),
}
