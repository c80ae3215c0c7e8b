import { InputError } from './errors'

/** What `Vote` is stored as. */
export interface StoredVote {
  readonly scores: readonly number[]
  readonly starts: readonly number[]
}

/**
 * The vote k of n as a score: the k-th largest of the last n scores. It exceeds a threshold exactly when
 * at least k of the last n scores do, so calibrating it calibrates the vote. Keep one per stream, model and detector.
 */
export class Vote {
  private scores: number[] = []
  private starts: number[] = []

  constructor(
    readonly k: number,
    readonly n: number,
  ) {}

  /**
   * @param start begin of the score's window, ms
   * @returns the k-th largest of the last n scores; undefined with fewer than k. With fewer than n it is lower than it
   * would be with n, which errs to silence.
   */
  push(score: number, start: number): number | undefined {
    if (this.scores.length === this.n) {
      this.scores.shift()
      this.starts.shift()
    }
    this.scores.push(score)
    this.starts.push(start)
    if (this.k === 1 && this.n === 1) return score
    return this.scores.length < this.k ? undefined : [...this.scores].sort((a, b) => b - a)[this.k - 1]
  }

  /** True where n scores were seen since the last gap. */
  get full(): boolean {
    return this.scores.length === this.n
  }

  /** Begin of the oldest window that the vote rests on, ms. */
  get since(): number {
    return this.starts[0] ?? 0
  }

  clear(): void {
    this.scores = []
    this.starts = []
  }

  snapshot(): StoredVote {
    return { scores: [...this.scores], starts: [...this.starts] }
  }

  /** @throws InputError where the state is not one of this vote. */
  restore(state: unknown): void {
    const { scores, starts } = (state ?? {}) as Partial<StoredVote>
    const numbers = (value: unknown): value is number[] =>
      Array.isArray(value) && value.length <= this.n && value.every((item) => Number.isFinite(item))
    if (!numbers(scores) || !numbers(starts) || scores.length !== starts.length) {
      throw new InputError('threshold.badState', { field: 'vote' })
    }
    this.scores = [...scores]
    this.starts = [...starts]
  }
}
