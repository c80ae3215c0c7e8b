import type { Chip } from '../chip'
import { BDU_IF_INC, outputs, RANGES, REGISTER, SW_RESET } from './st'
import { taggedFifo } from './tagged-fifo'

/** ISM330DHCX data sheet, register description. */
const CTRL9_XL = 0x18
const FIFO_STATUS1 = 0x3a
const PER_DEGREE = 256

/** Rates in Hz; their codes in CTRL1_XL, CTRL2_G and FIFO_CTRL3 run from 1. */
const RATES = [12.5, 26, 52, 104, 208, 416, 833, 1666]
/** FS_XL, and FS_G:FS_125:FS_4000, by full scale. */
const RANGE_CODES: Readonly<Record<number, number>> = { 2: 0, 16: 1, 4: 2, 8: 3 }
const GYRO_CODES: Readonly<Record<number, number>> = { 250: 0, 4000: 1, 125: 2, 500: 4, 1000: 8, 2000: 12 }

function rateCode(rate: number): number {
  return 1 + Math.max(0, RATES.indexOf(rate))
}

/**
 * ISM330DHCX, the industrial one of the ISM330 parts (the LSM6DSR, which answers the same WHO_AM_I, has the same
 * registers): tagged FIFO of 512 words. The older ISM330DLC is an LSM6DS3TR-C to software.
 */
export const ism330dhcx: Chip = {
  name: 'ism330dhcx',
  label: 'ISM330DHCX',
  addresses: [0x6a, 0x6b],
  whoAmI: { register: REGISTER.WHO_AM_I, answers: { 0x6b: 'ISM330DHCX' } },
  ranges: RANGES,
  gyroRanges: [125, 250, 500, 1000, 2000, 4000],
  hasTemperature: true,
  rates: RATES,
  alive: REGISTER.CTRL1,
  configure(settings) {
    const code = rateCode(settings.rate) << 4
    return [
      { register: REGISTER.CTRL3, value: SW_RESET },
      { wait: 50 },
      { register: REGISTER.CTRL3, value: BDU_IF_INC },
      // DEVICE_CONF (bit 1) is to be set first of all (CTRL9_XL); the upper bits are the defaults.
      { register: CTRL9_XL, value: 0xe2 },
      { register: REGISTER.CTRL1, value: code | ((RANGE_CODES[settings.range] ?? 0) << 2) },
      {
        register: REGISTER.CTRL2,
        value: settings.gyroscope ? code | (GYRO_CODES[settings.gyroRange] ?? 0) : 0,
      },
      { wait: settings.gyroscope ? 100 : 20 },
      ...ism330dhcx.fifo!.reset(settings),
    ]
  },
  sample: (settings) => outputs(settings, PER_DEGREE),
  fifo: taggedFifo({ status: FIFO_STATUS1, countMask: 0x03, words: 512, rateCode, perDegree: PER_DEGREE }),
}
