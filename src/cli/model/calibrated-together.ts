import { CalibrationScores, type StoredScores } from '../../core/thresholds/calibration-scores'
import type { Calibration } from '../../model/manifest'
import type { Baseline } from './stored-model'

interface Stored extends Calibration {
  readonly together?: boolean
  readonly warning?: number | null
  readonly scores?: StoredScores
}

/**
 * A flow keeps each context's own scores, and a threshold that rests on those of all contexts. Here each context gets the
 * scores of all, and the threshold of the one that was calibrated last, since that had them all.
 */
export function calibratedTogether(baselines: readonly Baseline[]): readonly Baseline[] {
  const members = baselines.filter(({ calibration }) => isTogether(calibration))
  if (members.length < 2) return baselines
  const newest = members.reduce((a, b) => (b.time >= a.time ? b : a)).calibration as Stored
  const all = new CalibrationScores()
  for (const { calibration } of members) for (const score of scoresIn(calibration as Stored)) all.add(score)
  const { threshold, warning } = newest
  return baselines.map((baseline) =>
    members.includes(baseline)
      ? {
          ...baseline,
          calibration: { ...baseline.calibration!, threshold, warning, n: all.n, scores: all.toJSON() },
        }
      : baseline,
  )
}

/** Scores one by one; of those in bins the upper edge. */
function* scoresIn({ scores }: Stored): Iterable<number> {
  if (scores === undefined) return
  yield* scores.tail
  for (const [i, edge] of (scores.edges ?? []).entries())
    for (let count = scores.counts?.[i] ?? 0; count > 0; count--) yield edge
}

function isTogether(calibration: Stored | undefined): boolean {
  return calibration?.together === true
}
