import { readCalibrationSettings } from '../../src/core/thresholds/settings'
import { makeMahalanobis } from '../../src/core/detectors/mahalanobis'
import { Random } from '../../src/core/random'
import { logGamma } from '../../src/core/thresholds/incomplete-beta'
import { pacRank } from '../../src/core/thresholds/pac'
import { CalibrationScores } from '../../src/core/thresholds/calibration-scores'
import { thresholdMethods, type MethodName } from '../../src/core/thresholds/registry'
import type { Figure } from '../figure'
import { detectorScores } from './detector-scores'
import type { WindowCase, WindowTask } from './window-case'

const SPLITS = 150
/** Calibration windows of the published study: the fewest that promise 1 %. */
const STUDY_SIZE = 99
const DELTA = 0.1

/**
 * Does a threshold keep its promise? The normal windows that were not trained on are split at random 150 times into calibration and
 * test; a method's mean false-alarm rate, and the share of splits above what was asked, are what a user can expect of it.
 */
export async function calibrationStudy(data: WindowCase, task: WindowTask): Promise<readonly Figure[]> {
  // All normal windows that the detector is not fitted on.
  const scoresOf = await detectorScores(data, task, makeMahalanobis({ covariance: 'ledoit-wolf' }))
  const scores = await scoresOf([...task.calib, ...task.test_normal])
  const size = data.manifest.sets[task.calib[0]!]!.shape[0]
  return [
    ...study(task.name, 'conformal', scores, size, task.alpha),
    ...[0.05, 0.01].flatMap((alpha) => study(task.name, 'conformal', scores, STUDY_SIZE, alpha)),
    ...study(task.name, 'pac', scores, STUDY_SIZE, 0.05),
    ...study(task.name, 'pac', scores, size, 0.05),
  ].filter((figure) => figure.value !== null)
}

function study(
  task: string,
  method: MethodName,
  scores: readonly number[],
  size: number,
  alpha: number,
): readonly Figure[] {
  if (size >= scores.length) return [{ name: `${task} ${method}`, value: null }]
  const rates = falseAlarmRates(scores, size, alpha, method)
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / SPLITS
  const deviation = Math.sqrt(rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / (SPLITS - 1))
  const above = rates.filter((rate) => rate > alpha).length / SPLITS
  const name = `${task} ${method} at ${alpha}, ${SPLITS} splits with n = ${size}`
  // What is exact on average lies above its mean in half of all studies: the error of the mean is granted.
  const bound = (alpha + (2 * deviation) / Math.sqrt(SPLITS)).toFixed(4)
  return [
    { name: `${name}: mean FAR`, value: mean, target: method === 'conformal' ? `<=${bound}` : undefined },
    {
      name: `${name}: above ${alpha}`,
      value: above,
      unit: 'of splits',
      target: method === 'pac' ? `<=${pacBound(size, scores.length - size, alpha).toFixed(4)}` : undefined,
    },
  ]
}

/**
 * The most splits that may lie above alpha. PAC's promise is about the true rate; what is counted is that of a test set of m windows,
 * whose own chance adds splits: the exact share, P(X > alpha m) of the beta-binomial distribution, with two errors of 150 splits.
 */
function pacBound(n: number, m: number, alpha: number): number {
  const k = pacRank(n, alpha, DELTA)!
  const logBeta = (a: number, b: number): number => logGamma(a) + logGamma(b) - logGamma(a + b)
  let exact = 0
  for (let j = Math.floor(alpha * m + 1e-9) + 1; j <= m; j++) {
    const ways = -Math.log(m + 1) - logBeta(m - j + 1, j + 1)
    exact += Math.exp(ways + logBeta(n + 1 - k + j, k + m - j) - logBeta(n + 1 - k, k))
  }
  return Math.max(DELTA, exact + 2 * Math.sqrt((exact * (1 - exact)) / SPLITS))
}

function falseAlarmRates(
  scores: readonly number[],
  size: number,
  alpha: number,
  method: MethodName,
): readonly number[] {
  const random = new Random(20_240_601)
  const settings = readCalibrationSettings({ method, alpha: alpha * 100, delta: DELTA * 100 }, size)
  return Array.from({ length: SPLITS }, () => {
    const shuffled = shuffle(scores, random)
    const target = { alpha, delta: settings.delta, k: settings.k, value: settings.value }
    const { threshold } = thresholdMethods[method].fit(new CalibrationScores(shuffled.slice(0, size)), target)
    const test = shuffled.slice(size)
    return test.filter((score) => score > threshold).length / test.length
  })
}

function shuffle(values: readonly number[], random: Random): number[] {
  const shuffled = [...values]
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = Math.floor(random.next() * (i + 1))
    ;[shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!]
  }
  return shuffled
}
