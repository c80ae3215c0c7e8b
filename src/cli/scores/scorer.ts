import { InputError } from '../../core/errors'
import { isGap } from '../../core/thresholds/lane'
import type { Score } from '../../core/stage'
import type { Reason } from '../../core/verdict'
import type { Chain } from '../chain/chain'
import type { Item } from '../chain/cutter'
import type { Judge } from '../model/judge'
import type { ScoreLines } from './score-lines'

/** Frames scored in one run of a detector. */
const BATCH = 256
/** What concerns one frame alone: the others of its batch are scored all the same. */
const OF_ONE_FRAME: ReadonlySet<string> = new Set([
  'detector.overflow',
  'frame.notFinite',
  'model.outputNotFinite',
])

/** One context's chain and how its scores are judged. */
export interface Scored {
  readonly chain: Chain
  readonly judge: Judge
  /** The threshold as text. */
  readonly threshold: string
}

/** Scores items and makes lines of them, in their order. */
export class Scorer {
  /** Lines that were asked for: scored, above the threshold, without a score. */
  scored = 0
  anomalies = 0
  unscored = 0
  private group = ''

  constructor(
    private readonly contexts: ReadonlyMap<string | undefined, Scored>,
    private readonly lines: ScoreLines,
    private readonly onlyAnomalies: boolean,
    private readonly give: (text: string) => void | Promise<void>,
  ) {}

  /** A promise only where a detector answers by one, or the output has no room. */
  push(items: readonly Item[]): void | Promise<void> {
    return this.from(items, 0)
  }

  private from(items: readonly Item[], at: number): void | Promise<void> {
    let i = at
    let text = ''
    while (i < items.length) {
      const item = items[i]!
      const scored = this.contexts.get(item.context)
      if (item.frame === undefined || scored === undefined) {
        text += this.without(item, scored)
        i++
        continue
      }
      const to = this.batchEnd(items, i)
      const batch = items.slice(i, to)
      const scores = this.score(batch, scored.chain)
      i = to
      if (scores instanceof Promise) {
        const before = text
        return scores.then(async (each) => {
          await this.give(before + this.all(batch, each, scored))
          await this.from(items, to)
        })
      }
      text += this.all(batch, scores, scored)
    }
    return this.give(text)
  }

  /** Behind the last of the items that one run of the same detector can take. */
  private batchEnd(items: readonly Item[], from: number): number {
    const { context } = items[from]!
    let to = from + 1
    while (to < items.length && to - from < BATCH) {
      const { frame, context: other } = items[to]!
      if (frame === undefined || other !== context) break
      to++
    }
    return to
  }

  private score(
    batch: readonly Item[],
    chain: Chain,
  ): readonly (Score | InputError)[] | Promise<readonly (Score | InputError)[]> {
    const frames = batch.map(({ frame }) => frame!)
    try {
      const scores = chain.score(frames)
      return scores instanceof Promise
        ? scores.catch((error: unknown) => this.oneByOne(batch, chain, error))
        : scores
    } catch (error) {
      return this.oneByOne(batch, chain, error)
    }
  }

  private async oneByOne(
    batch: readonly Item[],
    chain: Chain,
    error: unknown,
  ): Promise<readonly (Score | InputError)[]> {
    if (!(error instanceof InputError) || !OF_ONE_FRAME.has(error.key)) throw error
    const scores: (Score | InputError)[] = []
    for (const { frame } of batch) {
      try {
        scores.push((await chain.score([frame!]))[0]!)
      } catch (own) {
        if (!(own instanceof InputError) || !OF_ONE_FRAME.has(own.key)) throw own
        scores.push(own)
      }
    }
    return scores
  }

  private all(batch: readonly Item[], scores: readonly (Score | InputError)[], scored: Scored): string {
    let text = ''
    for (let i = 0; i < batch.length; i++) text += this.one(batch[i]!, scores[i]!, scored)
    return text
  }

  private one(item: Item, score: Score | InputError, { judge, threshold }: Scored): string {
    if (score instanceof InputError) return this.line(item, 'SATURATED', threshold, judge, score.message)
    if (score.reason !== undefined) return this.line(item, score.reason, threshold, judge, score.detail)
    this.scored++
    const { group, context = '' } = item
    if (group !== this.group) {
      // Recordings that were put together vote for themselves.
      for (const other of this.contexts.values()) other.judge.clear()
      this.group = group
    }
    const judgement = judge.judge(score.score, context)
    if (judgement.isAnomaly) this.anomalies++
    else if (this.onlyAnomalies) return ''
    return this.lines.judged(item, { ...judgement, score, threshold })
  }

  private without(item: Item, scored: Scored | undefined): string {
    if (scored === undefined) return this.line(item, 'UNKNOWN_CONTEXT', '', undefined, item.context)
    return this.line(item, item.reason ?? 'DROPOUT', scored.threshold, scored.judge, item.detail)
  }

  private line(
    item: Item,
    reason: Reason,
    threshold: string,
    judge: Judge | undefined,
    detail: string | undefined,
  ): string {
    this.unscored++
    if (isGap(reason)) judge?.gap(item.context ?? '')
    return this.onlyAnomalies ? '' : this.lines.unscored(item, reason, threshold, detail)
  }
}
