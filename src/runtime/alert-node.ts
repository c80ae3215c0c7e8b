import { Alarms } from '../core/alarm/alarms'
import type { AlarmEvent } from '../core/alarm/event'
import { readSnooze } from '../core/alarm/read-snooze'
import type { AlarmSettings } from '../core/alarm/settings'
import type { Signal } from '../core/alarm/signal'
import { durationWords } from '../core/duration-words'
import type { MessageKey } from '../core/messages'
import { readVerdict } from '../core/read-verdict'
import { shortNumber } from '../core/sparkline'
import type { Reason } from '../core/verdict'
import type { Behaviour } from './define-node'
import type { Host } from './host'
import { flagOf, isControl, readControl, streamOf, type Message, type Send } from './message'
import { StateKeeper } from './state-keeper'
import { sendToSecond } from './two-outputs'

/** An alarm is saved so soon after it was told, ms: it has to survive a power cut. */
const SAVE_MS = 1000
/** All nodes of the flows are there by then. */
const START_MS = 500

/** Why a window was not scored, in words. */
const NOT_SCORED: Partial<Record<Reason, MessageKey>> = {
  LEARNING: 'alert.statusLearning',
  OUT_OF_CONTRACT: 'status.outOfContract',
  UNKNOWN_CONTEXT: 'status.unknownContext',
}

/** Behaviour of alert: events to output 1, the level to output 2 whenever it changes. */
export class AlertNode implements Behaviour {
  private readonly alarms: Alarms
  private readonly keeper: StateKeeper
  private timer?: NodeJS.Timeout
  private timerAt = Infinity
  /** What was last sent; undefined: nothing yet, so whatever is behind the output is off, or keeps what it was told before. */
  private level?: boolean

  constructor(
    settings: AlarmSettings,
    private readonly host: Host,
  ) {
    this.alarms = new Alarms(settings)
    this.keeper = new StateKeeper(host, () => this.snapshot(), SAVE_MS)
    host.status('grey', 'ring', host.text('status.waiting'))
  }

  start(): void {
    this.host.after(START_MS, () => {
      if (this.alarms.streamCount > 0) this.pass([], this.ownSend)
      // A buzzer or LED behind the level may have forgotten it, or still shows an alarm that is over.
      if (this.level === undefined) this.tellLevel(this.ownSend)
    })
  }

  input(message: Message, send: Send): void {
    const now = this.host.now()
    if (isControl(message)) {
      this.pass(this.control(message, now), send)
      // An order for others.
      if (message['learn'] !== undefined) send(message)
      return
    }
    const verdict = readVerdict(message.anomaly, message.payload, this.host)
    this.pass(this.alarms.push(verdict, streamOf(message), now), send, message)
  }

  /** Shows what an alarm looks like. */
  test(): void {
    this.pass(this.alarms.test(this.host.now()), this.ownSend)
  }

  written(): Promise<void> {
    return this.keeper.settled
  }

  snapshot(): unknown {
    return this.alarms.snapshot()
  }

  restore(state: unknown): void {
    this.alarms.restore(state)
  }

  private control(message: Message, now: number): readonly AlarmEvent[] {
    const { reset, forget } = readControl(message)
    const stream = streamOf(message)
    const ack = flagOf(message['ack'])
    // All of it is read before any is done: a message that is refused has changed nothing.
    const snooze = message['snooze'] === undefined ? undefined : readSnooze(message['snooze'])
    const events: AlarmEvent[] = []
    if (snooze !== undefined) events.push(...this.alarms.snooze(stream, snooze, now))
    // As with reset, presence counts; but false is no acknowledgement.
    if (ack !== undefined && ack !== false) events.push(...this.alarms.acknowledge(stream, now))
    if (forget === true) events.push(...this.alarms.forget(stream, now))
    else if (reset === true) events.push(...this.alarms.reset(stream, now))
    this.keeper.request()
    return events
  }

  /** Sends events and, where it changed, the level; sets the timer for what comes without a message. */
  private pass(events: readonly AlarmEvent[], send: Send, message?: Message): void {
    events.forEach((event, i) => send(this.messageOf(event, i, message)))
    if (this.alarms.level !== (this.level ?? false)) this.tellLevel(send)
    if (events.length > 0) this.keeper.request()
    this.arm()
    this.host.refresh(() => this.show())
  }

  private tellLevel(send: Send): void {
    this.level = this.alarms.level
    sendToSecond(send, { payload: this.level })
  }

  private messageOf(event: AlarmEvent, i: number, message: Message | undefined): Message {
    const payload = { ...event, text: this.host.text(event.text.key, event.text.params) }
    if (message === undefined) return { topic: event.stream, payload }
    // The first wire gets the very object that is sent, so all but the first event need one of their own.
    const carrier = i === 0 ? message : (this.host.red.util.cloneMessage(message as never) as Message)
    carrier.payload = payload
    return carrier
  }

  private readonly ownSend: Send = (message) => this.host.node.send(message as never)

  /** A timer that is due too early does no harm, so it is only set anew where it would come too late. */
  private arm(): void {
    const next = this.alarms.nextTick
    if (next === undefined || next >= this.timerAt) return
    this.host.cancel(this.timer)
    this.timerAt = next
    this.timer = this.host.after(Math.max(0, next - this.host.now()), () => {
      this.timerAt = Infinity
      this.pass(this.alarms.tick(this.host.now()), this.ownSend)
    })
  }

  private show(): void {
    const { alarms, host } = this
    const loudest = alarms.on
    if (alarms.snoozedFor > 0) {
      host.status(
        'blue',
        'dot',
        host.text('alert.statusSnoozed', { duration: durationWords(alarms.snoozedFor / 1000) }),
      )
    } else if (loudest.length > 0) this.showSignals(loudest)
    else this.showQuiet(alarms.unscored)
  }

  /** Nothing is wrong as far as is known: green only where all streams are scored. */
  private showQuiet(unscored: readonly Reason[]): void {
    const { host } = this
    const streams = this.alarms.streamCount
    const [first] = unscored
    if (first === undefined) {
      const text = host.text(streams > 1 ? 'alert.statusOkMany' : 'alert.statusOk', { count: streams })
      host.status('green', 'dot', text)
    } else {
      const params = { count: unscored.length, streams }
      host.status(
        'yellow',
        'ring',
        host.text(streams > 1 ? 'alert.statusUnscored' : NOT_SCORED[first]!, params),
      )
    }
  }

  private showSignals(signals: readonly Signal[]): void {
    const { host } = this
    const alarms = signals.filter(({ kind }) => kind === 'alarm')
    const shown = alarms[0] ?? signals.find(({ kind }) => kind !== 'warning') ?? signals[0]!
    const { subject, condition, kind } = shown
    const score = subject.score === null ? '' : shortNumber(subject.score)
    if (alarms.length > 1)
      host.status('red', 'dot', host.text('alert.statusAlarms', { count: alarms.length }))
    else if (kind === 'alarm') {
      if (condition.state === 'latched') host.status('red', 'ring', host.text('alert.statusLatched'))
      else host.status('red', 'dot', host.text('alert.statusAlarm', { score }))
    } else if (kind === 'warning') host.status('yellow', 'dot', host.text('alert.statusWarning', { score }))
    else if (subject.reason === 'NO_DATA') {
      const duration = durationWords(this.alarms.lasting(shown) / 1000)
      host.status('red', 'ring', host.text('alert.statusNoData', { duration }))
    } else host.status('red', 'ring', subject.reason)
  }
}
