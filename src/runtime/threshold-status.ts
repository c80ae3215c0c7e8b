import { shortNumber, sparkline } from '../core/sparkline'
import type { Verdict } from '../core/verdict'
import type { Host } from './host'
import type { WatchedDetector } from './threshold-line'

/** The status of threshold-calibrate after a verdict: how far it is, or the last scores against the threshold. */
export function showThreshold(
  host: Host,
  watched: WatchedDetector,
  verdict: Verdict,
  learnsByItself: boolean,
): void {
  const { state, have, need } = watched.calibrator.status
  if (verdict.reason === 'OUT_OF_CONTRACT') host.status('red', 'ring', host.text('status.outOfContract'))
  else if (state === 'learning') host.status('yellow', 'ring', host.text('status.learning', { have, need }))
  else if (state === 'waiting' && verdict.threshold === null) {
    // In-sample windows pass while the calibration has not begun.
    if (verdict.inSample || learnsByItself)
      host.status('yellow', 'ring', host.text('status.learning', { have: 0, need }))
    else host.status('grey', 'ring', host.text('status.noModel'))
  } else {
    const estimated = state === 'extrapolated'
    const fill = verdict.isAnomaly ? 'red' : verdict.reason === 'WARNING' || estimated ? 'yellow' : 'green'
    // A part of the blocks makes room for how far an estimate is on its way to a promise.
    const scores = estimated ? watched.recent.slice(-5) : watched.recent
    const spark = scores.length === 0 ? shortNumber(verdict.score ?? 0) : sparkline(scores, verdict.threshold)
    const percent = Math.floor((100 * have) / need)
    host.status(fill, 'dot', estimated ? host.text('threshold.statusEstimate', { spark, percent }) : spark)
  }
}
