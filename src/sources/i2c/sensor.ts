import type { I2cBus } from './bus'
import { writtenValue, type FifoDecoder, type FifoLevel, type Step } from './chip'
import { expectChip } from './identify'
import { decodeRows } from './layout'
import type { I2cSettings } from './settings'

/** Bytes of one burst: 85 rows of a six-axis chip, and less than the smallest limit among the usual adapters' drivers. */
const BURST_BYTES = 1020
/** A chip writes a word within µs, so a count that is no whole number of words so many times in a row stays so. */
const TORN_TO_BROKEN = 3

export interface FifoRead {
  /** rows × channels. */
  readonly rows: Float64Array
  /** Rows thrown away since the FIFO had just been reset. */
  readonly skipped: number
  /** Samples were lost: nothing was read, the FIFO has to be reset. */
  readonly broken: boolean
}

/** One chip on one bus: sets it up and reads it. Every method rejects with the DeviceError of the bus. */
export class Sensor {
  private readonly decoder?: FifoDecoder
  private toSkip = 0

  /** @param pause waits for so many ms */
  constructor(
    private readonly bus: I2cBus,
    private readonly settings: I2cSettings,
    private readonly channels: number,
    private readonly pause: (ms: number) => Promise<void>,
  ) {
    this.decoder = settings.chip.fifo?.decoder(settings)
  }

  /** Checks that it is the right chip and sets it up from whatever state it is in. */
  async start(): Promise<void> {
    const { chip, address } = this.settings
    await expectChip(this.bus, address, chip)
    await this.run(chip.configure(this.settings))
    this.forget()
  }

  /** False when the chip has lost its settings: it was without power in between. */
  async isSetUp(): Promise<boolean> {
    const { chip, address } = this.settings
    const expected = writtenValue(chip.configure(this.settings), chip.alive)
    const [value] = await this.bus.read(address, chip.alive, 1)
    return value === expected
  }

  /** Empties the FIFO. */
  async resetFifo(): Promise<void> {
    await this.run(this.settings.chip.fifo?.reset(this.settings) ?? [])
    this.forget()
  }

  /** All complete rows of the FIFO, oldest first. */
  async readFifo(): Promise<FifoRead> {
    const { chip, address } = this.settings
    const fifo = chip.fifo!
    const { words, broken } = await this.level()
    if (broken || words === 0) return { rows: new Float64Array(0), skipped: 0, broken }
    const aside = fifo.aside?.(this.settings)
    const once = aside && (await this.bus.read(address, aside.register, aside.length))
    return { ...this.skip(this.decoder!.push(await this.words(words), once)), broken: false }
  }

  /** One row from the output registers. */
  async readSample(): Promise<Float64Array> {
    const { read, layout } = this.settings.chip.sample(this.settings)
    return decodeRows(await this.bus.read(this.settings.address, read.register, read.length), layout)
  }

  /** What waits in the FIFO. A torn count is asked for again; one that stays torn gives no row, since none would begin where a row does. */
  private async level(): Promise<FifoLevel> {
    const { chip, address } = this.settings
    const fifo = chip.fifo!
    for (let tries = 1; ; tries++) {
      const parts: Uint8Array[] = []
      for (const { register, length } of fifo.status)
        parts.push(await this.bus.read(address, register, length))
      const level = fifo.level(Buffer.concat(parts), this.settings)
      if (level.torn !== true) return level
      if (tries === TORN_TO_BROKEN) return { words: 0, broken: true }
    }
  }

  private async words(count: number): Promise<Uint8Array> {
    const { chip, address } = this.settings
    const fifo = chip.fifo!
    const size = fifo.wordBytes(this.settings)
    const perBurst = fifo.burst ? Math.floor(BURST_BYTES / size) : 1
    const bytes = new Uint8Array(count * size)
    for (let done = 0; done < count; done += perBurst) {
      const length = Math.min(perBurst, count - done) * size
      bytes.set(await this.bus.read(address, fifo.data, length), done * size)
    }
    return bytes
  }

  private skip(rows: Float64Array): { rows: Float64Array; skipped: number } {
    const skipped = Math.min(this.toSkip, rows.length / this.channels)
    this.toSkip -= skipped
    return { rows: skipped === 0 ? rows : rows.slice(skipped * this.channels), skipped }
  }

  private forget(): void {
    this.decoder?.reset()
    this.toSkip = this.settings.chip.fifo?.discard ?? 0
  }

  private async run(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      if (step.wait !== undefined) await this.pause(step.wait)
      else await this.bus.write(this.settings.address, step.register, Uint8Array.of(step.value))
    }
  }
}
