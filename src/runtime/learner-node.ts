import { sameContract } from '../core/contract'
import { contractOf } from '../core/frame'
import { LearnOrders } from '../core/learn-orders'
import type { Step } from '../core/learning-cycle'
import { FrameReader } from '../core/read-frame'
import { Applier, Item } from './applier'
import type { Behaviour } from './define-node'
import { Fitting } from './fitting'
import type { Host } from './host'
import { LearnerCommands } from './learner-commands'
import { LearnerContexts } from './learner-contexts'
import type { Kept, LearnerNodeOptions, Line } from './learner-line'
import { LearnerLines } from './learner-lines'
import { LearnerStatus } from './learner-status'
import { carriesVerdict, copyOf, isControl, learningOf, streamOf, type Message, type Send } from './message'
import { withoutContext } from './stage-node'
import { contextOf, streamKey } from './streams'

/**
 * Behaviour of every node that learns from frames (scaler, detectors): carries out what `LearningCycle` decides.
 * Order of arrival is kept whether the model answers at once or by promise.
 */
export class LearnerNode<O> implements Behaviour {
  private readonly reader: FrameReader
  private readonly lines: LearnerLines<O>
  private readonly contexts: LearnerContexts<O>
  private readonly applier: Applier<O>
  private readonly fitting: Fitting<O>
  private readonly commands: LearnerCommands<O>
  private readonly status: LearnerStatus<O>

  constructor(
    private readonly options: LearnerNodeOptions<O>,
    private readonly host: Host,
  ) {
    this.reader = new FrameReader(host)
    const orders = new LearnOrders(options.contexts, options.whenEmpty)
    const mayBegin = (topic: string, context: string): boolean => this.contexts.mayBegin(topic, context)
    this.lines = new LearnerLines(options, mayBegin, host)
    this.contexts = new LearnerContexts(this.lines.map, orders, options.contexts)
    this.applier = new Applier(options.queueLimit ?? Infinity, options.present, host)
    this.status = new LearnerStatus(options, host)
    this.fitting = new Fitting(options, this.applier, this.status, host)
    this.commands = new LearnerCommands(options, this.lines, this.contexts, orders, this.fitting, host)
    options.access.onChange(() => this.commands.reload())
    options.access.offer(options.learner.line)
    host.status('grey', 'ring', host.text('status.waiting'))
  }

  input(message: Message, send: Send): void | Promise<void> {
    if (isControl(message)) {
      if (this.commands.carryOut(message, this.topicOf(message)) === 'is taken') return undefined
      return this.applier.submit({ kind: 'pass', message, send })
    }
    if (carriesVerdict(message)) {
      return this.applier.submit({ kind: 'pass', message, send })
    }
    const topic = this.topicOf(message)
    const frame = this.reader.read(message.payload)
    const nameless = withoutContext(message, this.options.contextProperty, frame, this.host)
    if (nameless !== undefined) return this.applier.submit({ kind: 'pass', message: nameless, send })
    const context = contextOf(message, this.options.contextProperty)
    const key = streamKey(topic, context)
    const learning = learningOf(message)
    const item = new Item(frame, message, send)
    this.lines.map.checkRoom(key)
    this.commands.meet(topic, context)
    if (context !== undefined && learning === undefined && this.contexts.isUnknown(key))
      return this.applier.submit({
        kind: 'pass',
        message: this.status.unknown(item, key, this.contexts.learnedOf(topic)),
        send,
      })
    const line = this.lines.map.get(key)
    const contract = contractOf(frame)
    if (
      line.contract === undefined ||
      line.size !== frame.data.length ||
      !sameContract(line.contract, contract)
    ) {
      line.contract = contract
      line.size = frame.data.length
      this.options.access.saw(key, frame)
      if (learning === undefined) this.lines.takeUp(line, contract)
    }
    const step = line.cycle.next(item, contract, learning, this.lines.newId)
    const flaw = step.progress?.have === 1 ? this.fitting.flawOf(frame, line) : undefined
    if (flaw !== undefined) {
      const result = this.carryOut({ use: step.use, dropped: step.dropped }, item, line, learning)
      this.fitting.refuse(flaw, line.cycle.giveUp().dropped ?? step.fit, line)
      return result
    }
    if (step.asked === true) this.fitting.saver.save(() => this.options.access.begin(key, contract))
    return this.carryOut(step, item, line, learning)
  }

  close(removed: boolean): void {
    for (const line of this.lines.ofStream('')) {
      line.abort?.abort()
      const { collecting } = line.cycle.state
      if (collecting !== undefined && !removed) {
        this.host.log('learning.interrupted', { stream: line.key.topic, ...collecting })
      }
      // What is held back has been counted as done: it is answered, not lost.
      this.fitting.answerGivenUp(line.cycle.giveUp().dropped)
      this.lines.dispose(line)
    }
    this.applier.clear()
    this.options.access.release()
  }

  async written(removed: boolean): Promise<void> {
    await this.fitting.saver.settled()
    if (removed) await this.options.access.discard()
  }

  /** For the button: what it would stop, or replace. */
  get state(): { readonly isLearning: boolean; readonly isLearned: boolean } {
    const lines = this.lines.ofStream('')
    return {
      isLearning: this.commands.isAwaited || lines.some(({ cycle }) => cycle.isLearning),
      // Before the first frame only the model knows.
      isLearned:
        lines.length === 0 ? this.options.access.isUsed : lines.some(({ cycle }) => cycle.parts.length > 0),
    }
  }

  private topicOf(message: Message): string {
    return this.options.keep === 'all' ? '' : streamOf(message)
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
      this.fitting.answerGivenUp(step.dropped)
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
}
