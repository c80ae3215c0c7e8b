import { Random } from '../random'
import type { RandomFault, Simulator } from './simulator'

/** Parts the random numbers of the faults from those of the machine, which then behaves the same without faults. */
const OWN_SEED = 0x5eed_fa17

/**
 * A simulated machine with which something goes wrong from time to time, by chance but the same each time with the same seed.
 * Faults begin and end between rows, whatever the batch. While somebody gives orders by hand, a random fault that is on is left to
 * them.
 */
export class RandomFaults implements Simulator {
  private readonly random: Random
  /** Rows until the next begin or end. */
  private left: number
  /** What was wrong at any time during the last rows. */
  private seen?: string
  private current?: RandomFault

  /** @param perHour how often, on average, in normal time */
  constructor(
    private readonly machine: Simulator,
    private readonly faults: readonly RandomFault[],
    private readonly perHour: number,
    seed: number,
  ) {
    this.random = new Random((seed ^ OWN_SEED) >>> 0)
    this.left = this.waitingTime()
  }

  get channels(): readonly string[] {
    return this.machine.channels
  }

  get units(): readonly string[] {
    return this.machine.units
  }

  get rate(): number {
    return this.machine.rate
  }

  get label(): string {
    return this.seen ?? this.machine.label
  }

  next(rows: number): Float32Array | undefined {
    const { machine } = this
    const width = machine.channels.length
    const data = new Float32Array(rows * width).fill(NaN)
    let isThere = false
    let seen: string | undefined
    for (let row = 0; row < rows;) {
      if (this.left <= 0) this.change()
      const count = Math.min(rows - row, this.left)
      const part = machine.next(count)
      if (part !== undefined) data.set(part, row * width)
      isThere ||= part !== undefined
      if (machine.label !== 'normal') seen ??= machine.label
      this.left -= count
      row += count
    }
    this.seen = seen
    return isThere ? data : undefined
  }

  order(order: Readonly<Record<string, unknown>>): void {
    this.machine.order(order)
    this.seen = undefined
    if (this.current === undefined) return
    this.current = undefined
    this.left = this.waitingTime()
  }

  private change(): void {
    if (this.current !== undefined) {
      this.machine.order(this.current.end)
      this.current = undefined
      this.left = this.waitingTime()
      return
    }
    const fault = this.faults[Math.floor(this.random.next() * this.faults.length)]!
    const [shortest, longest] = fault.seconds
    this.left = this.rowsOf(shortest + (longest - shortest) * this.random.next())
    this.machine.order(fault.begin)
    this.current = fault
  }

  /** Times between independent events are exponential. */
  private waitingTime(): number {
    return this.rowsOf((-Math.log(1 - this.random.next()) * 3600) / this.perHour)
  }

  private rowsOf(seconds: number): number {
    return Math.max(1, Math.round(seconds * this.machine.rate))
  }
}
