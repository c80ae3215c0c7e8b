import { contractOf, spanOf, type Frame } from '../core/frame'
import type { Contract, ContractExtender } from '../core/contract'
import type { Model, Score } from '../core/stage'
import { withoutScore, type Reason, type Verdict } from '../core/verdict'
import { statusOf } from './error-status'
import type { Host } from './host'
import type { Message, Send } from './message'
import { OrderedQueue } from './ordered-queue'
import { carry } from './stage-node'
import type { StreamKey } from './streams'
import { TimeSlice } from '../train/time-slice'

/** Windows scored in one run of an engine. */
const BATCH = 32

/** A model at work, and the contract of what it gives out. */
export interface Working<O> {
  readonly model: Model<O>
  readonly extender: ContractExtender
}

/**
 * A frame with the message that brought it. A class, since blocks keep so many of them: from a literal whose objects live on while a
 * block is collected V8 learns to put all further ones among the old, where each keeps its message from being collected with the young.
 */
export class Item {
  constructor(
    readonly frame: Frame,
    readonly message: Message,
    readonly send: Send,
  ) {}
}

interface PassTask {
  readonly kind: 'pass'
  readonly message: Message
  readonly send: Send
}

interface ApplyTask<O> {
  readonly kind: 'apply'
  readonly item: Item
  readonly part: Working<O>
  readonly stream: StreamKey
  readonly learning?: string
  /** The part was fitted on this very frame. */
  readonly inSample: boolean
  /** It came while a block went on, which no engine is too slow for: it is never dropped. */
  readonly isKept?: boolean
  /** What the verdict says in words: how far learning anew is while the old part works. */
  readonly detail?: string
  /** The answer that is already under way, where the model was asked before anything waited. */
  readonly pending?: Promise<readonly O[]>
}

/** Frames that were held back and now go on together: one task, however many they are. */
interface BlockTask<O> {
  readonly kind: 'block'
  readonly tasks: readonly Task<O>[]
}

/** What waits for its turn: a message that passes as it is, or a frame that a model works on. */
export type Task<O> = PassTask | ApplyTask<O>

/** Turns a model's answer on a frame into what is sent. `inSample`: the model was fitted on this frame. */
export type Present<O> = (
  answer: O,
  frame: Frame,
  contract: Contract,
  inSample: boolean,
  stream: StreamKey,
) => Frame | Verdict

/**
 * Applies models to frames and sends the results in the order of arrival, whether a model answers at once or by promise.
 * Where an engine is too slow, the oldest waiting live frames are dropped, and nothing else is.
 */
export class Applier<O> {
  private readonly queue: OrderedQueue<Task<O> | BlockTask<O>>
  private overloaded = false
  /** Blocks that are under way. */
  private blocks = 0

  constructor(
    private readonly queueLimit: number,
    private readonly present: Present<O>,
    private readonly host: Host,
  ) {
    this.queue = new OrderedQueue<Task<O> | BlockTask<O>>({
      capacity: queueLimit,
      work: (batch) => this.work(batch),
      batchOf: batchLength,
      // A fault, an order or a frame of a learned block comes once, and what follows waits for it.
      mayDrop: (task) => task.kind === 'apply' && !task.inSample && task.isKept !== true,
      onDrop: () => this.overload(),
    })
  }

  /** Runs a task now if nothing waits and the model answers at once; otherwise in its turn. */
  submit(task: Task<O>): void | Promise<void> {
    // What comes while a block goes on would have been worked on at once: only a slow engine makes messages get lost.
    if (!this.queue.idle)
      return this.queue.push(task.kind === 'apply' && this.blocks > 0 ? { ...task, isKept: true } : task)
    if (task.kind === 'pass') {
      task.send(task.message)
      return undefined
    }
    const answers = task.part.model.apply([task.item.frame])
    if (answers instanceof Promise) return this.queue.push({ ...task, pending: answers })
    this.deliver(task, answers[0])
    return undefined
  }

  /**
   * The same for messages that are done already: what goes wrong is reported here. They are worked on a few milliseconds at a
   * time, and all before what is submitted later.
   */
  submitBlock(tasks: readonly Task<O>[]): void {
    const slice = new TimeSlice()
    // A node that is being closed has no later.
    const isNow = (): boolean => this.queue.idle && (this.host.isClosed || !slice.isOver)
    let at = 0
    while (at < tasks.length && isNow()) this.submitUnawaited(tasks[at++]!)
    if (at === tasks.length) return
    this.blocks++
    void this.queue.push({ kind: 'block', tasks: tasks.slice(at) }).finally(() => this.blocks--)
  }

  private submitUnawaited(task: Task<O>): void {
    try {
      const result = this.submit(task)
      if (result !== undefined) result.catch((error: unknown) => this.report(error, task))
    } catch (error) {
      this.report(error, task)
    }
  }

  clear(): void {
    this.queue.clear()
  }

  /** @returns per task the error that it ended with, undefined where it went well */
  private async work(batch: readonly (Task<O> | BlockTask<O>)[]): Promise<readonly unknown[]> {
    const first = batch[0]!
    if (first.kind === 'block') {
      await this.workOnBlock(first.tasks)
      return []
    }
    if (first.kind === 'pass') {
      first.send(first.message)
      return []
    }
    const tasks = batch as readonly ApplyTask<O>[]
    try {
      const answers = await (first.pending ?? first.part.model.apply(tasks.map((task) => task.item.frame)))
      tasks.forEach((task, i) => this.deliver(task, answers[i]))
      return []
    } catch (error) {
      if (tasks.length === 1) return [error]
    }
    // One frame of the batch is at fault: only its own message may fail.
    const outcomes: unknown[] = []
    for (const task of tasks) outcomes.push((await this.work([task]))[0])
    return outcomes
  }

  /** Batches grow while they are done quickly. */
  private async workOnBlock(tasks: readonly Task<O>[]): Promise<void> {
    const slice = new TimeSlice()
    await slice.next()
    for (let at = 0, size = 1; at < tasks.length && !this.host.isClosed;) {
      const waiting = tasks.slice(at, at + size)
      const batch = waiting.slice(0, batchLength(waiting))
      at += batch.length
      const errors = await this.work(batch).catch((error: unknown) => batch.map(() => error))
      batch.forEach((task, i) => {
        if (errors[i] !== undefined) this.report(errors[i], task)
      })
      if (!slice.isOver) size = Math.min(BATCH, 2 * size)
      else {
        size = Math.max(1, size >> 1)
        await slice.next()
      }
    }
  }

  private report(error: unknown, task: Task<O>): void {
    this.host.failed(statusOf(error))
    this.host.error(error, task.kind === 'pass' ? task.message : task.item.message)
  }

  private overload(): void {
    if (this.overloaded) return
    this.overloaded = true
    this.host.warn('learning.overloaded', { max: this.queueLimit })
  }

  private deliver(task: ApplyTask<O>, answer: O | undefined): void {
    if (answer === undefined || this.host.isClosed) return
    const { item, part, stream, learning, inSample, detail } = task
    const contract = part.extender.extend(contractOf(item.frame))
    const presented = this.present(answer, item.frame, contract, inSample, stream)
    const result = detail !== undefined && 'reason' in presented ? { detail, ...presented } : presented
    const message = item.message
    if (learning !== undefined) message.learning = { id: learning }
    const dropped = this.queue.takeDropped()
    if (dropped > 0) {
      message.dropped = dropped
      this.host.status('blue', 'dot', this.host.text('status.dropped', { count: dropped }))
    } else if (this.queue.length === 0) this.overloaded = false
    item.send(carry(message, result))
  }
}

/** The message of a frame that gets no score, with the reason. */
export function unscored({ frame, message }: Item, reason: Reason, detail: string | undefined): Message {
  return carry(message, withoutScore(reason, spanOf(frame), contractOf(frame), detail))
}

/** How many waiting tasks, from the first on, one run of the same model can take. */
function batchLength<O>(waiting: readonly (Task<O> | BlockTask<O>)[]): number {
  const first = waiting[0]
  if (first?.kind !== 'apply' || first.pending !== undefined) return 1
  let count = 1
  while (count < BATCH) {
    const task = waiting[count]
    if (task === undefined || task.kind !== 'apply' || task.part !== first.part) break
    count++
  }
  return count
}

/** Presents a detector's score as a verdict; without a threshold it is no evidence yet, hence LEARNING. */
export function presentScore(
  detector: string,
  model: (stream: StreamKey, contract: Contract) => { readonly name: string; readonly version: number },
): Present<Score> {
  return (answer, frame, contract, inSample, stream) => {
    const window = spanOf(frame)
    if (answer.reason !== undefined) return withoutScore(answer.reason, window, contract, answer.detail)
    return {
      score: answer.score,
      threshold: null,
      pValue: null,
      isAnomaly: false,
      reason: 'LEARNING',
      contributions: answer.contributions,
      detector,
      inSample,
      model: model(stream, contract),
      window,
      contract,
    }
  }
}
