import type { ContextState, LearnOrders } from '../core/learn-orders'
import type { Line } from './learner-line'
import type { StreamKey, StreamMap } from './streams'

/** Which operating states of a stream have been learned, and which may be. */
export class LearnerContexts<O> {
  /** @param listed the contexts to learn; none: each that comes up while learning is on */
  constructor(
    private readonly lines: StreamMap<Line<O>>,
    private readonly orders: LearnOrders,
    private readonly listed: readonly string[],
  ) {}

  /** True for a context that has not been learned and is not to be, where others have been. */
  isUnknown(key: StreamKey): boolean {
    if (this.lines.has(key)) return false
    const isListed = this.listed.length === 0 || this.listed.includes(key.context!)
    const others = this.statesOf(key.topic).some(({ isLearned, isLearning }) => isLearned || isLearning)
    return (!isListed || others) && !this.mayBegin(key.topic, key.context!)
  }

  mayBegin(topic: string, context: string): boolean {
    return this.orders.mayBegin(topic, context, this.statesOf(topic))
  }

  /** The contexts of a stream that have a part. */
  learnedOf(topic: string): readonly string[] {
    return this.statesOf(topic).flatMap(({ isLearned, context }) => (isLearned ? (context ?? []) : []))
  }

  /** The contexts of a stream that are known, learned or not. */
  knownOf(topic: string): readonly string[] {
    return this.linesOf(topic).flatMap(({ key }) => key.context ?? [])
  }

  private statesOf(topic: string): readonly ContextState[] {
    return this.linesOf(topic).map(({ key, cycle }) => ({
      ...key,
      isLearned: cycle.parts.length > 0,
      isLearning: cycle.isLearning,
    }))
  }

  private linesOf(topic: string): readonly Line<O>[] {
    return this.lines.entriesOf('').flatMap(({ key, value }) => (key.topic === topic ? value : []))
  }
}
