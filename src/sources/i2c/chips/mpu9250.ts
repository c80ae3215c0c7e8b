import { invensense } from './invensense'

/**
 * MPU-9250, MPU-9255, and the MPU-6500 that is inside them and is often sold as one: 512-byte FIFO
 * (PS-MPU-9250A 1.0 section 4.17); °C = raw / 333.87 + 21 (the formula of TEMP_OUT in RM-MPU-9250A with the
 * sensitivity of PS-MPU-9250A section 3.4). Its magnetometer is not read.
 */
export const mpu9250 = invensense({
  name: 'mpu9250',
  label: 'MPU-9250',
  answers: { 0x71: 'MPU-9250', 0x73: 'MPU-9255', 0x70: 'MPU-6500' },
  fifoBytes: 512,
  temperature: { perDegree: 333.87, atZero: 21 },
  separateFilter: true,
})
