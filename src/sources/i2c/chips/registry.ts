import type { Chip } from '../chip'
import { adxl345 } from './adxl345'
import { ism330dhcx } from './ism330dhcx'
import { lsm6ds3, lsm6ds3trc } from './lsm6ds3'
import { lsm6dsv } from './lsm6dsv'
import { mpu6050 } from './mpu6050'
import { mpu9250 } from './mpu9250'
import { msa301 } from './msa301'

/** Fastest rate at which single reads follow a timer of the event loop, whatever the chip, Hz. */
export const FASTEST_POLL = 250

/** Every chip that can be chosen, in the order of the dialog: one file and one line each. */
export const CHIPS: readonly Chip[] = [
  mpu6050,
  mpu9250,
  msa301,
  adxl345,
  lsm6ds3,
  lsm6ds3trc,
  lsm6dsv,
  ism330dhcx,
]
