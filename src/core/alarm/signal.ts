import { Condition, type ConditionTiming, type Evidence } from './condition'
import {
  wordsOf,
  type AlarmEvent,
  type AlarmLevel,
  type AlarmState,
  type EventKind,
  type SignalKind,
  type Subject,
} from './event'
import type { AlarmSettings } from './settings'
import type { SteadyClock } from './steady-clock'

const LEVELS: Readonly<Record<SignalKind, AlarmLevel>> = {
  alarm: 'alarm',
  warning: 'warning',
  fault: 'fault',
  noData: 'fault',
  noVerdict: 'fault',
}

/** One condition and what was told of it: begin, repeats, end. */
export class Signal {
  readonly condition: Condition
  subject: Subject
  private told = false
  private acknowledged = false
  /** It was on while snoozed, so it is told again afterwards. */
  private owed = false
  private repeats = 0
  private nextRepeat = Infinity
  private count = 0
  private lastState: AlarmState = 'normal'

  constructor(
    readonly kind: SignalKind,
    timing: ConditionTiming,
    private readonly repeat: AlarmSettings['repeat'],
    subject: Subject,
  ) {
    this.condition = new Condition(timing)
    this.subject = subject
  }

  get on(): boolean {
    return this.condition.on
  }

  get isAcknowledged(): boolean {
    return this.acknowledged
  }

  /** @param subject made only where it is needed: most verdicts tell of nothing */
  see(evidence: Evidence, now: number, subject: () => Subject, held = false): void {
    const before = this.condition.state
    this.condition.see(evidence, now, held)
    if (evidence === 'over') {
      this.count = before === 'normal' ? 1 : this.count + 1
      this.subject = subject()
    }
  }

  /** What it follows now began earlier than it was followed. @param count windows that were over the level since then */
  backdate(since: number, count: number): void {
    this.condition.since = since
    this.count = count
  }

  /**
   * What there is to tell now.
   * @param silenced snoozed: nothing begins or repeats; what has been told still ends
   * @param cover 'begin': it may end but not begin now; 'all': a higher signal of the same thing is on, so it is not told at all
   */
  poll(
    clock: SteadyClock,
    silenced: boolean,
    cover: 'none' | 'begin' | 'all' = 'none',
  ): AlarmEvent | undefined {
    const { now } = clock
    this.condition.pass(now)
    if (!this.on) {
      this.owed = false
      this.acknowledged = false
      if (!this.told) return this.settle()
      this.told = false
      return cover === 'all' ? this.settle() : this.event('end', clock)
    }
    if (cover === 'all' || (cover === 'begin' && !this.told)) return undefined
    if (silenced) {
      this.owed = this.told && !this.acknowledged
      return undefined
    }
    if (!this.told) {
      this.told = true
      this.repeats = 0
      this.nextRepeat = this.repeat === undefined ? Infinity : now + this.repeat.first
      return this.event('begin', clock)
    }
    if (this.acknowledged || !(this.owed || now >= this.nextRepeat)) return undefined
    this.owed = false
    this.scheduleRepeat(now)
    return this.event('repeat', clock)
  }

  acknowledge(clock: SteadyClock): AlarmEvent | undefined {
    if (!this.on || this.acknowledged) return undefined
    this.acknowledged = true
    const event = this.event('acknowledged', clock)
    this.condition.acknowledge(clock.now)
    return event
  }

  clear(clock: SteadyClock): AlarmEvent | undefined {
    const told = this.told
    this.condition.clear()
    this.told = this.acknowledged = this.owed = false
    return told ? this.event('end', clock) : this.settle()
  }

  /** When time alone changes something. */
  due(silenced: boolean): number {
    const end = this.condition.due ?? Infinity
    return this.told && this.on && !this.acknowledged && !silenced ? Math.min(end, this.nextRepeat) : end
  }

  event(kind: EventKind, clock: SteadyClock): AlarmEvent {
    const { subject, condition } = this
    const previous = this.lastState
    const state = (this.lastState = condition.state === 'active' ? 'alarm' : condition.state)
    const duration = clock.now - condition.since
    const { stream, model, detector, reason, score, threshold, contributions } = subject
    return {
      kind,
      level: kind === 'end' ? 'ok' : LEVELS[this.kind],
      state,
      previous,
      stream,
      ...(model === undefined ? {} : { model }),
      ...(detector === undefined ? {} : { detector }),
      reason,
      score,
      threshold,
      time: clock.toWall(clock.now),
      since: clock.toWall(condition.since),
      duration,
      count: this.count,
      contributions,
      text: wordsOf(kind, this.kind, subject, duration, this.count),
    }
  }

  snapshot(): unknown {
    const { subject, told, acknowledged, owed, repeats, count, lastState } = this
    const nextRepeat = Number.isFinite(this.nextRepeat) ? this.nextRepeat : null
    return {
      condition: this.condition.snapshot(),
      subject,
      told,
      acknowledged,
      owed,
      repeats,
      nextRepeat,
      count,
      lastState,
    }
  }

  /** @returns false where it is not what `snapshot` gave */
  restore(saved: unknown): boolean {
    const state = (saved ?? {}) as Partial<
      Record<'condition' | 'repeats' | 'nextRepeat' | 'count', unknown>
    > & {
      subject?: Subject
      told?: boolean
      acknowledged?: boolean
      owed?: boolean
      lastState?: AlarmState
    }
    if (!this.condition.restore(state.condition)) return false
    if (typeof state.subject?.stream !== 'string' || !Array.isArray(state.subject.contributions)) return false
    this.subject = state.subject
    this.told = state.told === true
    this.acknowledged = state.acknowledged === true
    this.owed = state.owed === true
    this.repeats = typeof state.repeats === 'number' ? state.repeats : 0
    this.nextRepeat = typeof state.nextRepeat === 'number' ? state.nextRepeat : Infinity
    this.count = typeof state.count === 'number' ? state.count : 0
    this.lastState = state.lastState ?? 'normal'
    return true
  }

  private settle(): undefined {
    const { state } = this.condition
    this.lastState = state === 'active' ? 'alarm' : state
    return undefined
  }

  private scheduleRepeat(now: number): void {
    if (this.repeat === undefined) return
    this.repeats++
    const wait = Math.min(this.repeat.max, this.repeat.first * this.repeat.factor ** this.repeats)
    // Kept on its grid, unless it was held up by a snooze.
    this.nextRepeat = this.nextRepeat + wait > now ? this.nextRepeat + wait : now + wait
  }
}
