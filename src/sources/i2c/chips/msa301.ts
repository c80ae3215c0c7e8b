import type { Chip } from '../chip'
import { axes, fromG } from '../layout'

/** Register map of the MSA301 data sheet. */
const PART_ID = 0x01
const ACC_X_LSB = 0x02
const RES_RANGE = 0x0f
const ODR = 0x10
const POWER_MODE = 0x11

const RANGES = [2, 4, 8, 16]
/** Output data rates in Hz by code. Codes below 2 work in low-power mode only. */
const ODR_HZ = [1, 1.95, 3.9, 7.81, 15.63, 31.25, 62.5, 125, 250, 500, 1000]
const SLOWEST_NORMAL = 2

/**
 * MSA301, accelerometer without FIFO: polled. The chip runs at twice the polling rate or the next faster
 * one, so that a sample is at most half a period old when it is read (a 200 Hz poll reads at 500 Hz).
 */
export const msa301: Chip = {
  name: 'msa301',
  label: 'MSA301',
  addresses: [0x26, 0x27],
  whoAmI: { register: PART_ID, answers: { 0x13: 'MSA301' } },
  ranges: RANGES,
  gyroRanges: [],
  hasTemperature: false,
  rates: [10, 20, 25, 50, 100, 125, 200, 250],
  alive: POWER_MODE,
  configure(settings) {
    const code = ODR_HZ.findIndex((hz) => hz >= 2 * settings.rate)
    return [
      // 0x9e after power-on is suspend mode; 00 in the upper bits is normal mode.
      { register: POWER_MODE, value: 0x1e },
      { register: ODR, value: Math.max(SLOWEST_NORMAL, code < 0 ? ODR_HZ.length - 1 : code) },
      // 14 bits are code 0 of the resolution (bits 3:2).
      { register: RES_RANGE, value: Math.max(0, RANGES.indexOf(settings.range)) },
      { wait: 20 },
    ]
  },
  sample: (settings) => ({
    read: { register: ACC_X_LSB, length: 6 },
    // 14 bits, left-justified, low byte first: 2^13 counts are the full scale, 4096 per g at ± 2 g.
    layout: {
      bytes: 6,
      order: 'little-endian',
      columns: axes(0, (fromG(settings.unit) * settings.range) / 8192, 2),
    },
  }),
}
