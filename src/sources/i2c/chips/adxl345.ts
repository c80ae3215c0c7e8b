import type { Chip, ChipSettings, Fifo, Step } from '../chip'
import { axes, decodeRows, fromG, type Layout } from '../layout'

/** Register map of the ADXL345 data sheet Rev. E, Table 19. */
const DEVID = 0x00
const BW_RATE = 0x2c
const POWER_CTL = 0x2d
const INT_ENABLE = 0x2e
const DATA_FORMAT = 0x31
const DATAX0 = 0x32
const FIFO_CTL = 0x38
const FIFO_STATUS = 0x39

const LEVELS = 32

const RANGES = [2, 4, 8, 16]
/** Rates in Hz; their codes run from 7 (Table 7). 800 Hz is the fastest that I2C carries (I2C section). */
const RATES = [12.5, 25, 50, 100, 200, 400, 800]
const FIRST_RATE_CODE = 7

/** Full resolution: 256 LSB per g in every range (Table 1), sign-extended to 16 bits, low byte first. */
function layout(settings: ChipSettings): Layout {
  return { bytes: 6, order: 'little-endian', columns: axes(0, fromG(settings.unit) / 256) }
}

/** Bypass mode empties the FIFO; stream mode (bits 7:6 = 10) keeps the latest 32 samples. */
const RESET_FIFO: readonly Step[] = [
  { register: FIFO_CTL, value: 0 },
  { register: FIFO_CTL, value: 0x80 },
]

const fifo: Fifo = {
  capacity: () => LEVELS,
  status: [{ register: FIFO_STATUS, length: 1 }],
  // Entries are bits 5:0. A full FIFO counts as overrun: the overrun bit of INT_SOURCE cannot tell, since
  // it is also set while the FIFO is off.
  level(status) {
    const entries = status[0]! & 0x3f
    return { words: entries, broken: entries >= LEVELS }
  },
  data: DATAX0,
  wordBytes: () => 6,
  // Each read of the six data registers pops one entry. The 5 µs that must lie between two of them
  // pass while the register address is sent (data sheet, "Retrieving Data from FIFO").
  burst: false,
  discard: 0,
  reset: () => RESET_FIFO,
  decoder(settings) {
    const rows = layout(settings)
    return { push: (bytes) => decodeRows(bytes, rows), reset: () => undefined }
  },
}

/** ADXL345, accelerometer, 13 bits in full resolution, 32-level FIFO. */
export const adxl345: Chip = {
  name: 'adxl345',
  label: 'ADXL345',
  addresses: [0x53, 0x1d],
  whoAmI: { register: DEVID, answers: { 0xe5: 'ADXL345' } },
  ranges: RANGES,
  gyroRanges: [],
  hasTemperature: false,
  rates: RATES,
  alive: POWER_CTL,
  configure: (settings) => [
    { register: POWER_CTL, value: 0 },
    { register: INT_ENABLE, value: 0 },
    { register: BW_RATE, value: FIRST_RATE_CODE + Math.max(0, RATES.indexOf(settings.rate)) },
    { register: DATA_FORMAT, value: 0x08 | Math.max(0, RANGES.indexOf(settings.range)) },
    ...RESET_FIFO,
    { register: POWER_CTL, value: 0x08 },
  ],
  sample: (settings) => ({ read: { register: DATAX0, length: 6 }, layout: layout(settings) }),
  fifo,
}
