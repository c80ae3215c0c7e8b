import { InputError } from '../errors'
import { alphaOfBudget } from './budget'
import { CalibrationScores, EXACT_SCORES, type StoredScores } from './calibration-scores'
import { conformalNeeds } from './conformal'
import { detachedTail, leftOutOf, windowsFor, withoutTop, type DetachedTail } from './contamination'
import type { FittedThreshold, Target } from './method'
import type { Scores } from './score-pool'
import type { SharedCalibration } from './shared-calibration'
import { POT_MINIMUM, potThreshold } from './pot'
import { thresholdMethods } from './registry'
import type { CalibrationSettings } from './settings'

const SCHEMA = 1
// Refitting on every score is only worth it while each one still moves the threshold.
const REFIT_GROWTH = 1.01

/** A calibration as it is kept in the bundle, plain JSON: the scores, what was asked of them and what came of it. */
export interface StoredCalibration {
  readonly schema: number
  readonly method: string
  readonly goal: CalibrationSettings['goal']
  readonly alpha: number | null
  readonly vote: { readonly k: number; readonly n: number }
  /** Share of the scores that is left out, from the top; none where it is missing. */
  readonly contamination?: number
  /** Seconds from one window to the next, and length of a window. */
  readonly hop: number
  readonly window: number
  readonly n: number
  readonly threshold: number
  readonly warning: number | null
  readonly guaranteed: number | null
  readonly extrapolated: boolean
  readonly needed: number
  readonly scores: StoredScores
  /** True where the threshold rests on the scores of the stream's other contexts too. */
  readonly together?: boolean
  /** Sliding calibration only: the scores in the order of time. */
  readonly order?: readonly number[]
}

/** Seconds that the windows of a calibration are long and apart. */
export interface Timing {
  readonly hop: number
  readonly window: number
}

/** The calibration scores of one stream, model and detector, and the threshold that they support. */
export class Calibration {
  private fit: FittedThreshold
  private warning: number | null = null
  private fittedAt = 0
  private readonly order?: number[]
  private shared?: SharedCalibration

  /** @throws InputError where the scores cannot support what is asked, or a budget is asked of windows without times */
  constructor(
    private readonly settings: CalibrationSettings,
    readonly timing: Timing,
    /** Its own scores, without those of other contexts. */
    readonly own: CalibrationScores,
    order?: readonly number[],
  ) {
    if (settings.sliding && order !== undefined) this.order = [...order]
    this.fit = this.fitted()
  }

  /** From now on the threshold rests on what all that share it have; one that was shared before is left. */
  share(shared: SharedCalibration | undefined): void {
    const before = this.shared
    this.shared = shared
    before?.leave(this)
    if (shared === undefined) this.refit()
    else shared.join(this)
  }

  get threshold(): number {
    return this.fit.threshold
  }

  get warningThreshold(): number | null {
    return this.warning
  }

  /** What is promised of it, and what not. */
  get promise(): FittedThreshold {
    return this.fit
  }

  /** Scores that were taken. */
  get n(): number {
    return this.all.n
  }

  /** How many of them are left out, from the top. */
  get leftOut(): number {
    return leftOutOf(this.n, this.settings.contamination)
  }

  /** The most that is expected above the threshold where those left out were normal after all. */
  get shareAbove(): number {
    return this.all.countAtLeast(this.threshold) / (this.n + 1)
  }

  /** Scores far above all others that the threshold rests on. */
  get detached(): DetachedTail | undefined {
    const tail = detachedTail(this.scores)
    return tail !== undefined && this.threshold >= tail.from ? tail : undefined
  }

  private get all(): Scores {
    return this.shared?.scores ?? this.own
  }

  /** What the threshold rests on. */
  private get scores(): Scores {
    return withoutTop(this.all, this.settings.contamination)
  }

  /** The false-alarm probability per window that is asked; undefined where the method asks none. */
  get alpha(): number | undefined {
    return alphaOf(this.settings, this.timing.hop)
  }

  /** Null where there are no scores: a threshold that came with an imported model. */
  pValue(score: number): number | null {
    return this.n === 0 ? null : this.scores.pValue(score)
  }

  /** True while more scores would turn an extrapolation into a promise. */
  get wantsMore(): boolean {
    return this.fit.extrapolated
  }

  /**
   * Takes one more score: while scores are still missing the calibration grows; a sliding one then drops its oldest.
   * @returns true where the threshold was fitted again
   */
  add(score: number): boolean {
    const full = this.own.n >= Math.max(this.settings.size, Math.min(this.fit.needed, EXACT_SCORES))
    if (this.order !== undefined) {
      if (full) this.own.remove(this.order.shift()!)
      this.order.push(score)
    } else if (!this.fit.extrapolated) return false
    this.own.add(score)
    const due =
      this.order !== undefined ||
      this.n < 1000 ||
      this.n >= this.fit.needed ||
      this.n >= this.fittedAt * REFIT_GROWTH
    if (due && this.shared !== undefined) this.shared.refit()
    else if (due) this.refit()
    return due
  }

  toJSON(): StoredCalibration {
    const { method, goal, vote, contamination } = this.settings
    const { threshold, guaranteed, extrapolated, needed } = this.fit
    return {
      schema: SCHEMA,
      method,
      goal,
      alpha: this.alpha ?? null,
      vote,
      ...(contamination === 0 ? {} : { contamination }),
      ...this.timing,
      n: this.own.n,
      threshold,
      warning: this.warning,
      guaranteed,
      extrapolated,
      needed,
      scores: this.own.toJSON(),
      ...(this.shared === undefined ? {} : { together: true }),
      ...(this.order === undefined ? {} : { order: [...this.order] }),
    }
  }

  /**
   * Takes up a stored calibration under the settings of now: the threshold is worked out from the scores, so the same
   * settings give the same threshold to the bit, and another alpha needs no new calibration.
   * A threshold that came with an imported model has no scores: it holds as it is, unless the settings name a fixed one.
   * @throws InputError where it is something else, was made for another vote, or its scores cannot support the settings
   */
  static from(stored: unknown, settings: CalibrationSettings): Calibration {
    const { schema, vote, hop, window, scores, order, ...rest } = (stored ?? {}) as Partial<StoredCalibration>
    if (schema !== SCHEMA || !isSpan(hop) || !isSpan(window))
      throw new InputError('threshold.badPart', { field: 'schema' })
    if (rest.method === 'fixed' && rest.n === 0) {
      if (!isSpan(rest.threshold)) throw new InputError('threshold.badPart', { field: 'threshold' })
      const given = { ...settings, method: 'fixed', value: rest.threshold, warning: undefined } as const
      const held = settings.method === 'fixed' ? settings : given
      return new Calibration(held, { hop, window }, new CalibrationScores())
    }
    const { k, n } = settings.vote
    if (vote?.k !== k || vote.n !== n) {
      const got = `${vote?.k ?? '?'} of ${vote?.n ?? '?'}`
      throw new InputError('threshold.otherVote', { field: 'vote', got, now: `${k} of ${n}` })
    }
    if (order !== undefined && !(Array.isArray(order) && order.every((score) => Number.isFinite(score)))) {
      throw new InputError('threshold.badPart', { field: 'order' })
    }
    const read = CalibrationScores.from(scores)
    const exact = scores?.edges === undefined ? scores?.tail : undefined
    return new Calibration(settings, { hop, window }, read, order ?? (settings.sliding ? exact : undefined))
  }

  /** Works the threshold out anew. */
  refit(): void {
    this.fit = this.fitted()
  }

  private fitted(): FittedThreshold {
    const { settings, scores, timing } = this
    this.fittedAt = this.n
    const fit = fitOrExtrapolate(settings, targetOf(settings, timing.hop), scores)
    const looser = warningSettings(settings)
    this.warning =
      looser === undefined
        ? null
        : Math.min(fit.threshold, fitOrExtrapolate(looser, targetOf(looser, timing.hop), scores).threshold)
    return fit
  }
}

/** @throws InputError where a budget has no window rate to be worked out from */
function alphaOf({ method, goal }: CalibrationSettings, hop: number): number | undefined {
  if (thresholdMethods[method].asks !== 'alpha') return undefined
  if ('alpha' in goal) return goal.alpha
  if (!(hop > 0)) throw new InputError('threshold.noRate', { field: 'budget' })
  return alphaOfBudget(goal.budget, hop)
}

function targetOf(settings: CalibrationSettings, hop: number): Target {
  const { delta, k, value } = settings
  return { alpha: alphaOf(settings, hop) ?? 0.5, delta, k, value }
}

/** The settings of the warning level: the same method, asked for less. */
function warningSettings(settings: CalibrationSettings): CalibrationSettings | undefined {
  const { method, goal, warning } = settings
  if (warning === undefined) return undefined
  const { asks } = thresholdMethods[method]
  if (asks === 'k') return { ...settings, k: warning }
  if (asks === 'value') return { ...settings, value: warning }
  return {
    ...settings,
    goal: 'alpha' in goal ? { alpha: warning } : { budget: { ...goal.budget, count: warning } },
  }
}

/** A budget that the scores do not support yet gets the tail's estimate, or the largest score, with the label `extrapolated`. */
function fitOrExtrapolate(settings: CalibrationSettings, target: Target, scores: Scores): FittedThreshold {
  const method = thresholdMethods[settings.method]
  const minimum = method.minimum(target)
  const inWindows = (needed: number): number => windowsFor(needed, settings.contamination)
  if (method.asks !== 'alpha' || 'alpha' in settings.goal || scores.n >= minimum) {
    const fit = method.fit(scores, target)
    return { ...fit, needed: inWindows(fit.needed) }
  }
  const threshold = scores.n >= POT_MINIMUM ? potThreshold(scores, target.alpha) : scores.max
  return {
    threshold,
    guaranteed: null,
    extrapolated: true,
    needed: inWindows(Math.max(minimum, conformalNeeds(target.alpha))),
  }
}

function isSpan(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}
