import type { UserError } from '../../../src/core/errors'
import type { MessageParams } from '../../../src/core/messages'
import type { Batch } from '../../../src/sources/decode/decoder'
import { readI2cSettings } from '../../../src/sources/i2c/settings'
import { openI2c, type I2cConnection } from '../../../src/sources/i2c/transport'
import { ManualClock } from './manual-clock'
import { SimulatedMpu6050 } from './simulated-mpu6050'

/** Reset, PLL start: the waits of the set-up sequence, ms. */
export const SETUP = 150

/** A transport on a simulated sensor, with everything it told. */
export function rig(config: Record<string, unknown> = {}) {
  const clock = new ManualClock()
  const sensor = new SimulatedMpu6050(clock)
  const batches: { batch: Batch; arrival: number }[] = []
  const outages: UserError[] = []
  const events: { key: string; params: MessageParams }[] = []
  const counts = { recovered: 0 }
  const connection: I2cConnection = openI2c(
    readI2cSettings({ chip: 'mpu6050', rate: 200, ...config }),
    {
      batch: (batch, arrival) => batches.push({ batch, arrival }),
      outage: (error) => outages.push(error),
      recovered: () => counts.recovered++,
      event: (key, params) => events.push({ key, params }),
    },
    { openBus: (number) => sensor.bus(number), clock },
  )
  const rows = (): number =>
    batches.reduce((sum, { batch }) => sum + batch.data.length / batch.channels.length, 0)
  return { clock, sensor, batches, outages, events, counts, connection, rows }
}
