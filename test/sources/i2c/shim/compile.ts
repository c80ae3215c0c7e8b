import path from 'node:path'
import { compilePreload, type Preload } from '../../../tools/preload'

/** The simulated MPU-6050; what it does and which variables steer it is told at the head of the C file. */
export function compileShim(): Preload {
  return compilePreload(path.join(__dirname, 'mpu6050_shim.c'))
}
