import { openI2c, type I2cConnection } from '../i2c/transport'
import { channelsOf, unitsOf } from '../i2c/chip'
import { readI2cSettings } from '../i2c/settings'
import type { SourceSettings } from '../source-settings'
import { StateReporter, type Transport, type TransportListener } from './transport'

type Config = Readonly<Record<string, unknown>>

/** The source settings of a chip: its channels, units and rate; a FIFO counts samples, single reads have times. */
export function i2cSourceSettings(shared: SourceSettings, config: Config): SourceSettings {
  const settings = readI2cSettings(config)
  const units = unitsOf(settings)
  return {
    ...shared,
    channels: channelsOf(settings).map((name, i) => ({ name, unit: units[i] ?? '', scale: 1, offset: 0 })),
    rate: settings.rate,
    format: 'batch',
    options: {},
    clock: settings.reading === 'fifo' ? 'sequence' : 'device',
    timeUnit: 'ms',
    sequenceCounts: 'samples',
    continuity: 'continuous',
    // The count is this program's own and starts far below zero: it never starts over.
    modulus: undefined,
  }
}

/** A sensor on an I2C bus. */
export class I2cTransport implements Transport {
  private connection?: I2cConnection
  private readonly reporter: StateReporter

  constructor(
    private readonly config: Config,
    private readonly listener: TransportListener,
  ) {
    this.reporter = new StateReporter(listener)
  }

  open(): void {
    this.reporter.report('connecting')
    this.connection = openI2c(readI2cSettings(this.config), {
      batch: (batch, arrival) => {
        this.reporter.report('connected')
        this.listener.data({ arrival, value: batch })
      },
      outage: (error) => this.reporter.report('waiting', error),
      recovered: () => this.reporter.report('connected'),
      event: (key, params) => this.listener.event(key, params),
    })
  }

  close(): Promise<void> {
    this.connection?.close()
    return Promise.resolve()
  }
}
