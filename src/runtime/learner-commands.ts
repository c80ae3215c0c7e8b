import { InputError } from '../core/errors'
import type { LearnOrders } from '../core/learn-orders'
import type { Block } from '../core/learning-cycle'
import type { Item } from './applier'
import type { Fitting } from './fitting'
import type { Host } from './host'
import type { LearnerContexts } from './learner-contexts'
import type { LearnerNodeOptions, Line } from './learner-line'
import type { LearnerLines } from './learner-lines'
import { learningRunsOf } from './learning-runs'
import { readControl, type Message } from './message'
import { namedContext, streamKey } from './streams'

/** Learn for all streams is also for those that are first seen so soon after it. */
const LEARN_ALL_MS = 60_000

/** Carries out what messages ask of a learning node: learn, reset, forget; also for streams that have not spoken yet. */
export class LearnerCommands<O> {
  /** Streams that have sent something. */
  private readonly met = new Set<string>()
  /** Until when Learn holds for a stream that had not been met when it was pressed, ms; '' is all streams. */
  private readonly pressed = new Map<string, number>()

  constructor(
    private readonly options: LearnerNodeOptions<O>,
    private readonly lines: LearnerLines<O>,
    private readonly contexts: LearnerContexts<O>,
    private readonly orders: LearnOrders,
    private readonly fitting: Fitting<O>,
    private readonly host: Host,
  ) {}

  /** @returns whether the message goes on to the nodes behind @throws InputError where it asks for what cannot be done */
  carryOut(message: Message, topic: string): 'goes on' | 'is taken' {
    const { learn, reset, forget } = readControl(message)
    if (reset === true) for (const line of this.lines.ofStream(topic)) this.reset(line)
    if (forget === true) this.forget(topic)
    if (learn === false) this.giveUp(topic)
    if (learn === 'continue' && this.options.continueFrom === undefined) {
      // Of a chain only the network goes on; what else learns is passed by.
      if (this.options.role === 'detector')
        throw new InputError('learning.cannotContinue', { field: 'msg.learn' })
    } else if (learn !== undefined && learn !== false) {
      this.begin(topic, learn, message)
      // The first learner takes the order.
      return 'is taken'
    }
    return 'goes on'
  }

  /** A frame of this stream has come: takes up what the model holds of its contexts, and a Learn that came before it. */
  meet(topic: string, context: string | undefined): void {
    if (context !== undefined) this.orders.see(topic, context)
    if (this.met.has(topic)) return
    this.met.add(topic)
    if (context !== undefined)
      for (const known of this.options.access.contextsOf(topic)) this.lines.map.get(streamKey(topic, known))
    const forAll = this.pressed.get('')
    const wasAsked = this.pressed.delete(topic)
    if (!wasAsked && (forAll === undefined || this.host.now() > forAll)) return
    if (forAll === Infinity) this.pressed.set('', this.host.now() + LEARN_ALL_MS)
    this.learn(topic, context, false)
  }

  /** True where Learn was pressed and nothing has come since the start. */
  get isAwaited(): boolean {
    return this.met.size === 0 && this.pressed.size > 0
  }

  /** Forgets what is in memory, so that the next frame of each stream takes up what the model holds now. */
  reload(): void {
    for (const line of this.lines.ofStream('')) {
      this.reset(line)
      this.lines.dispose(line)
    }
    this.lines.map.clear()
    this.met.clear()
  }

  private reset(line: Line<O>): void {
    line.abort?.abort()
    this.answer(line.cycle.reset())
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

  /** Begins anew for a stream: where it has contexts for the one named, or those that `LearnOrders` says. */
  private learn(topic: string, named: string | undefined, goesOn: boolean): void {
    const known = this.contexts.knownOf(topic)
    const keys =
      known.length === 0 && named === undefined
        ? [streamKey(topic)]
        : this.orders.ask(topic, known, named).map((context) => streamKey(topic, context))
    for (const key of keys) {
      const line = this.lines.map.get(key)
      line.goesOn = goesOn
      line.refusal = undefined
      line.abort?.abort()
      this.answer(line.cycle.learn(this.lines.newId()))
    }
  }

  /** Ends learning for good: what was learned before works on, here and in the nodes before that have switched already. */
  private giveUp(topic: string): void {
    this.pressed.clear()
    for (const known of this.met) if (topic === '' || topic === known) this.orders.withdraw(known)
    for (const line of this.lines.ofStream(topic)) {
      line.abort?.abort()
      const { dropped, run } = line.cycle.giveUp()
      this.answer(dropped)
      if (run === undefined) continue
      learningRunsOf(this.host.red).giveUp(run)
      if (line.contract !== undefined) this.fitting.unmark(line, line.contract)
    }
  }

  /** Forgets what has been learned of a stream, whether it has spoken since the start or not; '' is every stream. */
  private forget(topic: string): void {
    const { access, learner } = this.options
    for (const line of this.lines.ofStream(topic)) {
      const { dropped, parts } = line.cycle.forget()
      for (const part of parts) part.model.dispose?.()
      this.answer(dropped)
      this.met.delete(line.key.topic)
    }
    this.lines.map.drop(topic)
    for (const stream of access.streamsOf(topic))
      this.fitting.saver.save(() => access.forget(stream, learner.line))
  }

  private answer(block: Block<Item> | undefined): void {
    this.fitting.answerGivenUp(block)
  }
}
