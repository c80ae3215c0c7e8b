import type { Scores } from './score-pool'

/** The largest share of a calibration that may be taken for anomalous. */
export const MAX_CONTAMINATION = 0.4
// 0.29 · 100 is a hair below 29.
const HAIR = 1e-9
/** Twice the distance from the lower quartile to the median is the spread of the bulk; so many of it are a gap, not a tail. */
const GAP = 5
const FEWEST = 20

/** How many of n scores are left out, from the top. */
export function leftOutOf(n: number, contamination: number): number {
  return Math.floor(contamination * n + HAIR)
}

/** Windows of which `kept` remain after the share was left out. */
export function windowsFor(kept: number, contamination: number): number {
  return Math.max(kept, Math.floor((kept - 1) / (1 - contamination) + HAIR) + 1)
}

/** The scores without the share that may be anomalous: those at the top. A view: what is added later is in it. */
export function withoutTop(scores: Scores, contamination: number): Scores {
  return contamination === 0 ? scores : new LowerScores(scores, contamination)
}

class LowerScores implements Scores {
  constructor(
    private readonly all: Scores,
    private readonly contamination: number,
  ) {}

  get n(): number {
    return this.all.n - this.leftOut
  }

  get max(): number {
    return this.smallest(this.n)
  }

  get mean(): number {
    return this.average((score) => score)
  }

  get sd(): number {
    const { mean } = this
    return Math.sqrt(this.average((score) => (score - mean) ** 2))
  }

  smallest(rank: number): number {
    return this.all.smallest(rank)
  }

  countAtLeast(score: number): number {
    return Math.max(0, this.all.countAtLeast(score) - this.leftOut)
  }

  pValue(score: number): number {
    return (1 + this.countAtLeast(score)) / (this.n + 1)
  }

  private get leftOut(): number {
    return leftOutOf(this.all.n, this.contamination)
  }

  private average(of: (score: number) => number): number {
    const { n } = this
    let sum = 0
    for (let rank = 1; rank <= n; rank++) sum += of(this.all.smallest(rank))
    return sum / n
  }
}

/** Scores that stand apart from the bulk. */
export interface DetachedTail {
  readonly count: number
  /** The least of them. */
  readonly from: number
}

/**
 * The scores above the first gap over the median that is far wider than the bulk is; undefined where there is none.
 * A threshold among them is the level of the anomalies, not of the normal.
 */
export function detachedTail(scores: Scores): DetachedTail | undefined {
  const { n } = scores
  if (n < FEWEST) return undefined
  let below = scores.smallest(Math.ceil(n / 2))
  const gap = GAP * 2 * (below - scores.smallest(Math.ceil(n / 4)))
  while (below + gap > below) {
    const rank = n - scores.countAtLeast(below + gap)
    if (rank === n) return undefined
    const next = scores.smallest(rank)
    if (next <= below) return { count: n - rank, from: scores.smallest(rank + 1) }
    below = next
  }
  return undefined
}
