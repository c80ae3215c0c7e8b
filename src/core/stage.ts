import type { Contract } from './contract'
import type { Frame } from './frame'
import type { Verdict } from './verdict'

/**
 * The one idea of the package: a stage takes one thing and gives back none, one or more.
 * A stage is pure: time comes with the data or the tick, randomness as a seed.
 */
export interface Stage<I, O> {
  push(input: I): readonly O[]
  /** Lets time pass (ms since the epoch) for what happens without data: NO_DATA, repeat, cool-down. */
  tick?(now: number): readonly O[]
  /** What must survive a restart, as plain JSON. */
  snapshot?(): unknown
  /** Takes up what `snapshot` gave; throws InputError where it does not fit. */
  restore?(state: unknown): void
  /** Clears buffers and votes, never a learnt part. */
  reset?(): void
}

/** How far a fit is, besides its share done. */
export interface FitProgress {
  readonly text: string
  /** The same for a status: no more than 20 characters. */
  readonly short: string
  /** Epoch, loss, seconds left. */
  readonly figures?: Readonly<Record<string, number>>
}

/** What a learner is told while it fits, and how it is stopped. */
export interface FitContext {
  /** @param done 0 … 1 */
  progress?(done: number, said?: FitProgress): void
  readonly signal?: AbortSignal
  readonly seed?: number
}

/** A warning about the data learned from, as a catalogue key with its parameters. */
export interface DataWarning {
  readonly key: import('./messages').MessageKey
  readonly params: import('./messages').MessageParams
}

/** What was learned, in plain JSON, and what to say about it. Arrays of numbers stay arrays of numbers. */
export interface FittedPart {
  /** What `load` takes; plain JSON. */
  readonly body: unknown
  /** Binary pieces beside it (an ONNX file), by name. */
  readonly blobs?: Readonly<Record<string, Uint8Array>>
  readonly report: LearningReport
}

export interface LearningReport {
  readonly rows: number
  readonly warnings: readonly DataWarning[]
  /** Figures worth showing: shrinkage, condition number, loss, epochs, seconds. */
  readonly figures: Readonly<Record<string, number | readonly number[]>>
}

/** A stage that learns from a block of frames: scaler, detectors. */
export interface Learner<O> {
  /** Contract line without its hash, e.g. `scaler standard`; only settings enter. */
  readonly line: string
  /** Fewest rows that it agrees to learn from, for this many columns. */
  minimumRows(columns: number): number
  /**
   * Looks whether a block of `count` windows like this one could be learned from at all, so that nothing is collected in vain.
   * @throws UserError that says which setting to change
   */
  check?(window: Frame, count: number): void
  /** Learns from a block, oldest first. @throws InputError in plain words where it must refuse. */
  fit(block: readonly Frame[], context?: FitContext): FittedPart | Promise<FittedPart>
  /** Makes a working model of a part; bit-equal in its output to the model that was fitted. @throws InputError on a foreign part. */
  load(body: unknown, blobs?: Readonly<Record<string, Uint8Array>>): Model<O>
}

/** A fitted learner at work. Several frames may be given in one call; the answers keep their order. */
export interface Model<O> {
  apply(frames: readonly Frame[]): readonly O[] | Promise<readonly O[]>
  /** Name of what runs it, for the status, where that is chosen; undefined until it is known. */
  readonly engine?: string | undefined
  dispose?(): void
}

/** What a detector says of one frame. */
export interface Score {
  readonly score: number
  /** Share of each channel: ≥ 0, sum 1, by channel name. */
  readonly contributions: Readonly<Record<string, number>>
  /** Set where the frame cannot be scored (STUCK, SATURATED …): then the score is not used. */
  readonly reason?: Verdict['reason']
  readonly detail?: string
}

/** A learner whose model scores frames. */
export type Detector = Learner<Score>
/** A learner whose model maps frames to frames; it keeps channels and rows. */
export type Transformer = Learner<Frame>

export interface Learned<O> {
  readonly input: Contract
  readonly model: Model<O>
}
