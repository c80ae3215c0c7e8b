import { firstDifference, sameContract, type Contract } from './contract'
import { InputError, UserError } from './errors'
import { LearningCycle } from './learning-cycle'
import { Calibration } from './thresholds/calibration'
import { CalibrationScores } from './thresholds/calibration-scores'
import { secondsLeft } from './thresholds/explain'
import { RunFilter } from './thresholds/run-filter'
import type { CalibrationSettings } from './thresholds/settings'
import { WindowSpacing } from './thresholds/window-spacing'
import type { Reason, Verdict } from './verdict'
import { Vote } from './vote'

/** What became of one verdict. */
export interface Calibrated {
  readonly verdict: Verdict
  /** A calibration that has just been made, or has just reached what it is to promise: it belongs into the bundle. */
  readonly fitted?: { readonly contract: Contract; readonly calibration: Calibration }
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

/** Reasons after which the windows before are no evidence for the windows to come. */
const GAPS: ReadonlySet<Reason> = new Set<Reason>([
  'LEARNING',
  'MACHINE_OFF',
  'NO_DATA',
  'DROPOUT',
  'STUCK',
  'SATURATED',
  'RATE_OFF',
  'OUT_OF_CONTRACT',
  'UNKNOWN_CONTEXT',
])

/**
 * Turns scores into verdicts for one stream, model and detector: the vote, the threshold, the p-value.
 *
 * It calibrates on the next M scores that the detector was not fitted on, of windows (or whole votes) that share no data;
 * those between are judged but not taken. In-sample scores enter neither the calibration nor the vote. A verdict without a
 * score passes as it is; a gap clears the vote, since k of n speaks of n windows in a row.
 */
export class Calibrator {
  private readonly cycle: LearningCycle<number, Part>
  private readonly vote: Vote
  private readonly spacing = new WindowSpacing()
  private readonly runs = new RunFilter()
  private contract?: Contract
  /** A learning run of the detector, whose first frames are in-sample: the calibration begins with the others. */
  private announced?: { readonly id: string; readonly contract: Contract }
  private blocks = 0

  constructor(private readonly settings: CalibrationSettings) {
    const { size, whenEmpty, vote } = settings
    this.cycle = new LearningCycle({ size, whenEmpty, hold: false })
    this.vote = new Vote(vote.k, vote.n)
  }

  /**
   * @param learning id of the learning run that the verdict's message belongs to
   * @throws InputError where the score is not a finite number
   */
  push(verdict: Verdict, learning?: string): Calibrated {
    const { score, contract, window } = verdict
    if (score === null) {
      if (GAPS.has(verdict.reason)) this.gap()
      return { verdict }
    }
    if (!Number.isFinite(score))
      throw new InputError('threshold.notFinite', { field: 'score', got: String(score) })
    if (verdict.inSample) {
      if (learning !== undefined) this.announced = { id: learning, contract }
      return { verdict: unjudged(verdict, 'LEARNING') }
    }
    if (this.contract === undefined || !sameContract(this.contract, contract)) {
      if (this.contract !== undefined) this.gap()
      this.contract = contract
    }
    this.spacing.see(window)
    const voted = this.vote.push(score, window.start)
    const apart =
      voted !== undefined && this.vote.full && this.spacing.isApart(this.vote.since, window, this.vote.n)
    const known = this.cycle.find(contract)?.part.calibration
    const judged = this.judge(verdict, voted, known)
    if (!apart) return { verdict: judged }
    return this.take(verdict, voted, judged, known, learning)
  }

  /** Evidence ended here: the vote and a run begin anew. */
  gap(): void {
    this.vote.clear()
    this.runs.clear()
    this.spacing.clear()
  }

  /** Calibrates anew from the next window on; the calibration of before works until then. */
  learn(id: string): void {
    this.cycle.learn(id)
    this.spacing.clear()
  }

  /** Clears the vote and a calibration that is under way, never one that is made. */
  reset(): void {
    this.cycle.reset()
    this.announced = undefined
    this.gap()
  }

  forget(): void {
    this.reset()
    this.cycle.forget()
  }

  /** Takes up a calibration from the bundle. @throws InputError where it does not fit the settings */
  load(contract: Contract, stored: unknown): void {
    this.cycle.adopt(contract, { calibration: Calibration.from(stored, this.settings) })
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
      contract: this.contract,
      vote: this.vote.snapshot(),
      runs: this.runs.snapshot(),
      spacing: this.spacing.snapshot(),
      moving: moving.map(({ contract, part }) => ({ contract, calibration: part.calibration.toJSON() })),
    }
  }

  /** Takes up what `snapshot` gave, after the calibrations of the bundle were loaded. @throws InputError where it does not fit */
  restore(state: unknown): void {
    const { contract, vote, runs, spacing, moving } = (state ?? {}) as Record<string, unknown>
    for (const entry of Array.isArray(moving) ? (moving as readonly unknown[]) : []) {
      const { contract: lines, calibration } = (entry ?? {}) as Record<string, unknown>
      if (!isContract(lines)) throw new InputError('threshold.badState', { field: 'contract' })
      const restored = Calibration.from(calibration, this.settings)
      const known = this.cycle.find(lines)
      if (known === undefined) this.cycle.adopt(lines, { calibration: restored })
      else if (this.settings.sliding || restored.n > known.part.calibration.n)
        known.part.calibration = restored
    }
    this.vote.restore(vote)
    this.runs.restore(runs)
    this.spacing.restore(spacing)
    this.contract = isContract(contract) ? contract : undefined
  }

  private take(
    verdict: Verdict,
    voted: number,
    judged: Verdict,
    known: Calibration | undefined,
    learning?: string,
  ): Calibrated {
    const { contract, window } = verdict
    const announced =
      this.announced !== undefined && sameContract(this.announced.contract, contract)
        ? this.announced.id
        : undefined
    const step = this.cycle.next(voted, contract, learning ?? announced, () => `calibration-${++this.blocks}`)
    const went = this.goOn(known, voted, contract)
    if (step.progress !== undefined || went !== undefined) this.spacing.take(window)
    if (step.progress !== undefined && announced !== undefined) this.announced = undefined
    const restarted =
      step.dropped === undefined ? undefined : firstDifference(step.dropped.contract, contract)

    let answered = judged
    if (known === undefined && this.settings.method !== 'fixed' && step.answer !== 'LEARNING') {
      const outside = step.answer === 'OUT_OF_CONTRACT'
      answered = unjudged(verdict, outside ? 'OUT_OF_CONTRACT' : 'LEARNING')
      if (step.difference !== undefined)
        answered = { ...answered, detail: new InputError('learning.mismatch', step.difference).message }
    }
    const result = { verdict: answered, ...(restarted === undefined ? {} : { restarted }) }
    if (step.fit === undefined)
      return went?.reached === true ? { ...result, fitted: { contract, calibration: known! } } : result
    try {
      const order = this.settings.sliding ? step.fit.items : undefined
      const calibration = new Calibration(
        this.settings,
        this.spacing.timing,
        new CalibrationScores(step.fit.items),
        order,
      )
      this.cycle.fitted(step.fit, { calibration })
      return { ...result, fitted: { contract, calibration } }
    } catch (error) {
      this.cycle.failed()
      if (error instanceof UserError) return { ...result, problem: error }
      throw error
    }
  }

  /** A sliding calibration, or one that still extrapolates, takes the score up. */
  private goOn(
    known: Calibration | undefined,
    voted: number,
    contract: Contract,
  ): { reached: boolean } | undefined {
    if (known === undefined || !(this.settings.sliding || known.wantsMore)) return undefined
    const wanted = known.wantsMore
    for (const score of this.runs.next(voted, voted > known.threshold)) known.add(score)
    return { reached: wanted && !known.wantsMore && this.cycle.find(contract)?.part.calibration === known }
  }

  private judge(verdict: Verdict, voted: number | undefined, known: Calibration | undefined): Verdict {
    const { method, value, warning: warningValue } = this.settings
    if (known === undefined && method !== 'fixed') return unjudged(verdict, 'LEARNING')
    const threshold = known?.threshold ?? value
    const warning = known === undefined ? warningValue : known.warningThreshold
    const height = voted ?? -Infinity
    const isAnomaly = height > threshold
    const { k, n } = this.vote
    return {
      ...verdict,
      threshold,
      pValue: known?.pValue(height) ?? null,
      isAnomaly,
      reason: isAnomaly
        ? 'ANOMALY'
        : warning !== undefined && warning !== null && height > warning
          ? 'WARNING'
          : 'NORMAL',
      ...(n === 1 ? {} : { vote: { k, n, score: voted ?? null } }),
    }
  }
}

/** A verdict whose score cannot be judged. */
function unjudged(verdict: Verdict, reason: Reason): Verdict {
  return { ...verdict, threshold: null, pValue: null, isAnomaly: false, reason }
}

function isContract(value: unknown): value is Contract {
  return Array.isArray(value) && value.every((line) => typeof line === 'string')
}
