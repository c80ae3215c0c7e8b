import { Random } from '../random'
import type { RandomFault, Simulator } from './simulator'

/** Parts the random numbers of the faults from those of the machine, which then behaves the same without faults. */
const OWN_SEED = 0x5eed_fa17

/**
 * A simulated machine with which something goes wrong from time to time, by chance but the same each time with the same seed.
 * Faults begin and end between batches, so that the label holds for every row of a batch. While somebody gives orders by hand,
 * a random fault that is on is left to them.
 */
export class RandomFaults implements Simulator {
  private readonly random: Random
  /** Seconds of the machine's time until the next begin or end. */
  private left: number
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
    return this.machine.label
  }

  next(rows: number): Float32Array | undefined {
    if (this.left <= 0) this.change()
    this.left -= rows / this.machine.rate
    return this.machine.next(rows)
  }

  order(order: Readonly<Record<string, unknown>>): void {
    this.machine.order(order)
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
    this.left = shortest + (longest - shortest) * this.random.next()
    this.machine.order(fault.begin)
    this.current = fault
  }

  /** Times between independent events are exponential. */
  private waitingTime(): number {
    return (-Math.log(1 - this.random.next()) * 3600) / this.perHour
  }
}
