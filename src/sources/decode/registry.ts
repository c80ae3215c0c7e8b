import { readChoice } from '../../core/read-settings'
import { batch } from './batch'
import { binary } from './binary'
import { csv } from './csv'
import type { DecoderSpec } from './decoder'
import { fanPost } from './fan-post'
import { gyroLog } from './gyro-log'
import { json } from './json'
import { piMetrics } from './pi-metrics'
import { sensadCsv } from './sensad-csv'
import { sensorReadings } from './sensor-readings'

/** All formats, in the order of the dialog. A new one is a file and a line here. */
export const DECODERS: readonly DecoderSpec[] = [
  json,
  csv,
  binary,
  fanPost,
  sensorReadings,
  gyroLog,
  sensadCsv,
  piMetrics,
]

/** The decoder of this name; JSON where none is given. @throws ConfigError */
export function findDecoder(
  field: string,
  name: unknown,
): Pick<DecoderSpec, 'clocks' | 'defaults' | 'create'> {
  if (name === batch.name) return batch
  const names = DECODERS.map((spec) => spec.name)
  const found = readChoice(field, name, names, json.name)
  return DECODERS.find((spec) => spec.name === found)!
}
