/** Shortest and longest wait between two tries, ms. */
const SHORTEST = 500
const LONGEST = 30_000

/** Waits that double from 0.5 s to 30 s, each shortened by up to a quarter so that many clients do not return at once. */
export class BackOff {
  private tries = 0

  constructor(private readonly random: () => number = Math.random) {}

  /** The next wait, ms. */
  next(): number {
    const wait = Math.min(LONGEST, SHORTEST * 2 ** this.tries++)
    return Math.round(wait * (1 - 0.25 * this.random()))
  }

  reset(): void {
    this.tries = 0
  }
}
