import { Calibrator, type Calibrated } from '../core/calibrator'
import { sameContract, type Contract } from '../core/contract'
import { InputError } from '../core/errors'
import { readVerdict } from '../core/read-verdict'
import { explain } from '../core/thresholds/explain'
import type { CalibrationSettings } from '../core/thresholds/settings'
import type { Verdict } from '../core/verdict'
import { CalibratedContexts } from './calibrated-contexts'
import { calibrationsOf, type CalibrationShown } from './calibration-shown'
import type { Behaviour } from './define-node'
import type { Host } from './host'
import { learningRunsOf } from './learning-runs'
import { isControl, learningOf, readControl, streamOf, type Message, type Send } from './message'
import type { ModelAccess } from './model-access'
import { Saver } from './saver'
import { StateKeeper } from './state-keeper'
import { carry } from './stage-node'
import { contextOf, namedContext, StreamMap, streamKey, type StreamKey } from './streams'
import { bundleKeyOf, contextsFor, contractIn, ThresholdLine, WatchedDetector } from './threshold-line'
import { showThreshold } from './threshold-status'
import { sendToSecond } from './two-outputs'

/** A calibration that goes on for days is saved this often, ms. */
const SAVE_MS = 600_000
/** A stream that is first seen so soon after Learn was pressed for it calibrates anew even if it has a calibration. */
const LEARN_ALL_MS = 60_000

export interface ThresholdNodeOptions {
  readonly settings: CalibrationSettings
  readonly access: ModelAccess
  /** 'stream': one calibration per stream (and context); 'all': one for all, with a vote for each. */
  readonly keep: 'stream' | 'all'
  readonly maxStreams: number
  /** Message property that holds the context; '' is `msg.context` where it is there. */
  readonly contextProperty: string
  /** 'together': one threshold from the scores of all contexts of a stream; 'apart': one for each. */
  readonly contexts: 'together' | 'apart'
}

/** Behaviour of threshold-calibrate: verdicts with a score get a threshold, everything else passes; anomalies go to output 2 too. */
export class ThresholdNode implements Behaviour {
  private readonly lines: StreamMap<ThresholdLine>
  private readonly keeper: StateKeeper
  /** When topics were told to learn before they spoke, ms; '' is all. */
  private readonly wanted = new Map<string, number>()
  private readonly contexts: CalibratedContexts
  private runs = 0
  /** Writes to the bundle. */
  private readonly saver: Saver

  constructor(
    private readonly options: ThresholdNodeOptions,
    private readonly host: Host,
  ) {
    this.saver = new Saver(host)
    this.contexts = new CalibratedContexts(options.contexts)
    this.lines = new StreamMap(options.maxStreams, (key) => this.open(key))
    this.keeper = new StateKeeper(host, () => this.snapshot(), SAVE_MS)
    options.access.onChange(() => {
      this.lines.clear()
      this.contexts.clear()
    })
    host.status('grey', 'ring', host.text('status.waiting'))
  }

  input(message: Message, send: Send): void {
    if (isControl(message)) {
      this.control(message, send)
      return
    }
    const verdict = readVerdict(message.anomaly, message.payload, this.host)
    const topic = streamOf(message)
    const { keep, contextProperty } = this.options
    const owner = keep === 'all' ? '' : topic
    const lane = keep === 'all' ? topic : ''
    if (verdict.score === null) {
      // What a source reports knows of no context.
      const named = namedContext(message, contextProperty)
      if (named !== undefined) this.enter(owner, topic, named, lane)
      this.fault(verdict, owner, named, lane)
      send(message)
      return
    }
    const context = contextOf(message, contextProperty)
    const key = streamKey(owner, context)
    if (context !== undefined) this.enter(owner, topic, context, lane)
    const watched = this.lines.get(key).of(verdict)
    if (this.contexts.isFirst(key, verdict)) this.takeUpOthers(key, verdict)
    const learning = learningOf(message)
    if (learning === undefined) this.takeUp(watched, verdict.contract)
    const result = watched.push(verdict, learning, lane)
    const judged = this.worded(result)
    send(carry(message, judged))
    if (judged.isAnomaly && this.hasSecondWire)
      sendToSecond(send, this.host.red.util.cloneMessage(message as never))
    this.follow(result, watched, message)
    this.host.refresh(() => showThreshold(this.host, watched, judged, this.options.settings.whenEmpty))
  }

  /** A verdict without a score belongs to its own detector; a fault of the source to every detector and context of the stream. */
  private fault(verdict: Verdict, owner: string, context: string | undefined, lane: string): void {
    for (const { key, value: line } of this.lines.entriesOf(owner)) {
      if (key.topic !== owner || (context !== undefined && key.context !== context)) continue
      if (verdict.detector !== undefined) line.of(verdict).push(verdict, undefined, lane)
      else for (const { calibrator } of line.all) calibrator.push(verdict, undefined, lane)
    }
  }

  /** Where the stream has just left another context, the evidence there ends: its windows are not in a row any more. */
  private enter(owner: string, topic: string, context: string, lane: string): void {
    const left = this.contexts.enter(topic, context)
    const key = streamKey(owner, left)
    if (left === undefined || !this.lines.has(key)) return
    for (const { calibrator } of this.lines.get(key).all) calibrator.gap(lane)
  }

  private takeUpOthers({ topic, context }: StreamKey, verdict: Verdict): void {
    const { access } = this.options
    for (const other of contextsFor(access.contextsOf(topic), verdict, access.name))
      if (other !== context) this.lines.get(streamKey(topic, other)).of(verdict)
  }

  /**
   * What arrives is new: the calibration for it may be in an earlier version (something was rolled back before this node), and a
   * learning run that came as far as here may have been interrupted by a restart.
   */
  private takeUp(watched: WatchedDetector, contract: Contract): void {
    const { calibrator, bundleKey } = watched
    const key = calibrator.keyOf(contract)
    if (watched.met !== undefined && sameContract(watched.met, key)) return
    watched.met = key
    const { access } = this.options
    if (!calibrator.knows(contract)) {
      const stored = access.calibrationsOf(bundleKey).find((each) => {
        const made = contractIn(each)
        return made !== undefined && sameContract(calibrator.keyOf(made), key)
      })
      if (stored !== undefined) this.load(calibrator, stored)
    }
    if (!calibrator.isLearning && access.awaits(bundleKey, contract)) calibrator.learn(this.newId())
  }

  private load(calibrator: Calibrator, stored: unknown): void {
    const contract = contractIn(stored)
    try {
      if (contract !== undefined) calibrator.load(contract, stored)
    } catch (error) {
      this.refuse(error)
    }
  }

  close(): void {
    for (const line of this.lines.ofStream('')) {
      for (const { calibrator } of line.all) {
        const { state, have, need } = calibrator.status
        if (state === 'learning')
          this.host.log('learning.interrupted', { stream: line.key.topic, have, need })
      }
    }
    this.options.access.release()
  }

  async written(removed: boolean): Promise<void> {
    await this.saver.settled()
    await this.keeper.settled
    if (removed) await this.options.access.discard()
  }

  snapshot(): unknown {
    return this.lines.snapshot()
  }

  restore(state: unknown): void {
    this.lines.restore(state)
  }

  /** Every calibration, in words, for the dialog. */
  describe(): readonly CalibrationShown[] {
    const { settings } = this.options
    return this.lines.ofStream('').flatMap((line) => calibrationsOf(line, settings, this.host))
  }

  private open(key: StreamKey): ThresholdLine {
    const { access, keep, settings, maxStreams } = this.options
    access.claim(key)
    const make = (streamKey: StreamKey, verdict: Verdict): WatchedDetector => {
      const shared = this.contexts.sharedFor(streamKey, verdict)
      const calibrator = new Calibrator(settings, maxStreams, shared, keep === 'all' ? 'recipe' : 'part')
      const bundleKey = bundleKeyOf(streamKey, verdict, access.name)
      const [stored] = access.calibrationsOf(bundleKey)
      if (stored !== undefined) this.load(calibrator, stored)
      const wantedAt = this.wanted.get(streamKey.topic) ?? this.wanted.get('')
      this.wanted.delete(streamKey.topic)
      const recently = wantedAt !== undefined && this.host.now() - wantedAt < LEARN_ALL_MS
      if (recently || (wantedAt !== undefined && stored === undefined)) calibrator.learn(this.newId())
      return new WatchedDetector(calibrator, bundleKey, verdict.detector ?? '')
    }
    return new ThresholdLine(key, make, (error) => this.refuse(error))
  }

  private refuse(error: unknown): void {
    this.host.warn('model.stateRefused', { reason: this.host.translated(error).message })
  }

  private newId(): string {
    return `${this.host.node.id}.${++this.runs}.${this.host.now()}`
  }

  private control(message: Message, send: Send): void {
    const control = readControl(message)
    const topic = this.options.keep === 'all' ? '' : streamOf(message)
    const named = namedContext(message, this.options.contextProperty)
    const lines = this.lines
      .entriesOf(topic)
      .flatMap(({ key, value }) => (named === undefined || key.context === named ? value : []))
    if (control.learn === 'continue') throw new InputError('learning.cannotContinue', { field: 'msg.learn' })
    for (const { calibrator } of lines.flatMap((line) => line.all)) {
      if (control.reset === true) calibrator.reset()
      if (control.learn === false) this.giveUp(calibrator)
      if (control.learn === true) calibrator.learn(this.newId())
    }
    if (control.forget === true) this.forget(topic, named)
    if (control.learn === false) this.wanted.clear()
    if (control.learn !== true) {
      send(message)
      return
    }
    // The first learner takes the order.
    if (lines.length === 0 && this.wanted.size < this.options.maxStreams)
      this.wanted.set(topic, this.host.now())
    const progress = { have: 0, need: this.options.settings.size }
    this.host.status('yellow', 'ring', this.host.text('status.learning', progress))
  }

  /** Ends a calibration for good: what was learned before works on, here and in the nodes before that have switched already. */
  private giveUp(calibrator: Calibrator): void {
    const run = calibrator.giveUp()
    if (run !== undefined) learningRunsOf(this.host.red).giveUp(run)
  }

  /** Forgets the calibrations of a stream, whether it has spoken since the start or not; '' is every stream. */
  private forget(topic: string, context: string | undefined): void {
    const { access } = this.options
    const isMeant = (key: StreamKey): boolean => context === undefined || key.context === context
    for (const { key, value: line } of this.lines.entriesOf(topic)) {
      if (!isMeant(key)) continue
      for (const { calibrator } of line.all) calibrator.forget()
    }
    for (const key of access.streamsOf(topic)) if (isMeant(key)) this.saver.save(() => access.forget(key))
  }

  /** The verdict, with the difference from what was calibrated in words. */
  private worded({ verdict, difference }: Calibrated): Verdict {
    return difference === undefined
      ? verdict
      : { ...verdict, detail: this.host.text('learning.mismatch', difference) }
  }

  private follow(
    { fitted, restarted, problem, asked, run }: Calibrated,
    watched: WatchedDetector,
    message: Message,
  ): void {
    const { host } = this
    const { access } = this.options
    const stream = watched.bundleKey.topic
    if (asked !== undefined) this.saver.save(() => access.begin(watched.bundleKey, asked))
    if (restarted !== undefined) host.warn('learning.restarted', { stream, ...restarted })
    if (problem !== undefined) {
      host.failed('status.failed')
      host.error(problem, message)
      if (run !== undefined) learningRunsOf(host.red).giveUp(run)
    }
    if (fitted !== undefined) {
      const { contract, calibration } = fitted
      const stored = { ...calibration.toJSON(), contract }
      this.saver.save(() => access.commit(watched.bundleKey, contract, stored))
      if (run !== undefined) learningRunsOf(host.red).done(run)
      for (const { key, params, isWarning } of explain(this.options.settings, calibration))
        host[isWarning === true ? 'warn' : 'log'](key, params)
    }
    if (this.options.settings.sliding || watched.calibrator.calibration?.wantsMore === true)
      this.keeper.request()
  }

  private get hasSecondWire(): boolean {
    const wires = (this.host.node as unknown as { wires?: readonly (readonly string[])[] }).wires
    return (wires?.[1]?.length ?? 0) > 0
  }
}
