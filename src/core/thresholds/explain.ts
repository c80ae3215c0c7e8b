import { durationWords } from '../duration-words'
import type { MessageKey, MessageParams } from '../messages'
import { calibrationSpacing, secondsBetweenAlarms } from './budget'
import type { Calibration } from './calibration'
import { shownPercent } from './method'
import { thresholdMethods } from './registry'
import type { CalibrationSettings } from './settings'

/** A text of the catalogue with its parameters. */
export interface Words {
  readonly key: MessageKey
  readonly params: MessageParams
  /** True where the user has to look at it. */
  readonly isWarning?: true
}

/** What a calibration promises, what it does not, and how long it takes until it does, in words. */
export function explain(settings: CalibrationSettings, calibration: Calibration): readonly Words[] {
  return [...explainPromise(settings, calibration), ...explainTop(calibration)]
}

/** What the largest scores mean: those that were left out, and those that stand apart. */
function explainTop({ n, leftOut, shareAbove, detached, threshold }: Calibration): readonly Words[] {
  const words: Words[] = []
  if (leftOut > 0)
    words.push({ key: 'threshold.leftOut', params: { left: leftOut, percent: shownPercent(shareAbove) } })
  if (detached !== undefined) {
    const { count, from } = detached
    const params = {
      count,
      kept: n - leftOut,
      percent: Math.ceil((1000 * (count + leftOut)) / n) / 10,
      from: shown(from),
      threshold: shown(threshold),
    }
    words.push({ key: 'threshold.detached', params, isWarning: true })
  }
  return words
}

const shown = (score: number): number => Number(score.toPrecision(4))

function explainPromise(settings: CalibrationSettings, calibration: Calibration): readonly Words[] {
  const { promise, alpha, n, timing } = calibration
  if (alpha === undefined) return [{ key: 'threshold.noPromise', params: { n } }]
  const between = durationWords(secondsBetweenAlarms(alpha, timing.hop))
  const confidence = shownPercent(1 - settings.delta)
  if (promise.extrapolated) {
    const supported = durationWords(secondsBetweenAlarms(1 / (n - calibration.leftOut + 1), timing.hop))
    const time = durationWords(secondsLeft(settings, calibration))
    const params = { n, supported, asked: between, more: promise.needed - n, time, confidence }
    return [{ key: 'threshold.extrapolated', params }]
  }
  const rate: Words = { key: 'threshold.rate', params: { hop: Number(timing.hop.toPrecision(3)), between } }
  const withRate = (words: Words): readonly Words[] => (timing.hop > 0 ? [words, rate] : [words])
  if (promise.guaranteed === null) return withRate({ key: 'threshold.noPromise', params: { n } })
  const sure = thresholdMethods[settings.method].asksDelta === true
  if ('budget' in settings.goal) {
    return [
      {
        key: sure ? 'threshold.budgetPromisePac' : 'threshold.budgetPromise',
        params: { n, between, confidence },
      },
    ]
  }
  const params = { n, percent: shownPercent(promise.guaranteed), confidence }
  return withRate({ key: sure ? 'threshold.promisePac' : 'threshold.promise', params })
}

/** Seconds until an extrapolated calibration has the scores that it needs, at the rate of its windows. */
export function secondsLeft({ vote }: CalibrationSettings, { promise, n, timing }: Calibration): number {
  return Math.max(0, promise.needed - n) * calibrationSpacing(timing.window, timing.hop, vote.n)
}
