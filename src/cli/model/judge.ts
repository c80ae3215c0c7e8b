import { CalibrationScores } from '../../core/thresholds/calibration-scores'
import { withoutTop } from '../../core/thresholds/contamination'
import type { Scores } from '../../core/thresholds/score-pool'
import type { Reason } from '../../core/verdict'
import { Vote } from '../../core/vote'
import type { Calibration } from '../../model/manifest'

/** What a score comes to. */
export interface Judgement {
  /** As text; empty where nothing was calibrated. */
  readonly pValue: string
  readonly isAnomaly: boolean
  readonly reason: Reason
}

/** Different p-values that are kept as text. */
const REMEMBERED = 100_000

/** Holds scores against a threshold as the flow does: the vote of k of n windows, the p-value, the warning level. */
export class Judge {
  readonly threshold: number | null
  private readonly warning: number | null
  private readonly scores?: Scores
  private readonly vote: { readonly k: number; readonly n: number }
  private readonly votes = new Map<string, Vote>()
  private readonly texts = new Map<number, string>()

  /** @param threshold instead of the calibrated one; p-values stay what the calibration says */
  constructor(calibration: Calibration | undefined, threshold?: number, hasPValues = true) {
    const { vote, scores, warning, contamination } = (calibration ?? {}) as {
      readonly vote?: { readonly k: number; readonly n: number }
      readonly scores?: unknown
      readonly warning?: number | null
      readonly contamination?: number
    }
    this.threshold = threshold ?? calibration?.threshold ?? null
    this.warning = threshold === undefined ? (warning ?? null) : null
    this.vote = vote ?? { k: 1, n: 1 }
    const known = scores === undefined || !hasPValues ? undefined : CalibrationScores.from(scores)
    if (known !== undefined && known.n > 0) this.scores = withoutTop(known, contamination ?? 0)
  }

  /** @param lane scores of one lane (group and context) vote together */
  judge(score: number, lane: string): Judgement {
    const { threshold, warning, vote } = this
    if (threshold === null) return { pValue: '', isAnomaly: false, reason: 'LEARNING' }
    const height = vote.n === 1 ? score : (this.voteOf(lane).push(score, 0) ?? -Infinity)
    const isAnomaly = height > threshold
    return {
      pValue: this.scores === undefined ? '' : this.pValue(height),
      isAnomaly,
      reason: isAnomaly ? 'ANOMALY' : warning !== null && height > warning ? 'WARNING' : 'NORMAL',
    }
  }

  /** Evidence of a lane ended. */
  gap(lane: string): void {
    this.votes.delete(lane)
  }

  /** All evidence so far ended. */
  clear(): void {
    this.votes.clear()
  }

  private voteOf(lane: string): Vote {
    let vote = this.votes.get(lane)
    if (vote === undefined) {
      vote = new Vote(this.vote.k, this.vote.n)
      this.votes.set(lane, vote)
    }
    return vote
  }

  private pValue(height: number): string {
    const scores = this.scores!
    const count = scores.countAtLeast(height)
    let text = this.texts.get(count)
    if (text === undefined) {
      text = String(Number(((1 + count) / (scores.n + 1)).toPrecision(9)))
      if (this.texts.size < REMEMBERED) this.texts.set(count, text)
    }
    return text
  }
}
