import { Calibrator, type Calibrated } from '../core/calibrator'
import { readVerdict } from '../core/read-verdict'
import { shortNumber, sparkline } from '../core/sparkline'
import { explain } from '../core/thresholds/explain'
import type { CalibrationSettings } from '../core/thresholds/settings'
import type { Verdict } from '../core/verdict'
import { CalibratedContexts } from './calibrated-contexts'
import type { Behaviour } from './define-node'
import type { Host } from './host'
import { isControl, learningOf, readControl, streamOf, type Message, type Send } from './message'
import type { ModelAccess } from './model-access'
import { StateKeeper } from './state-keeper'
import { carry } from './stage-node'
import { contextOf, namedContext, StreamMap, streamKey, type StreamKey } from './streams'
import { bundleKeyOf, contextsFor, contractIn, ThresholdLine, WatchedDetector } from './threshold-line'
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

/** What a dialog shows of one calibration. */
export interface CalibrationShown {
  readonly stream: string
  readonly detector: string
  readonly hop: number
  readonly window: number
  readonly n: number
  readonly threshold: number
  readonly words: readonly string[]
}

/** Behaviour of threshold-calibrate: verdicts with a score get a threshold, everything else passes; anomalies go to output 2 too. */
export class ThresholdNode implements Behaviour {
  private readonly lines: StreamMap<ThresholdLine>
  private readonly keeper: StateKeeper
  /** When topics were told to learn before they spoke, ms; '' is all. */
  private readonly wanted = new Map<string, number>()
  private readonly contexts: CalibratedContexts
  private runs = 0
  /** What is being written to the bundle: closing waits for it. */
  private saving: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly options: ThresholdNodeOptions,
    private readonly host: Host,
  ) {
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
    const verdict = readVerdict(message.anomaly, message.payload, { now: this.host.now() })
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
    const result = watched.push(verdict, learningOf(message), lane)
    const judged = this.worded(result)
    send(carry(message, judged))
    if (judged.isAnomaly && this.hasSecondWire)
      sendToSecond(send, this.host.red.util.cloneMessage(message as never))
    this.follow(result, watched, message)
    this.host.refresh(() => this.show(watched, judged))
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

  async close(): Promise<void> {
    for (const line of this.lines.ofStream('')) {
      for (const { calibrator } of line.all) {
        const { state, have, need } = calibrator.status
        if (state === 'learning')
          this.host.log('learning.interrupted', { stream: line.key.topic, have, need })
      }
    }
    this.options.access.release()
    await this.saving
    await this.keeper.settled
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
    return this.lines.ofStream('').flatMap((line) =>
      line.all.flatMap(({ calibrator, detector }) => {
        const { calibration } = calibrator
        if (calibration === undefined) return []
        const { n, threshold, timing } = calibration
        const words = explain(settings, calibration).map(({ key, params }) => this.host.text(key, params))
        return { stream: line.key.topic, detector, ...timing, n, threshold, words }
      }),
    )
  }

  private open(key: StreamKey): ThresholdLine {
    const { access, settings, maxStreams } = this.options
    access.claim(key)
    const make = (streamKey: StreamKey, verdict: Verdict): WatchedDetector => {
      const shared = this.contexts.sharedFor(streamKey, verdict)
      const calibrator = new Calibrator(settings, maxStreams, shared)
      const bundleKey = bundleKeyOf(streamKey, verdict, access.name)
      const stored = access.calibrationOf(bundleKey)
      const contract = contractIn(stored)
      try {
        if (contract !== undefined) calibrator.load(contract, stored)
      } catch (error) {
        this.refuse(error)
      }
      const wantedAt = this.wanted.get(streamKey.topic) ?? this.wanted.get('')
      this.wanted.delete(streamKey.topic)
      const recently = wantedAt !== undefined && this.host.now() - wantedAt < LEARN_ALL_MS
      if (recently || (wantedAt !== undefined && contract === undefined)) calibrator.learn(this.newId())
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
    for (const { key, calibrator } of lines.flatMap((line) =>
      line.all.map((watched) => ({ key: watched.bundleKey, ...watched })),
    )) {
      if (control.reset === true || control.learn === false) calibrator.reset()
      if (control.forget === true) {
        calibrator.forget()
        this.save(() => this.options.access.forget(key))
      }
      if (control.learn === true) calibrator.learn(this.newId())
    }
    if (control.learn === undefined) {
      send(message)
      return
    }
    // The first learner takes the order.
    if (control.learn && lines.length === 0 && this.wanted.size < this.options.maxStreams)
      this.wanted.set(topic, this.host.now())
    if (!control.learn) this.wanted.clear()
    if (control.learn) {
      this.host.status(
        'yellow',
        'ring',
        this.host.text('status.learning', { have: 0, need: this.options.settings.size }),
      )
    }
  }

  /** The verdict, with the difference from what was calibrated in words. */
  private worded({ verdict, difference }: Calibrated): Verdict {
    return difference === undefined
      ? verdict
      : { ...verdict, detail: this.host.text('learning.mismatch', difference) }
  }

  private follow(
    { fitted, restarted, problem }: Calibrated,
    watched: WatchedDetector,
    message: Message,
  ): void {
    const { host } = this
    const stream = watched.bundleKey.topic
    if (restarted !== undefined) host.warn('learning.restarted', { stream, ...restarted })
    if (problem !== undefined) {
      host.failed('status.failed')
      host.error(problem, message)
    }
    if (fitted !== undefined) {
      const { contract, calibration } = fitted
      const stored = { ...calibration.toJSON(), contract }
      this.save(() => this.options.access.commit(watched.bundleKey, contract, stored))
      for (const { key, params, isWarning } of explain(this.options.settings, calibration))
        host[isWarning === true ? 'warn' : 'log'](key, params)
    }
    if (this.options.settings.sliding || watched.calibrator.calibration?.wantsMore === true)
      this.keeper.request()
  }

  private save(work: () => Promise<unknown>): void {
    const saved = work().catch((error: unknown) => {
      this.host.failed('status.notSaved')
      this.host.error(error)
    })
    this.saving = Promise.all([this.saving, saved])
  }

  private show(watched: WatchedDetector, verdict: Verdict): void {
    const { host } = this
    const { state, have, need } = watched.calibrator.status
    if (verdict.reason === 'OUT_OF_CONTRACT') host.status('red', 'ring', host.text('status.outOfContract'))
    else if (state === 'learning') host.status('yellow', 'ring', host.text('status.learning', { have, need }))
    else if (state === 'waiting' && verdict.threshold === null) this.showWaiting(verdict, need)
    else {
      const estimated = state === 'extrapolated'
      const fill = verdict.isAnomaly ? 'red' : verdict.reason === 'WARNING' || estimated ? 'yellow' : 'green'
      // A part of the blocks makes room for how far an estimate is on its way to a promise.
      const scores = estimated ? watched.recent.slice(-5) : watched.recent
      const spark =
        scores.length === 0 ? shortNumber(verdict.score ?? 0) : sparkline(scores, verdict.threshold)
      host.status(
        fill,
        'dot',
        estimated
          ? host.text('threshold.statusEstimate', { spark, percent: Math.floor((100 * have) / need) })
          : spark,
      )
    }
  }

  /** In-sample windows pass while the calibration has not begun. */
  private showWaiting(verdict: Verdict, need: number): void {
    const { host, options } = this
    if (verdict.inSample || options.settings.whenEmpty)
      host.status('yellow', 'ring', host.text('status.learning', { have: 0, need }))
    else host.status('grey', 'ring', host.text('status.noModel'))
  }

  private get hasSecondWire(): boolean {
    const wires = (this.host.node as unknown as { wires?: readonly (readonly string[])[] }).wires
    return (wires?.[1]?.length ?? 0) > 0
  }
}
