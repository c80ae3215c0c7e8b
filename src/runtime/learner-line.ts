import type { Contract } from '../core/contract'
import type { LearningCycle } from '../core/learning-cycle'
import type { FitProgress, Learner, Model } from '../core/stage'
import type { Item, Present, Working } from './applier'
import type { KeptPart, ModelAccess, Role } from './model-access'
import type { StreamKey } from './streams'

export interface LearnerNodeOptions<O> {
  readonly learner: Learner<O>
  /** The same learner, going on from a part of its own instead of from nothing (`msg.learn = "continue"`). */
  continueFrom?(part: Pick<KeptPart, 'body' | 'blobs'>): Learner<O>
  readonly role: Role
  readonly access: ModelAccess
  /** Frames in a learning block. */
  readonly rows: number
  readonly whenEmpty: boolean
  /** 'stream': one part per stream (and context); 'all': one for everything that arrives. */
  readonly keep: 'stream' | 'all'
  readonly maxStreams: number
  /** Frames that may wait for a model that answers by promise; one that answers at once lets none wait. */
  readonly queueLimit?: number
  /** Message property that holds the context; '' is `msg.context` where it is there. */
  readonly contextProperty: string
  /** The contexts to learn; none: each that comes up while learning is on. */
  readonly contexts: readonly string[]
  readonly present: Present<O>
  /** What the status says while a model works; undefined where it is still being opened. `ready` without it. */
  ready?(model: Model<O>): string | undefined
}

/** A part in use, with its name. */
export interface Kept<O> extends Working<O> {
  readonly hash: string
  /** How much there was to warn of in what it was learned from. */
  readonly warnings: number
}

/** How far a fit is, in words; `short` is for the status. */
export type Progress = Pick<FitProgress, 'text' | 'short'>

/** One stream's (and context's) life cycle. */
export interface Line<O> {
  readonly key: StreamKey
  readonly cycle: LearningCycle<Item, Kept<O>>
  /** What came last: the contract, and the number of values. */
  contract?: Contract
  size?: number
  /** Why what comes could never be learned from, once that has been said. */
  refusal?: string
  /** The next fit goes on from the newest part. */
  goesOn?: boolean
  /** Ends the fit that is under way. */
  abort?: AbortController
  /** How far it is. */
  progress?: Progress
}
