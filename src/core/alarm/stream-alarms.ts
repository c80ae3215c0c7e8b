import type { Reason, Verdict } from '../verdict'
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

/** A verdict with one of these tells that a window was not scored, though there was one. */
const UNSCORED: ReadonlySet<Reason> = new Set(['LEARNING', 'OUT_OF_CONTRACT', 'UNKNOWN_CONTEXT'])

type Unscored = Pick<Verdict, 'reason' | 'detail'>

function unscoredOf({ reason, detail }: Unscored): Unscored {
  return { reason, ...(detail === undefined ? {} : { detail }) }
}

/** Everything that can be in alarm about one stream: each of its detectors, its sensor, its silence. */
export class StreamAlarms {
  private readonly tracks = new Map<string, Track>()
  private readonly fault: Signal
  private readonly noData: Signal
  private readonly silence: Silence
  /** Why the last window was not scored, where it was not. */
  unscored?: Unscored
  /**
   * A source that had not spoken, and so had no stream to tell of, speaks now: its streams have names of their own, and there is
   * nothing to wait for under the empty one.
   */
  private leaving = false

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
    const { reason, detector } = verdict
    this.leaving =
      this.stream === '' && reason === 'LEARNING' && detector === undefined && this.tracks.size === 0
    // The source reports the same silence that was noticed here: one alarm is enough.
    if (verdict.reason === 'NO_DATA' && this.noData.on) return
    this.fault.see(faulty && this.settings.faults ? 'over' : 'under', now, subject)
    if (!faulty) this.noData.see('under', now, subject)
    this.unscored = UNSCORED.has(verdict.reason) ? unscoredOf(verdict) : undefined
    // Nobody sees to it by itself that data fit the model again: to be told that they do not is no verdict.
    const counts = verdict.reason !== 'OUT_OF_CONTRACT'
    if (verdict.detector === undefined) {
      for (const track of this.tracks.values()) {
        if (counts) track.silence.forgive(now)
        track.alarm.see('none', now, subject)
        track.warning.see('none', now, subject)
      }
      // A rule or a hand-made verdict has no detector's name, yet it may be evidence.
      if (verdict.reason !== 'ANOMALY' && verdict.reason !== 'WARNING' && verdict.reason !== 'NORMAL') return
    }
    const track = this.trackOf(verdict.model?.name, verdict.detector, subject)
    if (counts) {
      track.silence.see(now, verdict.window.start)
      track.noVerdict.see('under', now, subject)
    }
    const { alarm, warning } = evidenceOf(verdict, this.settings)
    const voted = verdict.vote !== undefined
    track.alarm.see(alarm, now, subject, voted)
    track.warning.see(warning, now, subject, voted)
  }

  /** Nothing is expected of this stream any more, and nothing of it is on. */
  get isGone(): boolean {
    return this.leaving && this.on.length === 0
  }

  /** Lets time pass, and gives back what there is to tell. @param silenced it is snoozed */
  poll(silenced: boolean): readonly AlarmEvent[] {
    const { now } = this.clock
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

  /** True while something of this stream is in alarm. */
  get sounds(): boolean {
    if (this.noData.on || this.fault.on) return true
    for (const track of this.tracks.values()) if (track.alarm.on || track.noVerdict.on) return true
    return false
  }

  /** The signals that are on, the gravest first. */
  get on(): readonly Signal[] {
    return this.signals.filter((signal) => signal.on)
  }

  /** When time alone may change something. */
  due(silenced: boolean): number {
    const { now } = this.clock
    let due = Infinity
    const consider = (time: number): void => {
      if (time > now && time < due) due = time
    }
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
      fault: fault.snapshot(),
      noData: noData.snapshot(),
      silence: silence.snapshot(),
      unscored: this.unscored ?? null,
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
    const { tracks } = state
    const unscored = state['unscored'] as Unscored | null | undefined
    if (UNSCORED.has(unscored?.reason as Reason)) this.unscored = unscoredOf(unscored as Unscored)
    if (
      !this.fault.restore(state['fault']) ||
      !this.noData.restore(state['noData']) ||
      !this.silence.restore(state['silence'])
    )
      return false
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
    this.endWhatIsSwitchedOff()
    return true
  }

  /** What was told before a setting was changed ends, even where no verdict comes any more. */
  private endWhatIsSwitchedOff(): void {
    const { faults, noData } = this.settings
    const silent = [this.noData, ...[...this.tracks.values()].map(({ noVerdict }) => noVerdict)]
    for (const signal of [...(faults ? [] : [this.fault]), ...(noData === 'off' ? silent : [])])
      signal.see('under', this.clock.now, () => signal.subject)
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
    if (noData === 'off' || this.fault.on || this.leaving) return
    if (!this.noData.on && now >= this.silence.due(noData))
      this.silent(this.noData, this.silence, { reason: 'NO_DATA' })
    if (this.noData.on) return
    const why = this.unscored?.reason === 'OUT_OF_CONTRACT' ? this.unscored : { reason: 'NO_DATA' as const }
    for (const { noVerdict, silence } of this.tracks.values()) {
      if (!noVerdict.on && now >= silence.due(noData)) this.silent(noVerdict, silence, why)
    }
  }

  private silent(signal: Signal, { since }: Silence, why: Unscored): void {
    const silent = { ...signal.subject, ...why, score: null, threshold: null, contributions: [] }
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
