import { ConfigError } from '../errors'
import { isEmpty, readChoice, readFlag, readNumber, readWhole } from '../read-settings'
import { periodNames, type Budget } from './budget'
import { EXACT_SCORES } from './calibration-scores'
import { leftOutOf, MAX_CONTAMINATION, windowsFor } from './contamination'
import { shownPercent, type Target } from './method'
import { methodNames, thresholdMethods, type MethodName } from './registry'

/** What is to be calibrated, as the user states it. */
export interface CalibrationSettings extends Omit<Target, 'alpha'> {
  readonly method: MethodName
  /** A probability per window, or a budget of false alarms from which it is worked out; not for `mean-sd` and `fixed`. */
  readonly goal: { readonly alpha: number } | { readonly budget: Budget }
  /** The looser second level, in the unit of the first: alpha, alarms per period, k or value. */
  readonly warning?: number
  /** Share of the calibration (0 … 0.4) that may be anomalous: as many scores, the largest, are left out. */
  readonly contamination: number
  /** Windows in a calibration (M). */
  readonly size: number
  readonly vote: { readonly k: number; readonly n: number }
  /** Go on calibrating on the newest windows. A slow fault is then absorbed. */
  readonly sliding: boolean
  /** Calibrate from what arrives while nothing is calibrated. */
  readonly whenEmpty: boolean
}

export type CalibrationField =
  | 'method'
  | 'goal'
  | 'alpha'
  | 'budget'
  | 'per'
  | 'delta'
  | 'sdFactor'
  | 'value'
  | 'warning'
  | 'contamination'
  | 'rows'
  | 'voteK'
  | 'voteN'
  | 'sliding'
  | 'whenEmpty'

/** How a field is called in the language of the user. */
export type FieldNames = (field: CalibrationField) => string

/**
 * Reads the settings of a dialog or command line.
 * @param config method, goal (`alpha` | `budget`), alpha (percent), budget, per, delta (percent), sdFactor, value, warning,
 * contamination (percent), rows, voteK, voteN, sliding, whenEmpty
 * @param size windows in a calibration where `rows` is empty
 * @throws ConfigError in plain words, also where the windows cannot support the alpha asked
 */
export function readCalibrationSettings(
  config: Readonly<Record<string, unknown>>,
  size: number,
  name: FieldNames = (field) => field,
): CalibrationSettings {
  const method = readChoice(name('method'), config['method'], methodNames, 'conformal')
  const { asks } = thresholdMethods[method]
  const sliding = readFlag(name('sliding'), config['sliding'], false)
  const max = sliding ? EXACT_SCORES : 1_000_000
  const n = readWhole(name('voteN'), config['voteN'], { min: 1, max: 1000, fallback: 1 })
  const settings = {
    method,
    goal: readGoal(config, asks, name),
    delta: readNumber(name('delta'), config['delta'], { min: 0.001, max: 50, fallback: 10 }) / 100,
    k: readNumber(name('sdFactor'), config['sdFactor'], { min: 0, max: 1000, fallback: 3 }),
    value: asks === 'value' ? readNumber(name('value'), config['value'], { min: 0 }) : 0,
    contamination: asks === 'value' ? 0 : readContamination(config['contamination'], name),
    size: readWhole(name('rows'), config['rows'], { min: 2, max, fallback: size }),
    vote: { k: readWhole(name('voteK'), config['voteK'], { min: 1, max: n, fallback: 1 }), n },
    sliding,
    whenEmpty: readFlag(name('whenEmpty'), config['whenEmpty'], true),
  }
  const warning = readWarning(config['warning'], settings, name)
  return checkSupport(warning === undefined ? settings : { ...settings, warning }, name)
}

function readGoal(
  config: Readonly<Record<string, unknown>>,
  asks: string,
  name: FieldNames,
): CalibrationSettings['goal'] {
  const goal = readChoice(name('goal'), config['goal'], ['alpha', 'budget'] as const, 'alpha')
  if (asks === 'alpha' && goal === 'budget') {
    const count = readNumber(name('budget'), config['budget'], { min: 1e-6, max: 1e6, fallback: 1 })
    return { budget: { count, per: readChoice(name('per'), config['per'], periodNames, 'week') } }
  }
  return { alpha: readNumber(name('alpha'), config['alpha'], { min: 1e-7, max: 50, fallback: 1 }) / 100 }
}

function readContamination(value: unknown, name: FieldNames): number {
  const range = { min: 0, max: MAX_CONTAMINATION * 100, fallback: 0 }
  return readNumber(name('contamination'), value, range) / 100
}

function readWarning(value: unknown, settings: CalibrationSettings, name: FieldNames): number | undefined {
  if (isEmpty(value)) return undefined
  const { method, goal } = settings
  const { asks } = thresholdMethods[method]
  if (asks !== 'alpha') {
    const strict = asks === 'k' ? settings.k : settings.value
    const warning = readNumber(name('warning'), value, { min: 0 })
    if (warning >= strict)
      throw new ConfigError('threshold.warningTooHigh', { field: name('warning'), max: strict, got: warning })
    return warning
  }
  const warning = readNumber(name('warning'), value, { min: 1e-7, max: 1e6 })
  const strict = 'alpha' in goal ? goal.alpha * 100 : goal.budget.count
  if (warning <= strict || ('alpha' in goal && warning > 50)) {
    throw new ConfigError('threshold.warningTooLow', { field: name('warning'), min: strict, got: warning })
  }
  return 'alpha' in goal ? warning / 100 : warning
}

/** With a stated alpha a promise that the windows cannot support is refused; a budget is labelled instead, and goes on. */
function checkSupport(settings: CalibrationSettings, name: FieldNames): CalibrationSettings {
  const { method, goal, size, delta, contamination } = settings
  const rule = thresholdMethods[method]
  const target = { ...settings, alpha: 'alpha' in goal ? goal.alpha : 0.5 }
  const needed = rule.minimum(target)
  if ('budget' in goal || needed <= size - leftOutOf(size, contamination)) return settings
  const params = {
    field: name('rows'),
    percent: shownPercent(goal.alpha),
    needed: windowsFor(needed, contamination),
    got: size,
  }
  if (rule.asksDelta === true) {
    throw new ConfigError('threshold.tooFewPac', { ...params, confidence: shownPercent(1 - delta) })
  }
  throw new ConfigError(
    rule.asks === 'alpha' && method === 'conformal' ? 'threshold.tooFew' : 'threshold.tooFewToFit',
    params,
  )
}
