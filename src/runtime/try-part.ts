import { InputError } from '../core/errors'
import { contractOf, type Frame } from '../core/frame'
import { PartTrial, type Result } from '../core/part-trial'
import { TimeSlice } from '../train/time-slice'
import type { Present, Working } from './applier'
import type { StreamKey } from './streams'

/** Frames that a part is tried on at most, evenly spread over its block. */
const MOST = 256

export interface Candidate<O> {
  readonly part: Working<O>
  /** What works on such frames so far. */
  readonly before?: Working<O> | undefined
  /** What it was learned from. */
  readonly frames: readonly Frame[]
  readonly stream: StreamKey
  readonly present: Present<O>
  /** Who learned, for errors. */
  readonly field: string
  /** An error in the language of the runtime. */
  words(error: unknown): string
  /**
   * `slices`: a few milliseconds at a time. `once`: as far as the model answers at once, which takes a small part of what the fit
   * took where that was done at once too.
   */
  readonly work: 'once' | 'slices'
  /** Lets what takes longer be given up. */
  readonly signal: AbortSignal
}

/** Figures for the report. */
export type Comparison = Readonly<Record<string, number>>

type Answers<O> = readonly O[] | Promise<readonly O[]>
/** Work that asks a model now and then, and goes on with the answers. */
type Steps<O, R> = Generator<Answers<O>, R, readonly O[]>

/**
 * Tries a part on frames that it was learned from before it is put to work, beside the part that works on them so far.
 * @returns how both compare, at once where the models answer at once
 * @throws InputError (or rejects with it) that says why it cannot be put to work; the signal's reason once aborted
 */
export function tryPart<O>(candidate: Candidate<O>): Comparison | Promise<Comparison> {
  return run(trial(candidate), candidate)
}

function* trial<O>(candidate: Candidate<O>): Steps<O, Comparison> {
  const { part, before, field } = candidate
  const judge = new PartTrial(field)
  const frames = spread(candidate.frames)
  for (const frame of frames) {
    let result: Result | undefined
    try {
      result = yield* ask(part, frame, candidate)
    } catch (error) {
      const params = { field, reason: candidate.words(error) }
      throw new InputError('learning.trialStopped', params, { cause: error })
    }
    judge.take(frame, result)
  }
  const { doubtful } = judge
  if (doubtful !== undefined) judge.settle(yield* askBeyond(part, doubtful, candidate))
  if (before === undefined || !judge.hasScores) return {}
  const results: (Result | undefined)[] = []
  for (const frame of frames) results.push(yield* askBeyond(before, frame, candidate))
  return judge.compare(results)
}

function* ask<O>(
  part: Working<O>,
  frame: Frame,
  { present, stream }: Candidate<O>,
): Steps<O, Result | undefined> {
  const [answer] = yield part.model.apply([frame])
  return answer && present(answer, frame, part.extender.extend(contractOf(frame)), true, stream)
}

/** The same where no answer is owed. */
function* askBeyond<O>(
  part: Working<O>,
  frame: Frame,
  candidate: Candidate<O>,
): Steps<O, Result | undefined> {
  try {
    return yield* ask(part, frame, candidate)
  } catch {
    return undefined
  }
}

/** Runs to the end: at once, as far as the answers come at once. */
function run<O, R>(
  steps: Steps<O, R>,
  { work, signal }: Pick<Candidate<O>, 'work' | 'signal'>,
): R | Promise<R> {
  const slice = new TimeSlice()
  let step = steps.next()
  while (step.done !== true) {
    if (step.value instanceof Promise || (work === 'slices' && slice.isOver))
      return runOn(steps, step, slice, signal)
    step = steps.next(step.value)
  }
  return step.value
}

async function runOn<O, R>(
  steps: Steps<O, R>,
  begun: IteratorResult<Answers<O>, R>,
  slice: TimeSlice,
  signal: AbortSignal,
): Promise<R> {
  let step = begun
  while (step.done !== true) {
    let answers: readonly O[]
    try {
      answers = await step.value
    } catch (error) {
      step = steps.throw(error)
      continue
    }
    if (slice.isOver) await slice.next()
    signal.throwIfAborted()
    step = steps.next(answers)
  }
  return step.value
}

function spread(frames: readonly Frame[]): readonly Frame[] {
  if (frames.length <= MOST) return frames
  const last = frames.length - 1
  return Array.from({ length: MOST }, (_, i) => frames[Math.round((i * last) / (MOST - 1))]!)
}
