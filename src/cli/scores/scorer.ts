import { InputError } from '../../core/errors'
import { isGap } from '../../core/thresholds/lane'
import type { Score } from '../../core/stage'
import { SENSOR_FAULTS, type Reason } from '../../core/verdict'
import type { Chain } from '../chain/chain'
import type { Item } from '../chain/cutter'
import type { Judge } from '../model/judge'
import { told } from '../terminal/terms'
import type { LineBuffer } from './line-buffer'
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

type Answer = Score | InputError

/** Scores items and makes lines of them, in their order. */
export class Scorer {
  /** Items with a score, those above the threshold, those without a score. */
  scored = 0
  anomalies = 0
  unscored = 0
  /** Of those without a score, how many for which reason. */
  readonly reasons = new Map<Reason, number>()
  private group = ''

  constructor(
    private readonly contexts: ReadonlyMap<string | undefined, Scored>,
    private readonly lines: ScoreLines,
    private readonly out: LineBuffer,
    private readonly onlyAnomalies: boolean,
  ) {}

  /** A promise only where a detector answers by one. */
  push(items: readonly Item[], at = 0): void | Promise<void> {
    for (let i = at; i < items.length;) {
      const item = items[i]!
      const scored = this.contexts.get(item.context)
      if (item.frame === undefined || scored === undefined) {
        this.without(item, scored)
        i++
        continue
      }
      const batch = batchFrom(items, i)
      i += batch.length
      const answers = this.score(batch, scored.chain)
      if (answers instanceof Promise) {
        const next = i
        return answers.then((each) => {
          this.all(batch, each, scored)
          return this.push(items, next)
        })
      }
      this.all(batch, answers, scored)
    }
    return undefined
  }

  private score(batch: readonly Item[], chain: Chain): readonly Answer[] | Promise<readonly Answer[]> {
    try {
      const scores = chain.score(batch.map(({ frame }) => frame!))
      if (!(scores instanceof Promise)) return scores
      return scores.catch((error: unknown) => this.oneByOne(batch, chain, error))
    } catch (error) {
      return this.oneByOne(batch, chain, error)
    }
  }

  private async oneByOne(batch: readonly Item[], chain: Chain, error: unknown): Promise<readonly Answer[]> {
    if (!isOfOneFrame(error)) throw error
    const answers: Answer[] = []
    for (const { frame } of batch) {
      try {
        answers.push((await chain.score([frame!]))[0]!)
      } catch (own) {
        if (!isOfOneFrame(own)) throw own
        answers.push(own)
      }
    }
    return answers
  }

  private all(batch: readonly Item[], answers: readonly Answer[], scored: Scored): void {
    for (let i = 0; i < batch.length; i++) this.one(batch[i]!, answers[i]!, scored)
  }

  private one(item: Item, answer: Answer, { judge, threshold }: Scored): void {
    if (answer instanceof InputError) {
      this.line(item, 'SATURATED', threshold, judge, told(answer).message)
      return
    }
    if (answer.reason !== undefined) {
      this.line(item, answer.reason, threshold, judge, answer.detail)
      return
    }
    this.scored++
    if (item.group !== this.group) {
      // Recordings that were put together vote for themselves.
      for (const other of this.contexts.values()) other.judge.clear()
      this.group = item.group
    }
    const judgement = judge.judge(answer.score, item.context ?? '')
    if (judgement.isAnomaly) this.anomalies++
    else if (this.onlyAnomalies) return
    this.lines.judged(this.out, item, answer, judgement, threshold)
  }

  private without(item: Item, scored: Scored | undefined): void {
    if (scored === undefined) this.line(item, 'UNKNOWN_CONTEXT', '', undefined, item.context)
    else this.line(item, item.reason ?? 'DROPOUT', scored.threshold, scored.judge, item.detail)
  }

  private line(
    item: Item,
    reason: Reason,
    threshold: string,
    judge: Judge | undefined,
    detail: string | undefined,
  ): void {
    this.unscored++
    this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1)
    if (isGap(reason)) judge?.gap(item.context ?? '')
    if (!this.onlyAnomalies || SENSOR_FAULTS.has(reason))
      this.lines.unscored(this.out, item, reason, threshold, detail)
  }
}

/** The items from `from` on that one run of the same detector can take. */
function batchFrom(items: readonly Item[], from: number): readonly Item[] {
  const { context } = items[from]!
  let to = from + 1
  while (to < items.length && to - from < BATCH) {
    const { frame, context: other } = items[to]!
    if (frame === undefined || other !== context) break
    to++
  }
  return items.slice(from, to)
}

function isOfOneFrame(error: unknown): error is InputError {
  return error instanceof InputError && OF_ONE_FRAME.has(error.key)
}
