import type { ChipSettings, RegisterRange } from '../chip'
import { axes, fromG, RADIANS, type Column, type Layout } from '../layout'

/** Registers at the same place in LSM6DS3, ISM330DHCX and LSM6DSV (section "Register mapping" of each data sheet). */
export const REGISTER = {
  FIFO_CTRL3: 0x09,
  FIFO_CTRL4: 0x0a,
  WHO_AM_I: 0x0f,
  CTRL1: 0x10,
  CTRL2: 0x11,
  CTRL3: 0x12,
  OUT_TEMP_L: 0x20,
  OUTX_L_G: 0x22,
} as const

/** CTRL3: software reset; block data update with address increment. */
export const SW_RESET = 0x01
export const BDU_IF_INC = 0x44
/** FIFO_MODE: continuous, the newest sample pushes out the oldest. */
export const CONTINUOUS = 6

export const RANGES = [2, 4, 8, 16]

/** 0.061, 0.122, 0.244, 0.488 mg per LSB at ± 2, 4, 8, 16 g (Table "Mechanical characteristics" of each data sheet). */
export function gPerLsb(range: number): number {
  return (0.000061 * range) / 2
}

/** 4.375 mdps per LSB at ± 125 °/s and in proportion, up to 140 at ± 4000 (the same table; ± 245 counts as 250). */
export function dpsPerLsb(range: number): number {
  return (0.004375 * range) / 125
}

/** Three accelerometer columns at `at`. */
export function acceleration(settings: ChipSettings, at: number): readonly Column[] {
  return axes(at, gPerLsb(settings.range) * fromG(settings.unit))
}

/** Three gyroscope columns at `at`. */
export function rotation(settings: ChipSettings, at: number): readonly Column[] {
  return axes(at, dpsPerLsb(settings.gyroRange) * RADIANS)
}

/** °C = raw / perDegree + 25. */
export function temperature(perDegree: number, at: number): Column {
  return { at, scale: 1 / perDegree, offset: 25 }
}

export const TEMPERATURE_READ: RegisterRange = { register: REGISTER.OUT_TEMP_L, length: 2 }

export function temperatureLayout(perDegree: number): Layout {
  return { bytes: 2, order: 'little-endian', columns: [temperature(perDegree, 0)] }
}

/** OUT_TEMP, OUT_G, OUT_A follow each other: 14 bytes, low byte first. */
export function outputs(settings: ChipSettings, perDegree: number): { read: RegisterRange; layout: Layout } {
  const columns = [
    ...acceleration(settings, 8),
    ...(settings.gyroscope ? rotation(settings, 2) : []),
    ...(settings.temperature ? [temperature(perDegree, 0)] : []),
  ]
  return {
    read: { register: REGISTER.OUT_TEMP_L, length: 14 },
    layout: { bytes: 14, order: 'little-endian', columns },
  }
}
