import { firstDifference, recipeOf, type Contract } from './contract'
import { InputError, UserError } from './errors'
import { LearningCycle, type Block } from './learning-cycle'
import { Calibration } from './thresholds/calibration'
import { CalibrationScores } from './thresholds/calibration-scores'
import { secondsLeft } from './thresholds/explain'
import { judge, unjudged } from './thresholds/judge'
import { isContract, isGap, Lane } from './thresholds/lane'
import type { CalibrationSettings } from './thresholds/settings'
import type { SharedCalibration } from './thresholds/shared-calibration'
import type { Verdict } from './verdict'

/** What became of one verdict. */
export interface Calibrated {
  readonly verdict: Verdict
  /** A calibration that has just been made, or has just reached what it is to promise: it belongs into the bundle. */
  readonly fitted?: { readonly contract: Contract; readonly calibration: Calibration }
  /** With OUT_OF_CONTRACT: the line that differs from what was calibrated. */
  readonly difference?: { readonly expected: string; readonly got: string }
  /** Somebody asked for the calibration that begins with this window: the contract that it is for. */
  readonly asked?: Contract
  /** The run that has just come to its end with `fitted`, or failed with `problem`. */
  readonly run?: string
  /** The contract changed while calibrating, so it began anew. */
  readonly restarted?: { readonly expected: string; readonly got: string }
  /** The calibration could not be made. */
  readonly problem?: UserError
}

/** How far a calibrator is, for the status. */
export interface CalibratorStatus {
  readonly state: 'waiting' | 'learning' | 'extrapolated' | 'ready'
  readonly have: number
  readonly need: number
  /** Until an extrapolation becomes a promise, where the rate is known. */
  readonly secondsLeft?: number
}

/** Holder, so that a calibration that went on before a restart can be put in the place of the one in the bundle. */
interface Part {
  calibration: Calibration
}

const LANES = 1000

/**
 * Turns scores into verdicts for one model and detector: the vote, the threshold, the p-value. One for each stream; or one
 * for several streams that share a calibration: then each has a vote of its own.
 *
 * It calibrates on the next M scores that the detector was not fitted on, of windows (or whole votes) that share no data;
 * those between are judged but not taken. In-sample scores enter neither the calibration nor the vote. A verdict without a
 * score passes as it is; a gap clears the vote, since k of n speaks of n windows in a row.
 */
export class Calibrator {
  private readonly cycle: LearningCycle<number, Part>
  private readonly lanes = new Map<string, Lane>()
  /** What came last, for the status. */
  private contract?: Contract
  private blocks = 0

  /**
   * @param maxStreams streams that it keeps apart at most
   * @param shared where the other contexts of the stream are calibrated together with this one
   * @param scope 'part': a calibration is for what one detector has learned; 'recipe': for all detectors of the same recipe, each
   *   with what it learned of its own stream
   */
  constructor(
    private readonly settings: CalibrationSettings,
    private readonly maxStreams = LANES,
    private readonly shared?: SharedCalibration,
    private readonly scope: 'part' | 'recipe' = 'part',
  ) {
    const { size, whenEmpty } = settings
    this.cycle = new LearningCycle({ size, whenEmpty, hold: false })
  }

  /**
   * @param learning id of the learning run that the verdict's message belongs to
   * @param stream where several share the calibration
   * @throws InputError where the score is not a finite number, or there are too many streams
   */
  push(verdict: Verdict, learning?: string, stream = ''): Calibrated {
    const { score, contract, window } = verdict
    if (score !== null && !Number.isFinite(score)) {
      throw new InputError('threshold.notFinite', { field: 'score', got: String(score) })
    }
    const lane = this.laneOf(stream)
    if (score === null) {
      if (isGap(verdict.reason)) lane.gap()
      return { verdict }
    }
    if (verdict.inSample) {
      if (learning !== undefined) lane.announced = { id: learning, contract }
      return { verdict: unjudged(verdict, 'LEARNING') }
    }
    this.contract = this.keyOf(contract)
    const { voted, apart } = lane.see(score, contract, window)
    const known = this.cycle.find(this.contract)?.part.calibration
    const judged = judge(this.settings, verdict, voted, known)
    if (voted === undefined || !apart) return { verdict: judged }
    return this.take(judged, voted, known, lane, learning)
  }

  /** Evidence ended here: the vote and a run begin anew. */
  gap(stream = ''): void {
    this.lanes.get(stream)?.gap()
  }

  /** Calibrates anew from the next window on; the calibration of before works until then. */
  learn(id: string): void {
    this.cycle.learn(id)
    for (const lane of this.lanes.values()) lane.spacing.clear()
  }

  /** Clears the votes and a calibration that is under way, never one that is made. One that nothing stands in for begins anew. */
  reset(): void {
    this.cycle.reset()
    for (const lane of this.lanes.values()) lane.gap()
  }

  /** Gives up a calibration that is under way; gives back the id of its learning run. */
  giveUp(): string | undefined {
    const announced = [...this.lanes.values()].find((lane) => lane.announced !== undefined)?.announced
    const { run = announced?.id } = this.cycle.giveUp()
    for (const lane of this.lanes.values()) lane.announced = undefined
    return run
  }

  /** True while it calibrates, or is about to. */
  get isLearning(): boolean {
    return this.cycle.isLearning
  }

  /** True where there is a calibration for this contract. */
  knows(contract: Contract): boolean {
    return this.cycle.find(this.keyOf(contract)) !== undefined
  }

  /** What a calibration is for: the contract, or its recipe. */
  keyOf(contract: Contract): Contract {
    return this.scope === 'recipe' ? recipeOf(contract) : contract
  }

  forget(): void {
    this.giveUp()
    for (const lane of this.lanes.values()) lane.gap()
    for (const { calibration } of this.cycle.forget().parts) calibration.share(undefined)
  }

  /** Takes up a calibration from the bundle. @throws InputError where it does not fit the settings */
  load(contract: Contract, stored: unknown): void {
    const calibration = Calibration.from(stored, this.settings)
    this.cycle.adopt(this.keyOf(contract), { calibration })
    const { together } = (stored ?? {}) as { together?: unknown }
    if (together === true) this.shareNewest()
  }

  /** The calibration at work. */
  get calibration(): Calibration | undefined {
    return this.contract === undefined
      ? this.cycle.parts[0]?.part.calibration
      : this.cycle.find(this.contract)?.part.calibration
  }

  get status(): CalibratorStatus {
    const { collecting } = this.cycle.state
    if (collecting !== undefined) return { state: 'learning', ...collecting }
    const { calibration } = this
    if (calibration === undefined) return { state: 'waiting', have: 0, need: this.settings.size }
    const { n, promise } = calibration
    if (!calibration.wantsMore) return { state: 'ready', have: n, need: n }
    return {
      state: 'extrapolated',
      have: n,
      need: promise.needed,
      secondsLeft: secondsLeft(this.settings, calibration),
    }
  }

  /** Votes, and calibrations that went on since they were saved. An unfinished block is not in it: it begins anew. */
  snapshot(): unknown {
    const moving = this.cycle.parts.filter(({ part }) => this.settings.sliding || part.calibration.wantsMore)
    return {
      lanes: [...this.lanes].map(([stream, lane]) => ({ stream, ...lane.snapshot() })),
      moving: moving.map(({ contract, part }) => ({ contract, calibration: part.calibration.toJSON() })),
    }
  }

  /** Takes up what `snapshot` gave, after the calibrations of the bundle were loaded. @throws InputError where it does not fit */
  restore(state: unknown): void {
    const { lanes, moving } = (state ?? {}) as Record<string, unknown>
    if (!Array.isArray(lanes)) throw new InputError('threshold.badState', { field: 'lanes' })
    for (const entry of Array.isArray(moving) ? (moving as readonly unknown[]) : []) {
      const { contract: lines, calibration } = (entry ?? {}) as Record<string, unknown>
      if (!isContract(lines)) throw new InputError('threshold.badState', { field: 'contract' })
      const restored = Calibration.from(calibration, this.settings)
      const known = this.cycle.find(lines)
      if (known === undefined) this.cycle.adopt(lines, { calibration: restored })
      else if (this.settings.sliding || restored.own.n > known.part.calibration.own.n) {
        known.part.calibration.share(undefined)
        known.part.calibration = restored
      }
    }
    if (Array.isArray(moving) && moving.length > 0) this.shareNewest()
    for (const entry of lanes as readonly unknown[]) {
      const stream = ((entry ?? {}) as { stream?: unknown }).stream
      if (typeof stream !== 'string') throw new InputError('threshold.badState', { field: 'stream' })
      const lane = this.laneOf(stream)
      lane.restore(entry)
      this.contract ??= lane.contract
    }
  }

  /** A score that may enter a calibration: asks the life cycle what becomes of it. */
  private take(
    judged: Verdict,
    voted: number,
    known: Calibration | undefined,
    lane: Lane,
    learning: string | undefined,
  ): Calibrated {
    const { contract, window } = judged
    const key = this.keyOf(contract)
    const run = learning ?? lane.announcedFor(contract)
    // One detector of several has learned anew: the calibration of all is made anew, and that of before works until then.
    if (this.scope === 'recipe' && run !== undefined && known !== undefined && !this.isLearning)
      this.cycle.learn(run)
    const newId = (): string => `calibration-${++this.blocks}`
    const step = this.cycle.next(voted, key, run, newId)
    const reached = this.goOn(known, voted, key, lane)
    if (step.progress !== undefined || reached !== undefined) lane.spacing.take(window)
    if (step.progress !== undefined) lane.announced = undefined

    const outside = step.answer === 'OUT_OF_CONTRACT' && this.settings.method !== 'fixed'
    const result: Calibrated = {
      verdict: outside ? unjudged(judged, 'OUT_OF_CONTRACT') : judged,
      ...(outside ? { difference: step.difference } : {}),
      ...(step.asked === true ? { asked: contract } : {}),
      ...(step.dropped === undefined ? {} : { restarted: firstDifference(step.dropped.contract, key) }),
    }
    if (step.fit !== undefined) return { ...result, ...this.fit(step.fit, contract, lane) }
    return reached === true && known !== undefined
      ? { ...result, fitted: { contract, calibration: known } }
      : result
  }

  private fit(
    block: Block<number>,
    contract: Contract,
    lane: Lane,
  ): Pick<Calibrated, 'fitted' | 'problem' | 'run'> {
    const { items, id: run } = block
    try {
      const order = this.settings.sliding ? items : undefined
      const scores = new CalibrationScores(items)
      const calibration = new Calibration(this.settings, lane.spacing.timing, scores, order)
      this.cycle.fitted(block, { calibration })
      this.shareNewest()
      return { fitted: { contract, calibration }, run }
    } catch (error) {
      this.cycle.failed()
      if (error instanceof UserError) return { problem: error, run }
      throw error
    }
  }

  /**
   * A sliding calibration, or one that still extrapolates, takes the score up.
   * @returns true where it has just become a promise; undefined where it takes nothing more
   */
  private goOn(
    known: Calibration | undefined,
    voted: number,
    contract: Contract,
    lane: Lane,
  ): boolean | undefined {
    if (known === undefined || !(this.settings.sliding || known.wantsMore)) return undefined
    const wanted = known.wantsMore
    for (const score of lane.runs.next(voted, voted > known.threshold)) known.add(score)
    return wanted && !known.wantsMore && this.cycle.find(contract)?.part.calibration === known
  }

  /** Only the newest calibration of a context counts among the others. */
  private shareNewest(): void {
    if (this.shared === undefined) return
    this.cycle.parts.forEach(({ part }, i) => part.calibration.share(i === 0 ? this.shared : undefined))
  }

  private laneOf(stream: string): Lane {
    let lane = this.lanes.get(stream)
    if (lane === undefined) {
      if (this.lanes.size >= this.maxStreams) {
        throw new InputError('learning.tooManyStreams', { field: 'msg.topic', max: this.maxStreams })
      }
      lane = new Lane(this.settings.vote)
      this.lanes.set(stream, lane)
    }
    return lane
  }
}
