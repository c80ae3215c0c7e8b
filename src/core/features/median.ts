import { doubles } from './doubles'

/** More values than this are searched by quickselect rather than sorted. */
const FEW = 32

/** How fast a guess follows what was found. */
const FOLLOW = 0.125

/**
 * Exact medians of windows of n values. Only values near a guess are looked at closely, and they are gathered without a
 * branch that depends on the data, which is what makes a plain quickselect slow on noise. The guess is what earlier windows
 * had, in standard deviations; a bad one costs time, never exactness. No allocation after construction.
 */
export class MedianFinder {
  private readonly near: number[]
  private count = 0
  /** Where the median lay so far, from the mean, and the median deviation; in standard deviations. */
  private medianHint = 0
  private deviationHint = 0.6745
  private readonly reach: number
  /** Ranks of the two in the middle; equal where n is odd. */
  private readonly lower: number
  private readonly upper: number

  constructor(private readonly n: number) {
    this.near = doubles(n + 1)
    this.lower = (n - 1) >> 1
    this.upper = n >> 1
    this.reach = 1.2 / Math.sqrt(n)
  }

  /**
   * Median of `values`; of an even number the mean of the two in the middle (as numpy.median).
   * @param range largest less smallest value
   */
  median(values: number[], mean: number, spread: number, range: number): number {
    if (!(range > 0)) return values[0]!
    const guess = mean + this.medianHint * spread
    const found = this.search(values, 0, false, guess, spread, range) ?? this.searchAll(values)
    if (spread > 0) this.medianHint += FOLLOW * ((found - mean) / spread - this.medianHint)
    return found
  }

  /** Median of |value − centre|. */
  medianDeviation(values: number[], centre: number, spread: number, range: number): number {
    if (!(range > 0)) return 0
    const guess = this.deviationHint * spread
    let found = this.search(values, centre, true, guess, spread, range)
    if (found === undefined) {
      const { near } = this
      for (let i = 0; i < this.n; i++) near[i] = Math.abs(values[i]! - centre)
      found = middle(near, this.n, this.lower, this.upper)
    }
    if (spread > 0) this.deviationHint += FOLLOW * (found / spread - this.deviationHint)
    return found
  }

  private searchAll(values: number[]): number {
    const { near, n } = this
    for (let i = 0; i < n; i++) near[i] = values[i]!
    return middle(near, n, this.lower, this.upper)
  }

  private search(
    values: number[],
    centre: number,
    folded: boolean,
    guess: number,
    spread: number,
    range: number,
  ): number | undefined {
    const { near, lower, upper } = this
    for (let width = this.reach * spread, attempt = 0; attempt < 2; width *= 4, attempt++) {
      // Cells have to fit 32 bits.
      const reach = Math.max(width, range * 1e-6)
      const below = folded
        ? this.gatherFolded(values, centre, guess, reach)
        : this.gather(values, guess, reach)
      if (below <= lower && upper < below + this.count)
        return middle(near, this.count, lower - below, upper - below)
    }
    return undefined
  }

  /**
   * Puts the values within `width` of `guess` into `near`; gives back how many lie below them. A value's cell is 0 within the
   * reach, negative below, positive above: its sign bits count without a branch.
   */
  private gather(values: number[], guess: number, width: number): number {
    const { near, n } = this
    const scale = 1 / width
    let below = 0
    let count = 0
    for (let i = 0; i < n; i++) {
      const value = values[i]!
      near[count] = value
      const cell = ((value - guess) * scale) | 0
      below = (below + (cell >>> 31)) | 0
      count = (count + (((cell | -cell) >>> 31) ^ 1)) | 0
    }
    this.count = count
    return below
  }

  /** The same for |value − centre|. */
  private gatherFolded(values: number[], centre: number, guess: number, width: number): number {
    const { near, n } = this
    const scale = 1 / width
    let below = 0
    let count = 0
    for (let i = 0; i < n; i++) {
      const value = Math.abs(values[i]! - centre)
      near[count] = value
      const cell = ((value - guess) * scale) | 0
      below = (below + (cell >>> 31)) | 0
      count = (count + (((cell | -cell) >>> 31) ^ 1)) | 0
    }
    this.count = count
    return below
  }
}

/** Mean of the values of rank `lower` and `upper` (equal, or one more) among the first `count`; changes their order. */
function middle(values: number[], count: number, lower: number, upper: number): number {
  if (count <= FEW) {
    sort(values, count)
    return lower === upper ? values[upper]! : (values[lower]! + values[upper]!) / 2
  }
  const high = select(values, count, upper)
  return lower === upper ? high : (largest(values, upper) + high) / 2
}

/** Quantile `q` (0 … 1) with linear interpolation between the two nearest values (as numpy.quantile); changes the order of `values`. */
export function quantileInPlace(values: Float64Array | number[], q: number): number {
  const n = values.length
  const position = (n - 1) * q
  const below = Math.floor(position)
  const lower = select(values, n, below)
  if (below === position) return lower
  let upper = Infinity
  for (let i = below + 1; i < n; i++) if (values[i]! < upper) upper = values[i]!
  // numpy interpolates from the nearer end.
  const share = position - below
  return share < 0.5 ? lower + (upper - lower) * share : upper - (upper - lower) * (1 - share)
}

function largest(values: number[], count: number): number {
  let found = -Infinity
  for (let i = 0; i < count; i++) if (values[i]! > found) found = values[i]!
  return found
}

/** Insertion sort of the first `count` values. */
function sort(values: number[], count: number): void {
  for (let i = 1; i < count; i++) {
    const value = values[i]!
    let at = i
    while (at > 0 && values[at - 1]! > value) {
      values[at] = values[at - 1]!
      at--
    }
    values[at] = value
  }
}

/** Hoare's quickselect: puts the k-th smallest value in place k, none larger before it, none smaller after it. */
function select(a: Float64Array | number[], count: number, k: number): number {
  let low = 0
  let high = count - 1
  while (high > low) {
    const middle = (low + high) >> 1
    const x = a[low]!
    const y = a[middle]!
    const z = a[high]!
    const pivot = x < y ? (y < z ? y : x < z ? z : x) : x < z ? x : y < z ? z : y
    let i = low
    let j = high
    while (i <= j) {
      while (a[i]! < pivot) i++
      while (a[j]! > pivot) j--
      if (i <= j) {
        const kept = a[i]!
        a[i] = a[j]!
        a[j] = kept
        i++
        j--
      }
    }
    if (k <= j) high = j
    else if (k >= i) low = i
    else break
  }
  return a[k]!
}
