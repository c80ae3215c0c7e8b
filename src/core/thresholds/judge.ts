import type { Reason, Verdict } from '../verdict'
import type { Calibration } from './calibration'
import type { CalibrationSettings } from './settings'

/** The verdict on a voted score: NORMAL, WARNING or ANOMALY by the threshold; LEARNING while there is none. */
export function judge(
  { method, value, warning: warningValue, vote: { k, n } }: CalibrationSettings,
  verdict: Verdict,
  voted: number | undefined,
  known: Calibration | undefined,
): Verdict {
  if (known === undefined && method !== 'fixed') return unjudged(verdict, 'LEARNING')
  const threshold = known?.threshold ?? value
  const warning = known === undefined ? warningValue : known.warningThreshold
  const height = voted ?? -Infinity
  const isAnomaly = height > threshold
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

/** A verdict whose score cannot be judged. */
export function unjudged(verdict: Verdict, reason: Reason): Verdict {
  return { ...verdict, threshold: null, pValue: null, isAnomaly: false, reason }
}
