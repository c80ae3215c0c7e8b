import { sameContract, type Contract } from '../core/contract'
import { InputError } from '../core/errors'
import { contractOf } from '../core/frame'
import { LearnOrders } from '../core/learn-orders'
import { LearningCycle, type Block, type Step } from '../core/learning-cycle'
import { FrameReader } from '../core/read-frame'
import { Applier, Item } from './applier'
import type { Behaviour } from './define-node'
import { Fitting, toKept } from './fitting'
import type { Host } from './host'
import { LearnerContexts } from './learner-contexts'
import type { Kept, LearnerNodeOptions, Line } from './learner-line'
import { learningRunsOf } from './learning-runs'
import { LearnerStatus } from './learner-status'
import {
  carriesVerdict,
  copyOf,
  isControl,
  learningOf,
  readControl,
  streamOf,
  type Message,
  type Send,
} from './message'
import type { KeptPart } from './model-access'
import { withoutContext } from './stage-node'
import { contextOf, namedContext, StreamMap, streamKey, type StreamKey } from './streams'

/** Learn for all streams is also for those that are first seen so soon after it. */
const LEARN_ALL_MS = 60_000
/** The part at work, that of before, and one more for a run that is given up. */
const PARTS_KEPT = 3

/**
 * Behaviour of every node that learns from frames (scaler, detectors): carries out what `LearningCycle` decides.
 * Order of arrival is kept whether the model answers at once or by promise.
 */
export class LearnerNode<O> implements Behaviour {
  private readonly reader = new FrameReader()
  private readonly lines: StreamMap<Line<O>>
  private readonly applier: Applier<O>
  private readonly fitting: Fitting<O>
  private readonly status: LearnerStatus<O>
  private readonly orders: LearnOrders
  private readonly contexts: LearnerContexts<O>
  /** Streams that have sent something. */
  private readonly met = new Set<string>()
  /** Until when Learn holds for a stream that had not been met when it was pressed, ms; '' is all streams. */
  private readonly pressed = new Map<string, number>()
  private blockCount = 0

  constructor(
    private readonly options: LearnerNodeOptions<O>,
    private readonly host: Host,
  ) {
    this.lines = new StreamMap(options.maxStreams, (key) => this.open(key))
    this.applier = new Applier(options.queueLimit ?? Infinity, options.present, host)
    this.status = new LearnerStatus(options, host)
    this.fitting = new Fitting(options, this.applier, this.status, host)
    this.orders = new LearnOrders(options.contexts, options.whenEmpty)
    this.contexts = new LearnerContexts(this.lines, this.orders, options.contexts)
    options.access.onChange(() => this.reload())
    options.access.offer(options.learner.line)
    host.status('grey', 'ring', host.text('status.waiting'))
  }

  input(message: Message, send: Send): void | Promise<void> {
    if (isControl(message)) return this.control(message, send)
    if (carriesVerdict(message)) {
      return this.applier.submit({ kind: 'pass', message, send })
    }
    const topic = this.topicOf(message)
    const frame = this.reader.read(message.payload, this.host.now())
    const nameless = withoutContext(message, this.options.contextProperty, frame, this.host)
    if (nameless !== undefined) return this.applier.submit({ kind: 'pass', message: nameless, send })
    const context = contextOf(message, this.options.contextProperty)
    const key = streamKey(topic, context)
    const learning = learningOf(message)
    const item = new Item(frame, message, send)
    this.lines.checkRoom(key)
    this.meet(topic, context)
    if (context !== undefined && learning === undefined && this.contexts.isUnknown(key))
      return this.applier.submit({
        kind: 'pass',
        message: this.status.unknown(item, key, this.contexts.learnedOf(topic)),
        send,
      })
    const line = this.lines.get(key)
    const contract = contractOf(frame)
    if (
      line.contract === undefined ||
      line.size !== frame.data.length ||
      !sameContract(line.contract, contract)
    ) {
      line.contract = contract
      line.size = frame.data.length
      this.options.access.saw(key, frame)
      if (learning === undefined) this.takeUp(line, contract)
    }
    const step = line.cycle.next(item, contract, learning, () => this.newId())
    const flaw = step.progress?.have === 1 ? this.fitting.flawOf(frame, line) : undefined
    if (flaw !== undefined) {
      const result = this.carryOut({ use: step.use, dropped: step.dropped }, item, line, learning)
      this.fitting.refuse(flaw, line.cycle.giveUp().dropped ?? step.fit, line)
      return result
    }
    if (step.asked === true) this.fitting.saver.save(() => this.options.access.begin(key, contract))
    return this.carryOut(step, item, line, learning)
  }

  /**
   * What arrives is new: the part for it may be in an earlier version (something was rolled back before this node), and a learning
   * run that came as far as here may have been interrupted by a restart.
   */
  private takeUp(line: Line<O>, contract: Contract): void {
    const { access, learner } = this.options
    if (line.cycle.find(contract) === undefined) {
      const kept = access.partFor(line.key, learner.line, contract)
      if (kept !== undefined) this.adopt(line.cycle, kept)
    }
    if (!line.cycle.isLearning && access.awaits(line.key, contract)) line.cycle.learn(this.newId())
  }

  async close(removed: boolean): Promise<void> {
    for (const line of this.lines.ofStream('')) {
      line.abort?.abort()
      const { collecting } = line.cycle.state
      if (collecting !== undefined && !removed) {
        this.host.log('learning.interrupted', { stream: line.key.topic, ...collecting })
      }
      // What is held back has been counted as done: it is answered, not lost.
      this.answerGivenUp(line.cycle.giveUp().dropped)
      for (const known of line.cycle.parts) known.part.model.dispose?.()
    }
    this.applier.clear()
    this.options.access.release()
    await this.fitting.saver.settled()
    if (removed) await this.options.access.discard()
  }

  private open(key: StreamKey): Line<O> {
    const { access, learner, rows, whenEmpty } = this.options
    access.claim(key)
    const { topic, context } = key
    const cycle = new LearningCycle<Item, Kept<O>>({
      size: rows,
      whenEmpty: context === undefined ? whenEmpty : () => this.contexts.mayBegin(topic, context),
      hold: true,
      keep: PARTS_KEPT,
    })
    // The newest is adopted last.
    for (const kept of [...access.partsOf(key, learner.line)].reverse()) this.adopt(cycle, kept)
    return { key, cycle }
  }

  private adopt(cycle: Line<O>['cycle'], kept: KeptPart): void {
    try {
      const part = toKept(this.options.learner, kept, kept.hash)
      for (const old of cycle.adopt(kept.input, part)) old.model.dispose?.()
    } catch (error) {
      this.host.error(error)
    }
  }

  /** For the button: what it would stop, or replace. */
  get state(): { readonly isLearning: boolean; readonly isLearned: boolean } {
    const lines = this.lines.ofStream('')
    return {
      isLearning:
        (this.met.size === 0 && this.pressed.size > 0) || lines.some(({ cycle }) => cycle.isLearning),
      // Before the first frame only the model knows.
      isLearned:
        lines.length === 0 ? this.options.access.isUsed : lines.some(({ cycle }) => cycle.parts.length > 0),
    }
  }

  /** Forgets what is in memory, so that the next frame of each stream takes up what the model holds now. */
  reload(): void {
    for (const line of this.lines.ofStream('')) {
      this.answerGivenUp(this.clear(line))
      for (const known of line.cycle.parts) known.part.model.dispose?.()
    }
    this.lines.clear()
    this.met.clear()
  }

  private topicOf(message: Message): string {
    return this.options.keep === 'all' ? '' : streamOf(message)
  }

  /** A frame of this stream has come: takes up what the model holds of its contexts, and a Learn that came before it. */
  private meet(topic: string, context: string | undefined): void {
    if (context !== undefined) this.orders.see(topic, context)
    if (this.met.has(topic)) return
    this.met.add(topic)
    if (context !== undefined)
      for (const known of this.options.access.contextsOf(topic)) this.lines.get(streamKey(topic, known))
    const forAll = this.pressed.get('')
    const wasAsked = this.pressed.delete(topic)
    if (!wasAsked && (forAll === undefined || this.host.now() > forAll)) return
    if (forAll === Infinity) this.pressed.set('', this.host.now() + LEARN_ALL_MS)
    this.learn(topic, context, false)
  }

  private newId(): string {
    return `${this.host.node.id}.${++this.blockCount}.${this.host.now()}`
  }

  private control(message: Message, send: Send): void | Promise<void> {
    const control = readControl(message)
    const topic = this.topicOf(message)
    const lines = this.lines.ofStream(topic)
    if (control.reset === true) for (const line of lines) this.answerGivenUp(this.clear(line))
    if (control.forget === true) this.forget(topic)
    if (control.learn === false) this.giveUp(topic)
    if (control.learn === 'continue' && this.options.continueFrom === undefined) {
      // Of a chain only the network goes on; what else learns is passed by.
      if (this.options.role === 'detector')
        throw new InputError('learning.cannotContinue', { field: 'msg.learn' })
    } else if (control.learn !== undefined && control.learn !== false) {
      // The first learner takes the order.
      return this.begin(topic, control.learn, message)
    }
    return this.applier.submit({ kind: 'pass', message, send })
  }

  private begin(topic: string, how: true | 'continue', message: Message): void {
    const named = namedContext(message, this.options.contextProperty)
    for (const known of this.met)
      if (topic === '' || topic === known) this.learn(known, named, how === 'continue')
    // While nothing has come yet, it is for whatever comes first.
    const until = this.met.size === 0 ? Infinity : this.host.now() + LEARN_ALL_MS
    if (!this.met.has(topic) && this.pressed.size < this.options.maxStreams) this.pressed.set(topic, until)
    const progress = { have: 0, need: this.options.rows }
    this.host.status('yellow', 'ring', this.host.text('status.learning', progress))
  }

  /** Ends learning for good: what was learned before works on, here and in the nodes before that have switched already. */
  private giveUp(topic: string): void {
    this.pressed.clear()
    for (const known of this.met) if (topic === '' || topic === known) this.orders.withdraw(known)
    for (const line of this.lines.ofStream(topic)) {
      line.abort?.abort()
      const { dropped, run } = line.cycle.giveUp()
      this.answerGivenUp(dropped)
      if (run === undefined) continue
      learningRunsOf(this.host.red).giveUp(run)
      if (line.contract !== undefined) this.fitting.unmark(line, line.contract)
    }
  }

  /** Begins anew for a stream: where it has contexts for the one named, or those that `LearnOrders` says. */
  private learn(topic: string, named: string | undefined, goesOn: boolean): void {
    const known = this.contexts.knownOf(topic)
    const keys =
      known.length === 0 && named === undefined
        ? [streamKey(topic)]
        : this.orders.ask(topic, known, named).map((context) => streamKey(topic, context))
    for (const key of keys) {
      const line = this.lines.get(key)
      line.goesOn = goesOn
      line.refusal = undefined
      line.abort?.abort()
      this.answerGivenUp(line.cycle.learn(this.newId()))
    }
  }

  /** Forgets what has been learned of a stream, whether it has spoken since the start or not; '' is every stream. */
  private forget(topic: string): void {
    const { access, learner } = this.options
    for (const line of this.lines.ofStream(topic)) {
      const { dropped, parts } = line.cycle.forget()
      for (const part of parts) part.model.dispose?.()
      this.answerGivenUp(dropped)
      this.met.delete(line.key.topic)
    }
    this.lines.drop(topic)
    for (const stream of access.streamsOf(topic))
      this.fitting.saver.save(() => access.forget(stream, learner.line))
  }

  private clear(line: Line<O>): Block<Item> | undefined {
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
      this.answerGivenUp(step.dropped)
    }
    this.host.refresh(() => this.status.step(step, line))

    let result: void | Promise<void> = undefined
    if (step.use !== undefined) {
      // A frame that is learned from while the old part goes on needs a message of its own for later.
      const live = step.progress === undefined ? item : new Item(item.frame, copyOf(item.message), item.send)
      result = this.applier.submit({
        kind: 'apply',
        item: live,
        part: step.use.part,
        stream: line.key,
        learning,
        // The stage before has learned the very same again: so these are the frames that the part at work was fitted on.
        inSample: learning !== undefined,
        detail: line.progress?.text,
      })
    } else if (step.answer !== undefined) {
      result = this.applier.submit({
        kind: 'pass',
        message: this.status.answer(step, item, line),
        send: item.send,
      })
    }
    if (step.fit !== undefined) this.fitting.start(step.fit, line)
    return result
  }

  private answerGivenUp(block: Block<Item> | undefined): void {
    if (block?.held === true) this.fitting.answerAll(block, this.host.text('learning.givenUp'))
  }
}
