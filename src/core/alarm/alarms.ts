import { InputError } from '../errors'
import type { Reason, Verdict } from '../verdict'
import { wordsOf, type AlarmEvent, type EventKind, type Subject } from './event'
import type { AlarmSettings } from './settings'
import type { Signal } from './signal'
import { HEARTBEAT_MS, SteadyClock } from './steady-clock'
import { StreamAlarms } from './stream-alarms'

const TEST_MS = 3000
const NOBODY: Subject = { stream: '', reason: 'NORMAL', score: null, threshold: null, contributions: [] }

/**
 * Turns verdicts into alarms that people can bear: one state per stream, or per stream, model and detector.
 * Pure: every method takes the wall-clock time (ms) and gives back the events that there are to tell. The caller also calls
 * `tick` at `nextTick`, which is at most 30 s away while there are streams.
 */
export class Alarms {
  private readonly streams = new Map<string, StreamAlarms>()
  private readonly clock = new SteadyClock()
  /** Until when streams are snoozed, whether they have spoken or not; '' is every stream. */
  private readonly snoozes = new Map<string, number>()
  private testUntil = -Infinity
  private due = Infinity

  constructor(private readonly settings: AlarmSettings) {}

  /** @throws InputError where there are more streams than set */
  push(verdict: Verdict, stream: string, wall: number): readonly AlarmEvent[] {
    this.look(wall)
    const alarms = this.streamOf(stream)
    // What was due before this verdict came is told first.
    const silenced = this.isSnoozed(stream)
    const before = this.due <= this.clock.now ? alarms.poll(silenced) : []
    alarms.see(verdict)
    const after = alarms.poll(silenced)
    if (alarms.isGone) this.streams.delete(stream)
    this.due = Math.min(this.due, alarms.due(silenced))
    return before.length === 0 ? after : [...before, ...after]
  }

  /** Lets time pass. */
  tick(wall: number): readonly AlarmEvent[] {
    this.look(wall)
    return this.pollAll()
  }

  /** Wall-clock time at which `tick` is due; undefined while there is nothing to wait for. */
  get nextTick(): number | undefined {
    if (this.streams.size === 0 && this.snoozes.size === 0 && this.testUntil <= this.clock.now)
      return undefined
    const due = Math.min(this.due, this.clock.now + HEARTBEAT_MS)
    return this.clock.toWall(Math.max(due, this.clock.now))
  }

  /** True while any stream is in alarm, anomaly or fault, and not snoozed; and during a test. */
  get level(): boolean {
    const { now } = this.clock
    if (now < this.testUntil) return true
    for (const alarms of this.streams.values())
      if (alarms.sounds && !this.isSnoozed(alarms.stream)) return true
    return false
  }

  /** Every signal that is on, by stream. */
  get on(): readonly Signal[] {
    return [...this.streams.values()].flatMap((alarms) => alarms.on)
  }

  /** How long a signal has been on, ms. */
  lasting(signal: Signal): number {
    return this.clock.now - signal.condition.since
  }

  get streamCount(): number {
    return this.streams.size
  }

  /** Why streams are not scored at present: a reason for each that is not. */
  get unscored(): readonly Reason[] {
    return [...this.streams.values()].flatMap((alarms) => alarms.unscored?.reason ?? [])
  }

  /** ms that all streams are still snoozed for. */
  get snoozedFor(): number {
    return Math.max(0, this.snoozedUntil('') - this.clock.now)
  }

  /** Somebody has seen it: repeats end, and what is latched is over. '' means every stream. */
  acknowledge(stream: string, wall: number): readonly AlarmEvent[] {
    this.look(wall)
    return [...this.of(stream).flatMap((alarms) => alarms.acknowledge()), ...this.pollAll()]
  }

  /**
   * Tells nothing for `ms`; 0 ends it. The level is false meanwhile; what is still in alarm afterwards is told again.
   * @throws InputError where more streams are snoozed than there may be
   */
  snooze(stream: string, ms: number, wall: number): readonly AlarmEvent[] {
    this.look(wall)
    if (ms <= 0) this.endSnooze(stream)
    else {
      // One for each stream, and one for all.
      if (!this.snoozes.has(stream)) this.checkRoom(this.snoozes.size - 1)
      this.snoozes.set(stream, this.clock.now + ms)
    }
    const event = this.eventOf(ms > 0 ? 'snoozed' : 'resumed', stream, Math.max(0, ms))
    return [event, ...this.pollAll()]
  }

  /** Clears every state, as if nothing had been; what was told is told to be over. */
  reset(stream: string, wall: number): readonly AlarmEvent[] {
    this.look(wall)
    const events = this.of(stream).flatMap((alarms) => alarms.clear())
    this.endSnooze(stream)
    return [...events, ...this.pollAll()]
  }

  /** Clears, and forgets the stream: its silence is no alarm any more. */
  forget(stream: string, wall: number): readonly AlarmEvent[] {
    const events = this.reset(stream, wall)
    for (const alarms of this.of(stream)) this.streams.delete(alarms.stream)
    return events
  }

  /** Lets the outputs show what an alarm looks like: one event, and the level for three seconds. */
  test(wall: number): readonly AlarmEvent[] {
    this.look(wall)
    this.testUntil = this.clock.now + TEST_MS
    this.due = Math.min(this.due, this.testUntil)
    return [this.eventOf('test', '', 0)]
  }

  snapshot(): unknown {
    return {
      clock: this.clock.snapshot(),
      snoozes: [...this.snoozes],
      streams: [...this.streams.values()].map((alarms) => alarms.snapshot()),
    }
  }

  /** Takes up what `snapshot` gave. @throws InputError where it does not fit */
  restore(saved: unknown): void {
    const { clock, snoozes, streams } = (saved ?? {}) as Readonly<Record<string, unknown>>
    if (!Array.isArray(streams) || !this.clock.restore(clock))
      throw new InputError('alert.badState', { field: 'alarms' })
    for (const [stream, until] of Array.isArray(snoozes) ? (snoozes as readonly (readonly unknown[])[]) : [])
      if (typeof stream === 'string' && typeof until === 'number') this.snoozes.set(stream, until)
    for (const entry of streams as readonly { stream?: unknown }[]) {
      const stream = entry.stream
      if (typeof stream !== 'string') throw new InputError('alert.badState', { field: 'stream' })
      const alarms = new StreamAlarms(stream, this.settings, this.clock)
      if (!alarms.restore(entry)) throw new InputError('alert.badState', { field: 'stream' })
      if (this.streams.size < this.settings.maxStreams) this.streams.set(stream, alarms)
    }
    this.due = this.clock.now
  }

  private snoozedUntil(stream: string): number {
    return this.snoozes.get(stream) ?? -Infinity
  }

  private isSnoozed(stream: string): boolean {
    return this.clock.now < Math.max(this.snoozedUntil(''), this.snoozedUntil(stream))
  }

  private endSnooze(stream: string): void {
    if (stream === '') this.snoozes.clear()
    else this.snoozes.delete(stream)
  }

  /** Looks at the clock. After a restart that took a while, silence meanwhile proves nothing. */
  private look(wall: number): void {
    const blind = this.clock.justRestored && this.clock.wasAway(wall)
    this.clock.look(wall)
    if (blind) for (const alarms of this.streams.values()) alarms.forgive()
  }

  private pollAll(): readonly AlarmEvent[] {
    const events: AlarmEvent[] = []
    const { now } = this.clock
    let due = this.testUntil > now ? this.testUntil : Infinity
    for (const [stream, until] of this.snoozes) {
      if (until > now) due = Math.min(due, until)
      else this.snoozes.delete(stream)
    }
    for (const alarms of this.streams.values()) {
      const silenced = this.isSnoozed(alarms.stream)
      events.push(...alarms.poll(silenced))
      if (alarms.isGone) this.streams.delete(alarms.stream)
      else due = Math.min(due, alarms.due(silenced))
    }
    this.due = due
    return events
  }

  private of(stream: string): readonly StreamAlarms[] {
    if (stream === '') return [...this.streams.values()]
    const found = this.streams.get(stream)
    return found === undefined ? [] : [found]
  }

  private streamOf(stream: string): StreamAlarms {
    const found = this.streams.get(stream)
    if (found !== undefined) return found
    this.checkRoom(this.streams.size)
    const alarms = new StreamAlarms(stream, this.settings, this.clock)
    this.streams.set(stream, alarms)
    return alarms
  }

  private checkRoom(used: number): void {
    const { maxStreams: max } = this.settings
    if (used >= max) throw new InputError('learning.tooManyStreams', { field: 'msg.topic', max })
  }

  private eventOf(kind: EventKind, stream: string, duration: number): AlarmEvent {
    const time = this.clock.toWall(this.clock.now)
    const subject = { ...NOBODY, stream }
    return {
      kind,
      level: kind === 'test' ? 'alarm' : 'ok',
      state: 'normal',
      previous: 'normal',
      ...subject,
      time,
      since: time,
      duration,
      count: 0,
      text: wordsOf(kind, 'alarm', subject, duration, 0),
    }
  }
}
