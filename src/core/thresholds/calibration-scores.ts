import { InputError } from '../errors'

/** So many scores are kept one by one; beyond it the largest stay exact and the rest is counted in bins. */
export const EXACT_SCORES = 10_000
const BIN = 50

/** What `CalibrationScores` is stored as: plain JSON. */
export interface StoredScores {
  /** The largest scores, ascending. */
  readonly tail: readonly number[]
  /** Upper edges of the bins below, ascending, with how many scores each holds. */
  readonly edges?: readonly number[]
  readonly counts?: readonly number[]
  readonly mean?: number
  readonly squares?: number
}

/**
 * The scores that a threshold rests on, sorted, in bounded memory: up to 10,000 exactly; of more, the largest exactly
 * and the others in bins that are read at their upper edge, so that thresholds and p-values err to the safe side.
 */
export class CalibrationScores {
  private tail = new Float64Array(128)
  private used = 0
  private edges: number[] = []
  private counts: number[] = []
  private below = 0
  private runningMean = 0
  private runningSquares = 0

  constructor(scores: Iterable<number> = []) {
    for (const score of scores) this.add(score)
  }

  /** How many scores. */
  get n(): number {
    return this.below + this.used
  }

  add(score: number): void {
    if (!Number.isFinite(score))
      throw new InputError('threshold.notFinite', { field: 'score', got: String(score) })
    if (this.below > 0) this.run(score)
    const last = this.edges.length - 1
    if (last >= 0 && score <= this.edges[last]!) {
      const bin = firstAtLeast(this.edges, this.edges.length, score)
      this.counts[bin] = this.counts[bin]! + 1
      this.below++
      return
    }
    if (this.used === this.tail.length) this.grow()
    const at = firstAtLeast(this.tail, this.used, score)
    this.tail.copyWithin(at + 1, at, this.used)
    this.tail[at] = score
    this.used++
    if (this.used > EXACT_SCORES) this.fold()
  }

  /** Takes one score out again; false where it is not among the exact ones. */
  remove(score: number): boolean {
    const at = firstAtLeast(this.tail, this.used, score)
    if (at >= this.used || this.tail[at] !== score || this.below > 0) return false
    this.tail.copyWithin(at, at + 1, this.used)
    this.used--
    return true
  }

  /** The rank-th smallest score (from 1). */
  smallest(rank: number): number {
    if (rank > this.below) return this.tail[rank - this.below - 1]!
    let seen = 0
    for (let i = 0; i < this.edges.length; i++) {
      seen += this.counts[i]!
      if (seen >= rank) return this.edges[i]!
    }
    throw new RangeError(`no score of rank ${rank}`)
  }

  get max(): number {
    return this.smallest(this.n)
  }

  /** How many scores are at least this high. */
  countAtLeast(score: number): number {
    let count = this.used - firstAtLeast(this.tail, this.used, score)
    for (let i = this.edges.length - 1; i >= 0 && this.edges[i]! >= score; i--) count += this.counts[i]!
    return count
  }

  /** How many scores are at most this high. */
  countAtMost(score: number): number {
    let count = firstAbove(this.tail, this.used, score)
    for (let i = 0; i < this.edges.length && this.edges[i]! <= score; i++) count += this.counts[i]!
    return count
  }

  /** Conformal p-value of a new score: (1 + number of calibration scores ≥ it) / (n + 1), in (0, 1]. */
  pValue(score: number): number {
    return (1 + this.countAtLeast(score)) / (this.n + 1)
  }

  get mean(): number {
    if (this.below > 0) return this.runningMean
    let sum = 0
    for (let i = 0; i < this.used; i++) sum += this.tail[i]!
    return sum / this.used
  }

  /** Standard deviation, divided by n (numpy's default). */
  get sd(): number {
    if (this.below > 0) return Math.sqrt(this.runningSquares / this.n)
    const mean = this.mean
    let sum = 0
    for (let i = 0; i < this.used; i++) sum += (this.tail[i]! - mean) ** 2
    return Math.sqrt(sum / this.used)
  }

  toJSON(): StoredScores {
    const tail = Array.from(this.tail.subarray(0, this.used))
    if (this.below === 0) return { tail }
    return {
      tail,
      edges: [...this.edges],
      counts: [...this.counts],
      mean: this.runningMean,
      squares: this.runningSquares,
    }
  }

  /** Takes up what `toJSON` gave. @throws InputError where it is something else. */
  static from(stored: unknown): CalibrationScores {
    const { tail, edges = [], counts = [], mean = 0, squares = 0 } = (stored ?? {}) as Partial<StoredScores>
    const ok =
      ascending(tail) &&
      tail.length <= EXACT_SCORES &&
      ascending(edges) &&
      isNumbers(counts) &&
      counts.length === edges.length &&
      counts.every((count) => Number.isInteger(count) && count > 0) &&
      Number.isFinite(mean) &&
      Number.isFinite(squares)
    if (!ok) throw new InputError('threshold.badPart', { field: 'scores' })
    const scores = new CalibrationScores()
    scores.tail = Float64Array.from([...tail, 0])
    scores.used = tail.length
    scores.edges = [...edges]
    scores.counts = [...counts]
    scores.below = counts.reduce((sum, count) => sum + count, 0)
    scores.runningMean = mean
    scores.runningSquares = squares
    return scores
  }

  private grow(): void {
    const larger = new Float64Array(this.tail.length * 2)
    larger.set(this.tail)
    this.tail = larger
  }

  private run(score: number): void {
    const before = this.runningMean
    this.runningMean += (score - before) / (this.n + 1)
    this.runningSquares += (score - before) * (score - this.runningMean)
  }

  /** Moves the lower half of the exact scores into bins, and pairs bins where they have become many. */
  private fold(): void {
    if (this.below === 0) {
      const mean = this.mean
      this.runningSquares = this.sd ** 2 * this.used
      this.runningMean = mean
    }
    const half = Math.floor(this.used / 2 / BIN) * BIN
    for (let i = BIN; i <= half; i += BIN) {
      this.edges.push(this.tail[i - 1]!)
      this.counts.push(BIN)
    }
    this.tail.copyWithin(0, half, this.used)
    this.used -= half
    this.below += half
    if (this.edges.length > 1000) {
      const even = this.edges.length % 2
      const edges = this.edges.filter((_, i) => i % 2 !== even)
      const counts = edges.map((_, j) => {
        const i = 2 * j + 1 - even
        return this.counts[i]! + (this.counts[i - 1] ?? 0)
      })
      this.edges = edges
      this.counts = counts
    }
  }
}

/** Index of the first of `length` ascending values that is ≥ `value`. */
function firstAtLeast(values: ArrayLike<number>, length: number, value: number): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (values[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}

/** Index of the first of `length` ascending values that is > `value`. */
function firstAbove(values: ArrayLike<number>, length: number, value: number): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (values[middle]! <= value) low = middle + 1
    else high = middle
  }
  return low
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'number' && Number.isFinite(item))
}

function ascending(value: unknown): value is number[] {
  return isNumbers(value) && value.every((item, i) => i === 0 || item >= value[i - 1]!)
}
