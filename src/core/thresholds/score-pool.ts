import type { CalibrationScores } from './calibration-scores'

/** What a threshold is worked out from. */
export type Scores = Pick<
  CalibrationScores,
  'n' | 'smallest' | 'max' | 'mean' | 'sd' | 'countAtLeast' | 'pValue'
>

/** The scores of several calibrations as if they were one, without a copy of them. */
export class ScorePool implements Scores {
  /** @param members at least one, none empty */
  constructor(private readonly members: () => readonly CalibrationScores[]) {}

  get n(): number {
    return this.members().reduce((sum, { n }) => sum + n, 0)
  }

  get max(): number {
    return Math.max(...this.members().map(({ max }) => max))
  }

  get mean(): number {
    return this.members().reduce((sum, { n, mean }) => sum + n * mean, 0) / this.n
  }

  /** By the law of total variance; divided by n. */
  get sd(): number {
    const { mean } = this
    const squares = this.members().reduce(
      (sum, own) => sum + own.n * (own.sd ** 2 + (own.mean - mean) ** 2),
      0,
    )
    return Math.sqrt(squares / this.n)
  }

  /** The rank-th smallest score of all (from 1): the least of the scores with at least `rank` at or below it. */
  smallest(rank: number): number {
    let least = Infinity
    for (const member of this.members()) {
      let low = 1
      let high = member.n + 1
      while (low < high) {
        const middle = (low + high) >>> 1
        if (this.countAtMost(member.smallest(middle)) < rank) low = middle + 1
        else high = middle
      }
      if (low <= member.n) least = Math.min(least, member.smallest(low))
    }
    return least
  }

  countAtLeast(score: number): number {
    return this.members().reduce((sum, member) => sum + member.countAtLeast(score), 0)
  }

  pValue(score: number): number {
    return (1 + this.countAtLeast(score)) / (this.n + 1)
  }

  private countAtMost(score: number): number {
    return this.members().reduce((sum, member) => sum + member.countAtMost(score), 0)
  }
}
