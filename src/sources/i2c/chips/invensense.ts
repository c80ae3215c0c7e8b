import type { Chip, ChipSettings, Fifo, FifoLevel, Step } from '../chip'
import { axes, decodeRows, fromG, RADIANS, type Column, type Layout } from '../layout'

/**
 * What MPU-6050 and MPU-9250 share. Register numbers: MPU-6000/6050 Register Map RM-MPU-6000A 4.2 section 3,
 * MPU-9250 Register Map RM-MPU-9250A 1.4 section 3.
 */
export const REGISTER = {
  SMPLRT_DIV: 0x19,
  CONFIG: 0x1a,
  GYRO_CONFIG: 0x1b,
  ACCEL_CONFIG: 0x1c,
  ACCEL_CONFIG_2: 0x1d,
  FIFO_EN: 0x23,
  INT_ENABLE: 0x38,
  ACCEL_XOUT_H: 0x3b,
  USER_CTRL: 0x6a,
  PWR_MGMT_1: 0x6b,
  PWR_MGMT_2: 0x6c,
  FIFO_COUNTH: 0x72,
  FIFO_R_W: 0x74,
  WHO_AM_I: 0x75,
} as const

const RANGES = [2, 4, 8, 16]
const GYRO_RANGES = [250, 500, 1000, 2000]
/** LSB per g and per °/s, by full-scale code: MPU-6050 PS-MPU-6000A sections 6.2, 6.1; MPU-9250 PS-MPU-9250A sections 3.2, 3.1. */
const LSB_PER_G = [16384, 8192, 4096, 2048]
const LSB_PER_DPS = [131, 65.5, 32.8, 16.4]
/** Sample rate = 1 kHz / (1 + SMPLRT_DIV), with the low-pass filter on (RM-MPU-6000A section 4.2). */
const RATES = [10, 20, 25, 40, 50, 100, 125, 200, 250, 500, 1000]
/** Accelerometer bandwidth in Hz by DLPF_CFG 1 … 6 (RM-MPU-6000A section 4.3; that of the MPU-9250 is within 5 Hz). */
const BANDWIDTHS = [184, 94, 44, 21, 10, 5]

export interface InvensenseSpec {
  readonly name: string
  readonly label: string
  readonly answers: Readonly<Record<number, string>>
  readonly fifoBytes: number
  /** °C = raw / perDegree + atZero. */
  readonly temperature: { readonly perDegree: number; readonly atZero: number }
  /** The accelerometer has a filter setting of its own (ACCEL_CONFIG_2). */
  readonly separateFilter: boolean
}

/** The widest filter that leaves nothing above half the rate; the narrowest there is for slow rates. */
function filterCode(rate: number): number {
  const index = BANDWIDTHS.findIndex((bandwidth) => bandwidth <= rate / 2)
  return index < 0 ? BANDWIDTHS.length : index + 1
}

function at<T>(list: readonly T[], index: number): T {
  return list[Math.max(0, index)]!
}

/** Columns of a row: accelerometer, then temperature and gyroscope, the order of the registers (RM-MPU-6000A section 4.31). */
function layoutOf(
  spec: InvensenseSpec,
  settings: ChipSettings,
  bytes: number,
  tempAt: number,
  gyroAt: number,
): Layout {
  const g = fromG(settings.unit) / at(LSB_PER_G, RANGES.indexOf(settings.range))
  const radians = RADIANS / at(LSB_PER_DPS, GYRO_RANGES.indexOf(settings.gyroRange))
  const { perDegree, atZero } = spec.temperature
  const columns: Column[] = [...axes(0, g)]
  if (settings.gyroscope) columns.push(...axes(gyroAt, radians))
  if (settings.temperature) columns.push({ at: tempAt, scale: 1 / perDegree, offset: atZero })
  return { bytes, order: 'big-endian', columns }
}

function fifoFlags(settings: ChipSettings): number {
  return 0x08 | (settings.gyroscope ? 0x70 : 0) | (settings.temperature ? 0x80 : 0)
}

function wordBytes(settings: ChipSettings): number {
  return 6 + (settings.temperature ? 2 : 0) + (settings.gyroscope ? 6 : 0)
}

/** FIFO_RESET works only while the FIFO is switched off (USER_CTRL in RM-MPU-6000A). */
function resetFifo(settings: ChipSettings): readonly Step[] {
  return [
    { register: REGISTER.FIFO_EN, value: 0 },
    { register: REGISTER.USER_CTRL, value: 0x04 },
    { register: REGISTER.USER_CTRL, value: 0x40 },
    { register: REGISTER.FIFO_EN, value: fifoFlags(settings) },
  ]
}

function fifoOf(spec: InvensenseSpec): Fifo {
  return {
    capacity: (settings) => Math.floor(spec.fifoBytes / wordBytes(settings)),
    status: [{ register: REGISTER.FIFO_COUNTH, length: 2 }],
    level(status, settings): FifoLevel {
      const count = (status[0]! << 8) | status[1]!
      // A full FIFO drops single bytes, so rows no longer begin where a word begins. Three words of
      // room, for what arrives between the count and the end of the burst.
      return {
        words: Math.floor(count / wordBytes(settings)),
        broken: count > spec.fifoBytes - 3 * wordBytes(settings),
        torn: count % wordBytes(settings) !== 0,
      }
    },
    data: REGISTER.FIFO_R_W,
    wordBytes,
    burst: true,
    discard: 0,
    reset: resetFifo,
    decoder(settings) {
      const temp = settings.temperature ? 2 : 0
      const layout = layoutOf(spec, settings, wordBytes(settings), 6, 6 + temp)
      return { push: (bytes) => decodeRows(bytes, layout), reset: () => undefined }
    },
  }
}

/** Makes the entry of one chip of the family. */
export function invensense(spec: InvensenseSpec): Chip {
  return {
    name: spec.name,
    label: spec.label,
    addresses: [0x68, 0x69],
    whoAmI: { register: REGISTER.WHO_AM_I, answers: spec.answers },
    ranges: RANGES,
    gyroRanges: GYRO_RANGES,
    hasTemperature: true,
    rates: RATES,
    alive: REGISTER.PWR_MGMT_1,
    configure(settings) {
      const filter = filterCode(settings.rate)
      return [
        { register: REGISTER.PWR_MGMT_1, value: 0x80 },
        { wait: 100 },
        // The gyroscope's oscillator as clock (± 1 %) even where only the accelerometer is wanted: so the gyroscope stays on.
        { register: REGISTER.PWR_MGMT_1, value: 0x01 },
        { wait: 50 },
        { register: REGISTER.PWR_MGMT_2, value: 0 },
        { register: REGISTER.INT_ENABLE, value: 0 },
        { register: REGISTER.SMPLRT_DIV, value: Math.round(1000 / settings.rate) - 1 },
        { register: REGISTER.CONFIG, value: filter },
        { register: REGISTER.GYRO_CONFIG, value: Math.max(0, GYRO_RANGES.indexOf(settings.gyroRange)) << 3 },
        { register: REGISTER.ACCEL_CONFIG, value: Math.max(0, RANGES.indexOf(settings.range)) << 3 },
        ...(spec.separateFilter ? [{ register: REGISTER.ACCEL_CONFIG_2, value: filter }] : []),
        ...resetFifo(settings),
      ]
    },
    sample: (settings) => ({
      read: { register: REGISTER.ACCEL_XOUT_H, length: 14 },
      layout: layoutOf(spec, settings, 14, 6, 8),
    }),
    fifo: fifoOf(spec),
  }
}
