import { invensense } from './invensense'

/** MPU-6050 (and MPU-6000): 1024-byte FIFO; °C = raw / 340 + 36.53 (RM-MPU-6000A 4.2 section 4.18). */
export const mpu6050 = invensense({
  name: 'mpu6050',
  label: 'MPU-6050',
  answers: { 0x68: 'MPU-6050' },
  fifoBytes: 1024,
  temperature: { perDegree: 340, atZero: 36.53 },
  separateFilter: false,
})
