import type { Reason, Verdict } from '../verdict'
import { AlarmPair } from './alarm-pair'
import { subjectOf, type AlarmEvent, type Subject } from './event'
import { evidenceOf, isSensorFault } from './evidence'
import { MergedAlarms } from './merged-alarms'
import type { AlarmSettings } from './settings'
import { Signal } from './signal'
import { Silence } from './silence'
import type { SteadyClock } from './steady-clock'
import { faultTiming, idOf, Track } from './track'

/** A verdict with one of these tells that a window was not scored, though there was one. */
const UNSCORED: ReadonlySet<Reason> = new Set(['LEARNING', 'OUT_OF_CONTRACT', 'UNKNOWN_CONTEXT'])

/** A verdict with one of these judges a window, whether it names its detector or not. */
const JUDGED: ReadonlySet<Reason> = new Set(['NORMAL', 'WARNING', 'ANOMALY'])

type Unscored = Pick<Verdict, 'reason' | 'detail'>
type Saved = Readonly<Record<string, unknown>>

function unscoredOf({ reason, detail }: Unscored): Unscored {
  return { reason, ...(detail === undefined ? {} : { detail }) }
}

/** Everything that can be in alarm about one stream: each of its detectors, its sensor, its silence. */
export class StreamAlarms {
  private readonly tracks = new Map<string, Track>()
  /** Where all detectors have one alarm. */
  private readonly merged?: MergedAlarms
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
    this.fault = new Signal('fault', faultTiming(settings), settings.repeat, subject)
    this.noData = new Signal('noData', faultTiming(settings), settings.repeat, subject)
    this.silence = new Silence(clock.now)
    if (settings.each === 'topic') this.merged = new MergedAlarms(settings, subject)
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
    // A rule or a hand-made verdict has no detector's name, yet it may be evidence.
    if (detector === undefined && !JUDGED.has(reason)) {
      this.doubt(verdict, faulty ? 'fault' : 'unscored', counts)
      return
    }
    const id = idOf(verdict.model?.name, detector)
    const track = this.trackOf(id, subject)
    if (track.speaks(verdict.window.start) === 'after a hole') {
      track.pair?.forget(now)
      this.merged?.drop(id)
    }
    if (counts) {
      track.silence.see(now, verdict.window.start)
      track.noVerdict.see('under', now, subject)
    }
    const evidence = evidenceOf(verdict, this.settings)
    const voted = verdict.vote !== undefined
    track.pair?.alarm.see(evidence.alarm, now, subject, voted)
    track.pair?.warning.see(evidence.warning, now, subject, voted)
    if (this.merged === undefined) return
    // One that says nothing any more neither keeps an alarm on nor leads it. Found out while others speak: when all are silent,
    // nothing is known of the end of an alarm.
    for (const [other, { silence }] of this.tracks)
      if (now >= silence.outdated(this.settings.noData)) this.merged.drop(other)
    this.merged.see(id, evidence, now, subject, voted)
  }

  /**
   * A verdict that names no detector: of a sensor at fault, which nobody can judge; or of a chain whose scaler learns or whose machine
   * is off, and limits beside it go on guarding.
   */
  private doubt({ window }: Verdict, why: 'fault' | 'unscored', counts: boolean): void {
    const { now } = this.clock
    for (const [id, track] of this.tracks) {
      if (counts) track.silence.forgive(now)
      if (why === 'fault') track.pair?.forget(now)
      else if (track.doubt(window.start) === 'again') this.merged?.drop(id)
    }
    if (why === 'fault') this.merged?.dropAll(now)
    else this.merged?.settle(now)
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
    for (const { pair, noVerdict } of this.tracks.values()) {
      tell(noVerdict.poll(this.clock, silenced))
      if (pair !== undefined) events.push(...pair.poll(this.clock, silenced))
    }
    if (this.merged !== undefined) events.push(...this.merged.pair.poll(this.clock, silenced))
    return events
  }

  /** True while something of this stream is in alarm. */
  get sounds(): boolean {
    if (this.noData.on || this.fault.on) return true
    for (const { noVerdict, pair } of this.tracks.values())
      if (noVerdict.on || pair?.alarm.on === true) return true
    return this.merged?.pair.alarm.on === true
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
    const considerPair = ({ alarm, warning }: AlarmPair): void => {
      consider(alarm.due(silenced))
      consider(warning.due(silenced))
    }
    if (this.merged !== undefined) considerPair(this.merged.pair)
    for (const { pair, noVerdict, silence } of this.tracks.values()) {
      if (pair !== undefined) considerPair(pair)
      consider(noVerdict.due(silenced))
      if (listening && !noVerdict.on) consider(silence.due(noData))
    }
    return due
  }

  acknowledge(): readonly AlarmEvent[] {
    // What is covered by an alarm is not told of, so nobody can acknowledge it.
    const covered = new Set(this.pairs.filter(({ alarm }) => alarm.on).map(({ warning }) => warning))
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
    this.merged?.dropAll(now)
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
      ...(this.merged === undefined ? {} : { merged: this.merged.snapshot() }),
      tracks: [...this.tracks.values()].map((track) => track.snapshot()),
    }
  }

  /** @returns false where it is not what `snapshot` gave */
  restore(saved: unknown): boolean {
    const state = (saved ?? {}) as Saved
    const { tracks } = state
    const unscored = state['unscored'] as Unscored | null | undefined
    if (UNSCORED.has(unscored?.reason as Reason)) this.unscored = unscoredOf(unscored as Unscored)
    if (
      !this.fault.restore(state['fault']) ||
      !this.noData.restore(state['noData']) ||
      !this.silence.restore(state['silence'])
    )
      return false
    const saidEach = new Map<string, AlarmPair>()
    for (const entry of (Array.isArray(tracks) ? tracks : []) as readonly Saved[]) {
      const { subject } = (entry['noVerdict'] ?? {}) as { subject?: Subject }
      if (typeof subject?.stream !== 'string') return false
      const id = idOf(subject.model, subject.detector)
      if (!this.trackOf(id, () => subject).restore(entry)) return false
      if (this.merged === undefined || entry['alarm'] === undefined) continue
      const pair = new AlarmPair(this.settings, subject)
      if (!pair.restore(entry)) return false
      saidEach.set(id, pair)
    }
    const merged = state['merged'] as Saved | undefined
    if (this.merged === undefined) this.divide(merged)
    else if (merged === undefined) this.merged.adopt(saidEach, this.clock.now)
    else if (!this.merged.restore(merged)) return false
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

  /** What was one alarm of the stream when it was saved is that of the detector which led it; where none was over, it ends. */
  private divide(merged: Saved | undefined): void {
    for (const kind of ['alarm', 'warning'] as const) {
      const { subject } = (merged?.[kind] ?? {}) as { subject?: Subject }
      const signal = this.tracks.get(idOf(subject?.model, subject?.detector))?.pair?.[kind]
      if (signal === undefined || !signal.restore(merged?.[kind])) continue
      const { leader } = (merged?.[`${kind}s`] ?? {}) as { leader?: unknown }
      if (typeof leader !== 'string') signal.see('under', this.clock.now, () => signal.subject)
    }
  }

  /** Each alarm with its warning: one for each detector, or one for all. */
  private get pairs(): readonly AlarmPair[] {
    if (this.merged !== undefined) return [this.merged.pair]
    return [...this.tracks.values()].flatMap(({ pair }) => pair ?? [])
  }

  private get signals(): readonly Signal[] {
    const { noData, fault, merged, pairs } = this
    const signals: Signal[] = merged === undefined ? [] : [merged.pair.alarm]
    for (const { pair, noVerdict } of this.tracks.values())
      signals.push(...(pair === undefined ? [] : [pair.alarm]), noVerdict)
    return [...signals, noData, fault, ...pairs.map(({ warning }) => warning)]
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

  private trackOf(id: string, about: () => Subject): Track {
    let track = this.tracks.get(id)
    if (track === undefined) {
      track = new Track(this.settings, about(), this.clock.now)
      this.tracks.set(id, track)
    }
    return track
  }
}
