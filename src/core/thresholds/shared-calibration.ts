import type { Calibration } from './calibration'
import { ScorePool } from './score-pool'

/**
 * Calibrations of the contexts of one stream that are read together: each context brings the scores of its own baseline, and
 * one threshold and one p-value come of all of them. More scores than any context has alone support a rarer alarm.
 */
export class SharedCalibration {
  readonly scores = new ScorePool(() => [...this.members].map(({ own }) => own))
  private readonly members = new Set<Calibration>()

  join(calibration: Calibration): void {
    this.members.add(calibration)
    this.refit()
  }

  leave(calibration: Calibration): void {
    if (this.members.delete(calibration)) this.refit()
  }

  /** The scores of a member have changed: the thresholds of all follow. */
  refit(): void {
    for (const member of this.members) member.refit()
  }
}
