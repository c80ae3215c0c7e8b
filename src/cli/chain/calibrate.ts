import { CalibrationScores } from '../../core/thresholds/calibration-scores'
import type { Chain } from './chain'
import type { Framed } from './sample'
import { Spacing } from './spacing'

/** Frames scored in one run of a detector. */
const BATCH = 256

/** The scores of all contexts together, each by its own baseline, of windows that share no data. */
export class PooledScores {
  readonly scores = new CalibrationScores()
  /** Windows of contexts that were not learned. */
  unknown = 0
  private readonly waiting = new Map<Chain, Framed[]>()
  private readonly spacings = new Map<Chain, Spacing>()

  /** @param chainOf the chain of a context; undefined where it is not known */
  constructor(private readonly chainOf: (context: string | undefined) => Chain | undefined) {}

  async add(item: Framed): Promise<void> {
    const chain = this.chainOf(item.context)
    if (chain === undefined) {
      this.unknown++
      return
    }
    let spacing = this.spacings.get(chain)
    if (spacing === undefined) this.spacings.set(chain, (spacing = new Spacing()))
    if (!spacing.take(item)) return
    let batch = this.waiting.get(chain)
    if (batch === undefined) this.waiting.set(chain, (batch = []))
    batch.push(item)
    if (batch.length >= BATCH) await this.score(chain, batch)
  }

  /** Scores what still waits. */
  async finish(): Promise<CalibrationScores> {
    for (const [chain, batch] of this.waiting) await this.score(chain, batch)
    return this.scores
  }

  private async score(chain: Chain, batch: Framed[]): Promise<void> {
    const frames = batch.splice(0).map(({ frame }) => frame)
    if (frames.length === 0) return
    for (const { score, reason } of await chain.score(frames))
      if (reason === undefined) this.scores.add(score)
  }
}
