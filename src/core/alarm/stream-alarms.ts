import type { Verdict } from '../verdict'
import type { ConditionTiming } from './condition'
import { subjectOf, type AlarmEvent, type Subject } from './event'
import { evidenceOf, isSensorFault } from './evidence'
import type { AlarmSettings } from './settings'
import { Signal } from './signal'
import { Silence } from './silence'
import type { SteadyClock } from './steady-clock'

/** What is watched of one detector (and model) of a stream. */
interface Track {
  readonly alarm: Signal
  readonly warning: Signal
  readonly noVerdict: Signal
  readonly silence: Silence
}

/** Everything that can be in alarm about one stream: each of its detectors, its sensor, its silence. */
export class StreamAlarms {
  private readonly tracks = new Map<string, Track>()
  private readonly fault: Signal
  private readonly noData: Signal
  private readonly silence: Silence
  snoozedUntil = -Infinity

  constructor(
    readonly stream: string,
    private readonly settings: AlarmSettings,
    private readonly clock: SteadyClock,
  ) {
    const subject: Subject = { stream, reason: 'NO_DATA', score: null, threshold: null, contributions: [] }
    this.fault = new Signal('fault', this.faultTiming, settings.repeat, subject)
    this.noData = new Signal('noData', this.faultTiming, settings.repeat, subject)
    this.silence = new Silence(clock.now)
  }

  see(verdict: Verdict): void {
    const { now } = this.clock
    const subject = (): Subject => subjectOf(this.stream, verdict)
    this.silence.see(now, verdict.window.start)
    const faulty = isSensorFault(verdict)
    // The source reports the same silence that was noticed here: one alarm is enough.
    if (verdict.reason === 'NO_DATA' && this.noData.on) return
    if (this.settings.faults) this.fault.see(faulty ? 'over' : 'under', now, subject)
    if (!faulty) this.noData.see('under', now, subject)
    if (verdict.detector === undefined) {
      for (const track of this.tracks.values()) {
        track.silence.forgive(now)
        track.alarm.see('none', now, subject)
        track.warning.see('none', now, subject)
      }
      // A rule or a hand-made verdict has no detector's name, yet it may be evidence.
      if (verdict.reason !== 'ANOMALY' && verdict.reason !== 'WARNING' && verdict.reason !== 'NORMAL') return
    }
    const track = this.trackOf(verdict.model?.name, verdict.detector, subject)
    track.silence.see(now, verdict.window.start)
    track.noVerdict.see('under', now, subject)
    const { alarm, warning } = evidenceOf(verdict, this.settings)
    const voted = verdict.vote !== undefined
    track.alarm.see(alarm, now, subject, voted)
    track.warning.see(warning, now, subject, voted)
  }

  /** Lets time pass, and gives back what there is to tell. */
  poll(globallySnoozed: boolean): readonly AlarmEvent[] {
    const { now } = this.clock
    const silenced = globallySnoozed || now < this.snoozedUntil
    const events: AlarmEvent[] = []
    const tell = (event: AlarmEvent | undefined): void => {
      if (event !== undefined) events.push(event)
    }
    this.listen(now)
    tell(this.noData.poll(this.clock, silenced))
    tell(this.fault.poll(this.clock, silenced))
    for (const { alarm, warning, noVerdict } of this.tracks.values()) {
      tell(noVerdict.poll(this.clock, silenced))
      const event = alarm.poll(this.clock, silenced)
      warning.condition.pass(now)
      tell(event?.kind === 'end' && warning.on ? { ...event, level: 'warning' } : event)
      const { condition } = alarm
      // An alarm that is about to begin, or may not yet begin again, is not told as a warning meanwhile.
      const coming = condition.state === 'pending' || condition.isCooling(now)
      tell(warning.poll(this.clock, silenced, alarm.on ? 'all' : coming ? 'begin' : 'none'))
    }
    return events
  }

  /** True while something of this stream is in alarm and not snoozed. */
  get sounds(): boolean {
    if (this.clock.now < this.snoozedUntil) return false
    if (this.noData.on || this.fault.on) return true
    for (const track of this.tracks.values()) if (track.alarm.on || track.noVerdict.on) return true
    return false
  }

  /** The signals that are on, the gravest first. */
  get on(): readonly Signal[] {
    return this.signals.filter((signal) => signal.on)
  }

  /** When time alone may change something. */
  due(globallySnoozed: boolean): number {
    const { now } = this.clock
    const silenced = globallySnoozed || now < this.snoozedUntil
    let due = Infinity
    const consider = (time: number): void => {
      if (time > now && time < due) due = time
    }
    if (silenced) consider(this.snoozedUntil)
    consider(this.noData.due(silenced))
    consider(this.fault.due(silenced))
    const listening = !this.noData.on && !this.fault.on
    const { noData } = this.settings
    if (listening) consider(this.silence.due(noData))
    for (const { alarm, warning, noVerdict, silence } of this.tracks.values()) {
      consider(alarm.due(silenced))
      consider(warning.due(silenced))
      consider(noVerdict.due(silenced))
      if (listening && !noVerdict.on) consider(silence.due(noData))
    }
    return due
  }

  acknowledge(): readonly AlarmEvent[] {
    // What is covered by an alarm is not told of, so nobody can acknowledge it.
    const covered = new Set(
      [...this.tracks.values()].filter(({ alarm }) => alarm.on).map(({ warning }) => warning),
    )
    const seen = this.signals.filter((signal) => !covered.has(signal))
    return seen.map((signal) => signal.acknowledge(this.clock)).filter((event) => event !== undefined)
  }

  /** Ends everything, as if it had never been. */
  clear(): readonly AlarmEvent[] {
    this.forgive()
    this.snoozedUntil = -Infinity
    return this.signals.map((signal) => signal.clear(this.clock)).filter((event) => event !== undefined)
  }

  /** Nothing could be seen until now: silence begins anew, and what was pending was not seen to last. */
  forgive(): void {
    const { now } = this.clock
    this.silence.forgive(now)
    for (const track of this.tracks.values()) track.silence.forgive(now)
    for (const signal of this.signals) signal.see('none', now, () => signal.subject)
  }

  snapshot(): unknown {
    const { stream, fault, noData, silence } = this
    return {
      stream,
      snoozedUntil: Number.isFinite(this.snoozedUntil) ? this.snoozedUntil : null,
      fault: fault.snapshot(),
      noData: noData.snapshot(),
      silence: silence.snapshot(),
      tracks: [...this.tracks.values()].map((track) => ({
        alarm: track.alarm.snapshot(),
        warning: track.warning.snapshot(),
        noVerdict: track.noVerdict.snapshot(),
        silence: track.silence.snapshot(),
      })),
    }
  }

  /** @returns false where it is not what `snapshot` gave */
  restore(saved: unknown): boolean {
    const state = (saved ?? {}) as Readonly<Record<string, unknown>>
    const { snoozedUntil, tracks } = state
    if (
      !this.fault.restore(state['fault']) ||
      !this.noData.restore(state['noData']) ||
      !this.silence.restore(state['silence'])
    )
      return false
    this.snoozedUntil = typeof snoozedUntil === 'number' ? snoozedUntil : -Infinity
    for (const entry of Array.isArray(tracks)
      ? (tracks as readonly Readonly<Record<string, unknown>>[])
      : []) {
      const { subject } = (entry['alarm'] ?? {}) as { subject?: Subject }
      if (typeof subject?.stream !== 'string') return false
      const track = this.trackOf(subject.model, subject.detector, () => subject)
      const ok =
        track.alarm.restore(entry['alarm']) &&
        track.warning.restore(entry['warning']) &&
        track.noVerdict.restore(entry['noVerdict']) &&
        track.silence.restore(entry['silence'])
      if (!ok) return false
    }
    return true
  }

  private get signals(): readonly Signal[] {
    const signals: Signal[] = []
    for (const track of this.tracks.values()) signals.push(track.alarm, track.noVerdict)
    signals.push(this.noData, this.fault)
    for (const track of this.tracks.values()) signals.push(track.warning)
    return signals
  }

  private get faultTiming(): ConditionTiming {
    return { ...this.settings.timing, hold: { windows: 1 }, coolDown: 0, latch: false }
  }

  /** Silence of the stream is one alarm; silence of one detector while others speak is its own. */
  private listen(now: number): void {
    const { noData } = this.settings
    if (noData === 'off' || this.fault.on) return
    if (!this.noData.on && now >= this.silence.due(noData)) this.silent(this.noData, this.silence)
    if (this.noData.on) return
    for (const { noVerdict, silence } of this.tracks.values()) {
      if (!noVerdict.on && now >= silence.due(noData)) this.silent(noVerdict, silence)
    }
  }

  private silent(signal: Signal, { since }: Silence): void {
    const { subject } = signal
    const silent = { ...subject, reason: 'NO_DATA', score: null, threshold: null, contributions: [] } as const
    signal.see('over', this.clock.now, () => silent)
    signal.condition.since = since
  }

  private trackOf(model: string | undefined, detector: string | undefined, about: () => Subject): Track {
    const id = `${model ?? ''}\u0000${detector ?? ''}`
    let track = this.tracks.get(id)
    if (track === undefined) {
      const subject = about()
      const { timing, repeat } = this.settings
      const quiet = { ...timing, coolDown: 0, latch: false }
      track = {
        alarm: new Signal('alarm', timing, repeat, subject),
        warning: new Signal('warning', quiet, undefined, subject),
        noVerdict: new Signal('noVerdict', this.faultTiming, repeat, subject),
        silence: new Silence(this.clock.now),
      }
      this.tracks.set(id, track)
    }
    return track
  }
}
