import { explain } from '../core/thresholds/explain'
import type { CalibrationSettings } from '../core/thresholds/settings'
import type { Host } from './host'
import type { ThresholdLine } from './threshold-line'

/** What a dialog shows of one calibration. */
export interface CalibrationShown {
  readonly stream: string
  readonly context?: string
  readonly detector: string
  /** As the windows came, s; these numbers are missing while it is not calibrated. */
  readonly hop?: number
  readonly window?: number
  readonly n?: number
  readonly threshold?: number
  readonly words: readonly string[]
}

/** Every calibration of a stream (and context), also those that are only on their way. */
export function calibrationsOf(
  line: ThresholdLine,
  settings: CalibrationSettings,
  host: Host,
): readonly CalibrationShown[] {
  const { topic: stream, context } = line.key
  return line.all.map(({ calibrator, detector }) => {
    const whose = { stream, ...(context === undefined ? {} : { context }), detector }
    const { calibration, status } = calibrator
    if (calibration === undefined) {
      const { have, need } = status
      return { ...whose, words: [host.text('status.learning', { have, need })] }
    }
    const { n, threshold, timing } = calibration
    const words = explain(settings, calibration).map(({ key, params }) => host.text(key, params))
    return { ...whose, ...timing, n, threshold, words }
  })
}
