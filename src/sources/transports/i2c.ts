import { channelsOf, unitsOf } from '../i2c/chip'
import type { SensorClaims } from '../i2c/sensor-claims'
import { readI2cSettings } from '../i2c/settings'
import { openI2c, type I2cConnection } from '../i2c/transport'
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
    // The count is this program's own and starts far below zero: it never starts over.
    modulus: undefined,
  }
}

/** A sensor on an I2C bus. */
export class I2cTransport implements Transport {
  private connection?: I2cConnection
  private giveUp?: () => void
  private readonly reporter: StateReporter

  /** @param owner names this reader to another one of the same sensor */
  constructor(
    private readonly config: Config,
    private readonly listener: TransportListener,
    private readonly claims: SensorClaims,
    private readonly owner: string,
  ) {
    this.reporter = new StateReporter(listener)
  }

  /** @throws ConfigError where another node reads the sensor */
  open(): void {
    const settings = readI2cSettings(this.config)
    this.giveUp = this.claims.claim(settings.bus, settings.address, this.owner)
    this.reporter.report('connecting')
    this.connection = openI2c(settings, {
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
    this.giveUp?.()
    this.giveUp = undefined
    return Promise.resolve()
  }
}
