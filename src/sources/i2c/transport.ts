import { DeviceError, UserError } from '../../core/errors'
import type { MessageKey, MessageParams } from '../../core/messages'
import type { Batch } from '../decode/decoder'
import { hex, type I2cBus } from './bus'
import { channelsOf, unitsOf } from './chip'
import { systemClock, type Clock } from './clock'
import { openLinuxBus } from './linux-bus'
import { SampleCount } from './sample-count'
import { Sensor } from './sensor'
import type { I2cSettings } from './settings'

/** What happens on the line. Nothing is called after `close`. */
export interface I2cCallbacks {
  /**
   * Rows of one poll, decoded. From a FIFO with `sequence`: the count of the first row, which goes up by one per sample,
   * lost ones included; from registers with `times`: when each row was read, ms since the epoch.
   * @param arrival ms since the epoch: when the newest row was there
   */
  batch(batch: Batch, arrival: number): void
  /** The sensor cannot be read; told once per outage. */
  outage(error: UserError): void
  /** The first good read after an outage. */
  recovered(): void
  /** Samples were lost (`sources.i2cGap`), or the sensor had lost its settings (`sources.i2cRestarted`). */
  event(key: MessageKey, params: MessageParams): void
}

export interface I2cConnection {
  /** Ends at once: no timer and no callback after it. A transfer under way ends by itself. */
  close(): void
}

export interface I2cWorld {
  readonly openBus: (bus: number) => I2cBus
  readonly clock: Clock
}

const FAILURES_TO_OUTAGE = 100
const FIRST_RETRY = 500
const LONGEST_RETRY = 30_000
const BATCH_TIME = 50
const SLOW_BATCH_TIME = 100
const SLOW_RATE = 40
const SHORTEST_INTERVAL = 5
/** Share of the FIFO that may fill between two polls. */
const FILL = 0.4
const SILENCE = 1000
const BROKEN_TO_SILENCE = 20

/** Time between two polls of the FIFO, ms: one batch in 50 … 100 ms, more often where the FIFO is small for the rate. */
export function pollInterval(settings: I2cSettings): number {
  const capacity = settings.chip.fifo?.capacity(settings) ?? Infinity
  const wanted = settings.rate < SLOW_RATE ? SLOW_BATCH_TIME : BATCH_TIME
  return Math.max(SHORTEST_INTERVAL, Math.min(wanted, (FILL * capacity * 1000) / settings.rate))
}

class Connection implements I2cConnection {
  private readonly channels: readonly string[]
  private readonly units: readonly string[]
  private readonly interval: number
  private readonly period: number
  private bus?: I2cBus
  private sensor?: Sensor
  private cancelTimer: () => void = () => undefined
  private closed = false
  /** When the next poll is due, uptime. */
  private due = 0
  private readonly count: SampleCount
  private lastRow = 0
  /** Reads in a row that found the FIFO broken. */
  private broken = 0
  /** Failed reads in a row. */
  private failures = 0
  /** The last read failed: FIFO and settings of the chip are not to be trusted. */
  private suspect = false
  private retries = 0
  /** Reported as out of order. */
  private down = false
  private everGood = false
  private pendingRows: Float64Array[] = []
  private pendingTimes: number[] = []

  constructor(
    private readonly settings: I2cSettings,
    private readonly callbacks: I2cCallbacks,
    private readonly world: I2cWorld,
  ) {
    this.channels = channelsOf(settings)
    this.units = unitsOf(settings)
    this.period = 1000 / settings.rate
    this.count = new SampleCount(this.period, world.clock.now())
    this.interval = settings.reading === 'fifo' ? pollInterval(settings) : this.period
    this.schedule(0)
  }

  close(): void {
    this.closed = true
    this.cancelTimer()
    this.dropBus()
  }

  private schedule(ms: number): void {
    if (this.closed) return
    this.cancelTimer = this.world.clock.after(ms, () => void this.turn())
  }

  private readonly pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      if (!this.closed) this.cancelTimer = this.world.clock.after(ms, resolve)
    })

  private async turn(): Promise<void> {
    let wait: number
    try {
      await this.poll()
      wait = this.untilDue()
    } catch (error) {
      if (this.closed) return
      wait = this.failed(error)
    }
    this.schedule(wait)
  }

  private async poll(): Promise<void> {
    if (this.sensor === undefined) await this.connect()
    else if (this.suspect) await this.resume()
    if (this.closed) return
    if (this.settings.reading === 'fifo') await this.pollFifo(this.sensor!)
    else await this.pollSample(this.sensor!)
  }

  private async connect(): Promise<void> {
    this.bus = this.world.openBus(this.settings.bus)
    const sensor = new Sensor(this.bus, this.settings, this.channels.length, this.pause)
    await sensor.start()
    this.sensor = sensor
    this.lastRow = this.world.clock.uptime()
    this.restart()
  }

  /** After a failed read: the FIFO may have given away half a row, or the sensor was without power. */
  private async resume(): Promise<void> {
    const sensor = this.sensor!
    if (await sensor.isSetUp()) await sensor.resetFifo()
    else {
      await sensor.start()
      this.tell('sources.i2cRestarted')
    }
    this.lastRow = this.world.clock.uptime()
    this.restart()
  }

  /** The FIFO begins anew: the time since the last row is a gap, unless this is the first start. */
  private restart(): void {
    const now = this.world.clock.uptime()
    if (this.everGood) this.count.restart(now)
    else this.count.begin(now)
    this.due = now
    this.suspect = false
  }

  private async pollFifo(sensor: Sensor): Promise<void> {
    const { clock } = this.world
    const arrival = clock.now()
    const uptime = clock.uptime()
    const { rows, skipped, broken } = await sensor.readFifo()
    if (this.closed) return
    if (broken) {
      await sensor.resetFifo()
      if (this.closed) return
      this.restart()
      if (++this.broken <= BROKEN_TO_SILENCE) this.lastRow = uptime
    }
    if (skipped > 0) this.count.take(skipped, uptime)
    const count = rows.length / this.channels.length
    if (count === 0) return this.checkSilence(sensor, uptime)
    const batch = { ...this.head(), data: rows, sequence: Float64Array.of(this.count.next) }
    this.count.take(count, uptime)
    this.good(uptime)
    const lost = this.count.report(uptime)
    if (lost > 0) this.tell('sources.i2cGap', { lost })
    this.callbacks.batch(batch, arrival)
  }

  /** A chip that answers but gives no rows has lost its settings, or is broken. */
  private async checkSilence(sensor: Sensor, uptime: number): Promise<void> {
    if (uptime - this.lastRow < Math.max(SILENCE, 3 * this.interval, 3 * this.period)) return
    if (await sensor.isSetUp()) {
      const { bus, address } = this.settings
      // So long a silence stands for many failed reads.
      this.failures = FAILURES_TO_OUTAGE
      throw new DeviceError('sources.i2cSilent', { field: 'address', bus, address: hex(address) })
    }
    await sensor.start()
    if (this.closed) return
    this.tell('sources.i2cRestarted')
    this.lastRow = this.world.clock.uptime()
    this.restart()
  }

  private async pollSample(sensor: Sensor): Promise<void> {
    const { clock } = this.world
    const time = clock.now()
    const row = await sensor.readSample()
    if (this.closed) return
    this.pendingRows.push(row)
    this.pendingTimes.push(time)
    this.good(clock.uptime())
    if (this.pendingRows.length * this.period >= BATCH_TIME) this.flush()
  }

  private flush(): void {
    const rows = this.pendingRows
    if (rows.length === 0) return
    const data = new Float64Array(rows.length * this.channels.length)
    rows.forEach((row, i) => data.set(row, i * this.channels.length))
    const times = Float64Array.from(this.pendingTimes)
    this.pendingRows = []
    this.pendingTimes = []
    this.callbacks.batch({ ...this.head(), data, times }, times[times.length - 1]!)
  }

  private head(): Pick<Batch, 'channels' | 'units' | 'rate'> {
    return { channels: this.channels, units: this.units, rate: this.settings.rate }
  }

  private good(uptime: number): void {
    this.lastRow = uptime
    this.everGood = true
    this.broken = 0
    this.failures = 0
    this.retries = 0
    if (!this.down) return
    this.down = false
    this.callbacks.recovered()
  }

  /** @returns ms until the next try */
  private failed(error: unknown): number {
    this.flush()
    this.failures++
    this.suspect = true
    const enough = this.everGood ? FAILURES_TO_OUTAGE : 1
    if (!this.down && this.failures >= enough) {
      this.down = true
      this.callbacks.outage(this.asUserError(error))
    }
    if (!this.down) {
      this.due = this.world.clock.uptime() + this.interval
      return this.interval
    }
    // Everything anew at each try: the bus itself may have been unplugged.
    this.dropBus()
    const wait = Math.min(LONGEST_RETRY, FIRST_RETRY * 2 ** this.retries++)
    return Math.min(LONGEST_RETRY, wait * (1 + 0.25 * this.world.clock.random()))
  }

  private asUserError(error: unknown): UserError {
    if (error instanceof UserError) return error
    const { bus, address } = this.settings
    const text = error instanceof Error ? error.message : String(error)
    return new DeviceError(
      'sources.i2cFailed',
      { field: 'address', bus, address: hex(address), errno: 0, text },
      { cause: error },
    )
  }

  private dropBus(): void {
    this.bus?.close()
    this.bus = undefined
    this.sensor = undefined
  }

  private tell(key: MessageKey, more: MessageParams = {}): void {
    const { bus, address, chip } = this.settings
    this.callbacks.event(key, { field: 'rate', bus, address: hex(address), chip: chip.label, ...more })
  }

  /** Polls keep to a grid; what was missed is skipped, not made up for in a burst. */
  private untilDue(): number {
    const now = this.world.clock.uptime()
    this.due += this.interval
    if (this.due < now) this.due += (Math.floor((now - this.due) / this.interval) + 1) * this.interval
    return this.due - now
  }
}

/** Reads a sensor until it is closed; retries for ever. Opens nothing before the first turn of the event loop. */
export function openI2c(
  settings: I2cSettings,
  callbacks: I2cCallbacks,
  world: I2cWorld = { openBus: openLinuxBus, clock: systemClock },
): I2cConnection {
  return new Connection(settings, callbacks, world)
}
