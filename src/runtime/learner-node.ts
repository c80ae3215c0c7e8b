import { contractOf, spanOf } from '../core/frame'
import { ContractExtender, partLine, type Contract } from '../core/contract'
import { LearningCycle, type Block, type Step } from '../core/learning-cycle'
import { FrameReader } from '../core/read-frame'
import type { FittedPart, Learner } from '../core/stage'
import { withoutScore } from '../core/verdict'
import { Applier, type Item, type Present, type Working } from './applier'
import type { Behaviour } from './define-node'
import type { Host } from './host'
import { isControl, learningOf, readControl, streamOf, type Message, type Send } from './message'
import type { KeptPart, ModelAccess, Role } from './model-access'
import { carry } from './stage-node'
import { contextOf, StreamMap, streamKey, type StreamKey } from './streams'

/** A stream that is first seen so soon after Learn was pressed for all streams learns anew even if it has a part. */
const LEARN_ALL_MS = 60_000

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
  readonly queueLimit: number
  readonly contextProperty?: string
  readonly present: Present<O>
}

/** One stream's life cycle. */
interface Line<O> {
  readonly key: StreamKey
  readonly cycle: LearningCycle<Item, Kept<O>>
  /** The next fit goes on from the newest part. */
  goesOn?: boolean
  abort?: AbortController
}

/** A part in use, with its name. */
interface Kept<O> extends Working<O> {
  readonly hash: string
}

/**
 * Behaviour of every node that learns from frames (scaler, detectors): carries out what `LearningCycle` decides.
 * Order of arrival is kept whether the model answers at once or by promise.
 */
export class LearnerNode<O> implements Behaviour {
  private readonly reader = new FrameReader()
  private readonly lines: StreamMap<Line<O>>
  private readonly applier: Applier<O>
  /** Saves under way: closing waits for them. */
  private readonly saving = new Set<Promise<unknown>>()
  private blockCount = 0
  /** When Learn was pressed for all streams, ms; streams that appear right after it learn too. */
  private learnAllAt = -Infinity

  constructor(
    private readonly options: LearnerNodeOptions<O>,
    private readonly host: Host,
  ) {
    this.lines = new StreamMap(options.maxStreams, (key) => this.open(key))
    this.applier = new Applier(options.queueLimit, options.present, host)
    options.access.onChange(() => this.reload())
    host.status('grey', 'ring', host.text('status.waiting'))
  }

  input(message: Message, send: Send): void | Promise<void> {
    if (isControl(message)) return this.control(message, send)
    if (message.anomaly !== undefined) {
      return this.applier.submit({ kind: 'pass', message, send })
    }
    const { contextProperty, keep } = this.options
    const topic = streamOf(message)
    const context = contextOf(message, contextProperty)
    const key = keep === 'all' ? streamKey('', context) : streamKey(topic, context)
    const learning = learningOf(message)
    const frame = this.reader.read(message.payload, this.host.now())
    const line = this.lines.get(key)
    const item: Item = { frame, message, send }
    const step = line.cycle.next(item, contractOf(frame), learning, () => this.newId())
    return this.carryOut(step, item, line, learning)
  }

  async close(removed: boolean): Promise<void> {
    this.applier.clear()
    for (const line of this.lines.ofStream('')) {
      line.abort?.abort()
      const { collecting } = line.cycle.state
      if (collecting !== undefined && !removed) {
        this.host.log('learning.interrupted', { stream: line.key.topic, ...collecting })
      }
      for (const known of line.cycle.parts) known.part.model.dispose?.()
    }
    this.options.access.release()
    await Promise.all(this.saving)
  }

  private open(key: StreamKey): Line<O> {
    const { access, learner, rows, whenEmpty } = this.options
    access.claim(key)
    const cycle = new LearningCycle<Item, Kept<O>>({ size: rows, whenEmpty, hold: true })
    for (const kept of access.partsOf(key, learner.line)) {
      try {
        const model = learner.load(kept.body, kept.blobs)
        cycle.adopt(kept.input, {
          model,
          hash: kept.hash,
          extender: new ContractExtender(partLine(learner.line, kept.hash)),
        })
      } catch (error) {
        this.host.error(error)
      }
    }
    const justPressed = this.host.now() - this.learnAllAt < LEARN_ALL_MS
    if (justPressed || (this.learnAllAt > 0 && cycle.parts.length === 0)) cycle.learn(this.newId())
    return { key, cycle }
  }

  /** Forgets what is in memory, so that the next frame of each stream takes up what the model holds now. */
  reload(): void {
    for (const line of this.lines.ofStream('')) {
      const dropped = this.giveUp(line)
      if (dropped?.held === true) this.answerAll(dropped, 'learning.givenUp')
      for (const known of line.cycle.parts) known.part.model.dispose?.()
    }
    this.lines.clear()
  }

  private newId(): string {
    return `${this.host.node.id}.${++this.blockCount}.${this.host.now()}`
  }

  private control(message: Message, send: Send): void | Promise<void> {
    const control = readControl(message)
    const topic = streamOf(message)
    if (
      control.learn !== undefined &&
      control.learn !== false &&
      topic !== '' &&
      this.options.keep === 'stream'
    )
      this.lines.get(streamKey(topic))
    const lines = this.options.keep === 'all' ? this.lines.ofStream('') : this.lines.ofStream(topic)
    for (const line of lines) {
      const dropped: (Block<Item> | undefined)[] = []
      if (control.reset === true || control.learn === false) dropped.push(this.giveUp(line))
      if (control.forget === true) {
        const forgotten = line.cycle.forget()
        dropped.push(forgotten.dropped)
        for (const part of forgotten.parts) part.model.dispose?.()
        this.save(() => this.options.access.forget(line.key))
      }
      if (control.learn === true || control.learn === 'continue') {
        line.goesOn = control.learn === 'continue'
        line.abort?.abort()
        dropped.push(line.cycle.learn(this.newId()))
      }
      for (const block of dropped) if (block?.held === true) this.answerAll(block, 'learning.givenUp')
    }
    if (control.learn === true || control.learn === 'continue') {
      if (topic === '') this.learnAllAt = this.host.now()
      this.host.status(
        'yellow',
        'ring',
        this.host.text('status.learning', { have: 0, need: this.options.rows }),
      )
      return undefined // the first learner takes it
    }
    if (control.learn === false) {
      this.learnAllAt = -Infinity
      return undefined
    }
    return this.applier.submit({ kind: 'pass', message, send })
  }

  private giveUp(line: Line<O>): Block<Item> | undefined {
    line.abort?.abort()
    return line.cycle.reset()
  }

  private carryOut(
    step: Step<Item, Kept<O>>,
    item: Item,
    line: Line<O>,
    learning: string | undefined,
  ): void | Promise<void> {
    if (step.dropped !== undefined) {
      const { contract } = step.dropped
      this.host.warn('learning.restarted', {
        stream: line.key.topic,
        expected: contract.join(' · '),
        got: contractOf(item.frame).join(' · '),
      })
      if (step.dropped.held) this.answerAll(step.dropped, 'learning.givenUp')
    }
    this.host.refresh(() => this.showStep(step))

    let result: void | Promise<void> = undefined
    if (step.use !== undefined) {
      // A frame that is learned from while the old part goes on needs a message of its own for later.
      const live = step.progress === undefined ? item : { ...item, message: { ...item.message } }
      result = this.applier.submit({
        kind: 'apply',
        item: live,
        part: step.use.part,
        stream: line.key,
        learning,
        inSample: false,
      })
    } else if (step.answer !== undefined) {
      result = this.applier.submit({ kind: 'pass', message: this.answer(step, item), send: item.send })
    }
    if (step.fit !== undefined) this.fit(step.fit, line)
    return result
  }

  private answer(step: Step<Item, Kept<O>>, item: Item): Message {
    const contract = contractOf(item.frame)
    const reason = step.answer === 'OUT_OF_CONTRACT' ? 'OUT_OF_CONTRACT' : 'LEARNING'
    let detail: string | undefined
    if (step.difference !== undefined) detail = this.host.text('learning.mismatch', step.difference)
    else if (step.answer === 'NOT_LEARNED')
      detail = this.host.text('learning.notLearned', { stream: streamOf(item.message) })
    return carry(item.message, withoutScore(reason, spanOf(item.frame), contract, detail))
  }

  private answerAll(block: Block<Item>, why: 'learning.givenUp' | 'learning.failedBlock'): void {
    for (const item of block.items) {
      const verdict = withoutScore('LEARNING', spanOf(item.frame), block.contract, this.host.text(why))
      this.applier.submitUnawaited({ kind: 'pass', message: carry(item.message, verdict), send: item.send })
    }
  }

  private learnerFor(line: Line<O>): Learner<O> {
    const { access, continueFrom, learner } = this.options
    const newest = line.goesOn === true ? access.partsOf(line.key, learner.line)[0] : undefined
    line.goesOn = false
    return newest === undefined || continueFrom === undefined ? learner : continueFrom(newest)
  }

  private fit(block: Block<Item>, line: Line<O>): void {
    const learner = this.learnerFor(line)
    const abort = new AbortController()
    line.abort = abort
    const context = {
      signal: abort.signal,
      progress: (done: number, text?: string): void => {
        if (!abort.signal.aborted) this.showFitting(done, text)
      },
    }
    let fitted: FittedPart | Promise<FittedPart>
    try {
      fitted = learner.fit(
        block.items.map((item) => item.frame),
        context,
      )
    } catch (error) {
      this.fitFailed(block, line, error)
      return
    }
    if (!(fitted instanceof Promise)) {
      this.fitSucceeded(block, line, fitted)
      return
    }
    this.showFitting(0)
    fitted.then(
      (part) => this.host.guarded(() => this.fitSucceeded(block, line, part)),
      (error: unknown) => this.host.guarded(() => this.fitFailed(block, line, error)),
    )
  }

  private fitSucceeded(block: Block<Item>, line: Line<O>, fitted: FittedPart): void {
    if (!line.cycle.isFitting(block.id)) {
      if (block.held && !this.host.isClosed) this.answerAll(block, 'learning.givenUp')
      return
    }
    if (this.host.isClosed) return
    const { access, learner, role } = this.options
    let part: Kept<O>
    let contract: Contract
    try {
      const model = learner.load(fitted.body, fitted.blobs)
      const file = { kind: learner.line, role, input: block.contract, ...fitted }
      const hash = access.hash(file)
      part = { model, hash, extender: new ContractExtender(partLine(learner.line, hash)) }
      contract = part.extender.extend(block.contract)
      this.save(() => access.keep(line.key, file, contract))
    } catch (error) {
      this.fitFailed(block, line, error)
      return
    }
    for (const old of line.cycle.fitted(block, part)) old.model.dispose?.()
    line.abort = undefined
    for (const warning of fitted.report.warnings) this.host.warn(warning.key, warning.params)
    this.host.refresh(() => this.host.status('green', 'dot', this.host.text('status.ready')))
    for (const item of block.items) {
      this.applier.submitUnawaited({
        kind: 'apply',
        item,
        part,
        stream: line.key,
        learning: block.id,
        inSample: true,
      })
    }
  }

  private fitFailed(block: Block<Item>, line: Line<O>, error: unknown): void {
    if (!line.cycle.isFitting(block.id)) {
      if (block.held && !this.host.isClosed) this.answerAll(block, 'learning.givenUp')
      return
    }
    line.cycle.failed()
    line.abort = undefined
    this.host.failed('status.failed')
    this.host.error(error, block.items.at(-1)?.message)
    if (block.held) this.answerAll(block, 'learning.failedBlock')
  }

  private showStep(step: Step<Item, Kept<O>>): void {
    const { host } = this
    if (step.progress !== undefined)
      host.status('yellow', 'ring', host.text('status.learning', step.progress))
    else if (step.use !== undefined) host.status('green', 'dot', host.text('status.ready'))
    else if (step.answer === 'OUT_OF_CONTRACT') host.status('red', 'ring', host.text('status.outOfContract'))
    else if (step.answer === 'NOT_LEARNED') host.status('grey', 'ring', host.text('status.noModel'))
  }

  private showFitting(done: number, text?: string): void {
    const percent = Math.round(done * 100)
    this.host.refresh(() =>
      this.host.status('yellow', 'dot', text ?? this.host.text('status.fitting', { percent })),
    )
  }

  private save(work: () => Promise<unknown>): void {
    const saved = work().catch((error: unknown) => {
      this.host.failed('status.notSaved')
      this.host.error(error)
    })
    this.saving.add(saved)
    void saved.finally(() => this.saving.delete(saved))
  }
}
