import type { NodeAPI } from 'node-red'
import { SensorClaims } from '../sources/i2c/sensor-claims'
import { PerRuntime } from './per-runtime'

const claims = new PerRuntime(() => new SensorClaims())

/** Who reads which sensor, among all nodes of a runtime. */
export function sensorClaimsOf(red: NodeAPI): SensorClaims {
  return claims.of(red)
}
