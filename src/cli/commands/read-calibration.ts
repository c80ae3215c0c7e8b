import { ConfigError, InputError, UserError } from '../../core/errors'
import { periodNames, type Budget } from '../../core/thresholds/budget'
import { Calibration, type Timing } from '../../core/thresholds/calibration'
import type { CalibrationScores } from '../../core/thresholds/calibration-scores'
import { MAX_CONTAMINATION, windowsFor } from '../../core/thresholds/contamination'
import {
  readCalibrationSettings,
  type CalibrationField,
  type CalibrationSettings,
} from '../../core/thresholds/settings'
import { methodNames, thresholdMethods, type MethodName } from '../../core/thresholds/registry'
import { decimalOf } from '../csv/decimal'
import type { Arguments } from '../terminal/arguments'

/** Where a text of the core speaks of a field of the dialog. */
const OPTION_OF: Readonly<Partial<Record<CalibrationField, string>>> = {
  method: '--threshold',
  goal: '--budget',
  alpha: '--alpha',
  budget: '--budget',
  per: '--budget',
  delta: '--delta',
  sdFactor: '--sd-factor',
  value: '--value',
}
/** The size of a calibration is what the data give, so nothing is refused for it before. */
const ANY_SIZE = 1_000_000
/** Share of normal windows that may be flagged where nothing is asked for, and the most that may be asked for. */
const USUAL_ALPHA = 0.01
const MOST_ALPHA = 0.5

/** How the threshold is to be set. */
export interface ThresholdWish {
  readonly settings: CalibrationSettings
  /** True where the share of false alarms is the usual one, since none was asked for: data that do not support it get a larger one. */
  readonly isUsual: boolean
}

/** A number as `--threshold` is that threshold. @throws ConfigError that names the option */
export function readCalibration(args: Arguments): ThresholdWish {
  const given = args.text('threshold')
  const isNumber = given !== undefined && !Number.isNaN(decimalOf(given))
  const method = isNumber ? 'fixed' : (args.choice('threshold', methodNames) ?? 'conformal')
  refuseForOtherMethods(args, method, isNumber)
  const alpha = share(args, 'alpha', MOST_ALPHA)
  const budget = readBudget(args.text('budget'))
  if (alpha !== undefined && budget !== undefined)
    throw new ConfigError('cli.notBoth', { field: '--alpha', other: '--budget' })
  const delta = share(args, 'delta', 0.5)
  const settings = readCalibrationSettings(
    {
      method,
      rows: ANY_SIZE,
      delta: delta === undefined ? undefined : delta * 100,
      sdFactor: args.text('sd-factor'),
      value: isNumber ? given : args.text('value'),
    },
    ANY_SIZE,
    (field) => OPTION_OF[field] ?? field,
  )
  const contamination =
    method === 'fixed' ? 0 : (args.number('contamination', { min: 0, max: MAX_CONTAMINATION }) ?? 0)
  return {
    settings: {
      ...settings,
      contamination,
      goal: budget === undefined ? { alpha: alpha ?? USUAL_ALPHA } : { budget },
    },
    isUsual: alpha === undefined && budget === undefined,
  }
}

/** @throws ConfigError where an option belongs to another method than the one chosen */
function refuseForOtherMethods(args: Arguments, method: MethodName, isNumber: boolean): void {
  const { asks, asksDelta } = thresholdMethods[method]
  const chosen = `--threshold ${isNumber ? args.text('threshold')! : method}`
  const without: readonly (readonly [string, boolean])[] = [
    ['alpha', asks === 'alpha'],
    ['budget', asks === 'alpha'],
    ['delta', asksDelta === true],
    ['sd-factor', asks === 'k'],
    ['value', asks === 'value' && !isNumber],
  ]
  for (const [name, hasEffect] of without)
    if (args.text(name) !== undefined && !hasEffect)
      throw new ConfigError('cli.noEffect', { field: `--${name}`, other: chosen })
}

/** Scores that the threshold needs before it can be set. */
export function scoresNeeded(settings: CalibrationSettings): number {
  const { method, goal, contamination } = settings
  if (!('alpha' in goal)) return 2
  return windowsFor(thresholdMethods[method].minimum({ ...settings, alpha: goal.alpha }), contamination)
}

/** A threshold, and what it was set by. */
export interface Calibrated {
  readonly calibration: Calibration
  readonly settings: CalibrationSettings
  /** True where the usual share of false alarms was too small for the scores. */
  readonly isRaised: boolean
}

/** Sets the threshold. @throws InputError in the words of the terminal where the scores cannot support it */
export function calibrate(
  { settings: asked, isUsual }: ThresholdWish,
  timing: Timing,
  scores: CalibrationScores,
): Calibrated {
  const settings = isUsual ? supported(asked, scores.n) : asked
  try {
    return {
      calibration: new Calibration({ ...settings, size: Math.max(2, scores.n) }, timing, scores),
      settings,
      isRaised: settings !== asked,
    }
  } catch (error) {
    if (!(error instanceof UserError) || !error.key.startsWith('threshold.tooFew')) throw error
    const needed = scoresNeeded(settings)
    throw new InputError(
      'cli.tooFewToCalibrate',
      { field: '--calibrate', needed, got: scores.n },
      { cause: error },
    )
  }
}

/** The usual share of false alarms, or the smallest that so many scores support. */
function supported(settings: CalibrationSettings, n: number): CalibrationSettings {
  const { method } = settings
  const isEnough = (alpha: number): boolean => thresholdMethods[method].minimum({ ...settings, alpha }) <= n
  if (isEnough(USUAL_ALPHA) || !isEnough(MOST_ALPHA)) return settings
  let low = USUAL_ALPHA
  let high = MOST_ALPHA
  while (high - low > 1e-6) {
    const middle = (low + high) / 2
    if (isEnough(middle)) high = middle
    else low = middle
  }
  return { ...settings, goal: { alpha: high } }
}

/** A probability such as 0.01 or 1%. */
function share(args: Arguments, name: string, max: number): number | undefined {
  const text = args.text(name)
  if (text === undefined) return undefined
  const isPercent = text.trim().endsWith('%')
  const value = decimalOf(text.replace('%', '').trim()) / (isPercent ? 100 : 1)
  if (!(value > 0 && value <= max))
    throw new ConfigError('cli.badShare', { field: `--${name}`, max, got: text })
  return value
}

/** A budget such as 1/day. */
function readBudget(text: string | undefined): Budget | undefined {
  if (text === undefined) return undefined
  const [count = '', per = ''] = text.split('/')
  const period = periodNames.find((name) => name === per.trim())
  const value = decimalOf(count.trim())
  if (period === undefined || !(value > 0))
    throw new ConfigError('cli.badBudget', { field: '--budget', got: text, periods: periodNames.join(', ') })
  return { count: value, per: period }
}
