/** Runs the transport in a process of its own, for the shim: prints one JSON line per callback, ends on SIGTERM. */
import { openI2c } from '../../../../src/sources/i2c/transport'
import { readI2cSettings } from '../../../../src/sources/i2c/settings'

const settings = readI2cSettings(JSON.parse(process.argv[2] ?? '{}') as Record<string, unknown>)

function print(kind: string, body: object): void {
  process.stdout.write(`${JSON.stringify({ kind, at: performance.now(), ...body })}\n`)
}

const connection = openI2c(settings, {
  batch: (batch, arrival) =>
    print('batch', {
      ...batch,
      arrival,
      data: [...batch.data],
      sequence: [...(batch.sequence ?? [])],
      times: [...(batch.times ?? [])],
    }),
  outage: (error) => print('outage', { key: error.key, message: error.message }),
  recovered: () => print('recovered', {}),
  event: (key, params) => print('event', { key, params }),
})

process.on('SIGTERM', () => {
  connection.close()
  print('closed', {})
  setTimeout(() => process.exit(0), 100)
})
