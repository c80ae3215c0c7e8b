import { SENSOR_FAULTS, type Verdict } from '../verdict'
import type { Evidence } from './condition'
import type { AlarmSettings } from './settings'

/**
 * What a verdict says of an alarm and of a warning. LEARNING, a sensor fault and data of another contract are no evidence at
 * all; a machine that is off cannot be anomalous. A vote is taken as it was voted: its score is held against the levels.
 */
export function evidenceOf(
  verdict: Verdict,
  settings: AlarmSettings,
): { alarm: Evidence; warning: Evidence } {
  const { reason, threshold, isAnomaly } = verdict
  if (reason === 'MACHINE_OFF') return { alarm: 'under', warning: 'under' }
  if (reason !== 'NORMAL' && reason !== 'WARNING' && reason !== 'ANOMALY')
    return { alarm: 'none', warning: 'none' }
  const score = verdict.vote === undefined ? verdict.score : verdict.vote.score
  const { alarmFactor, warning, reset } = settings
  const plain = isAnomaly ? 'over' : 'under'
  const against = (factor: number): Evidence => {
    if (score === null || threshold === null) return plain
    const level = factor * threshold
    if (score > level) return 'over'
    return score < reset * level ? 'under' : 'between'
  }
  const alarm = isAnomaly && alarmFactor === undefined ? 'over' : against(alarmFactor ?? 1)
  if (warning === 'off') return { alarm, warning: 'under' }
  if (warning === 'verdict') return { alarm, warning: reason === 'NORMAL' ? 'under' : 'over' }
  return { alarm, warning: against(warning.factor) }
}

export function isSensorFault(verdict: Verdict): boolean {
  return SENSOR_FAULTS.has(verdict.reason)
}
