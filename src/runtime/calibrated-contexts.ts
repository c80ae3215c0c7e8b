import { SharedCalibration } from '../core/thresholds/shared-calibration'
import type { Verdict } from '../core/verdict'
import type { StreamKey } from './streams'

interface Shared {
  readonly calibration: SharedCalibration
  /** The contexts in the model have been taken up. */
  isMet: boolean
}

/** What the contexts of a stream share when they are calibrated together, by model and detector. */
export class CalibratedContexts {
  private readonly byDetector = new Map<string, Shared>()
  /** The context that each stream was in last. */
  private readonly current = new Map<string, string>()

  /** @param mode 'together': one threshold from the scores of all contexts of a stream; 'apart': one for each */
  constructor(private readonly mode: 'together' | 'apart') {}

  sharedFor(key: StreamKey, verdict: Verdict): SharedCalibration | undefined {
    return this.of(key, verdict)?.calibration
  }

  /** True for the first verdict of a detector: then the calibrations that the model holds of other contexts are to be taken up. */
  isFirst(key: StreamKey, verdict: Verdict): boolean {
    const shared = this.of(key, verdict)
    if (shared === undefined || shared.isMet) return false
    shared.isMet = true
    return true
  }

  /** A stream is in this context now. Gives back the one it has just left: its windows are not in a row any more. */
  enter(topic: string, context: string): string | undefined {
    const before = this.current.get(topic)
    if (before === context) return undefined
    this.current.set(topic, context)
    return before
  }

  clear(): void {
    this.byDetector.clear()
  }

  private of({ topic, context }: StreamKey, { model, detector }: Verdict): Shared | undefined {
    if (context === undefined || this.mode === 'apart') return undefined
    const id = JSON.stringify([topic, model?.name, detector])
    let shared = this.byDetector.get(id)
    if (shared === undefined)
      this.byDetector.set(id, (shared = { calibration: new SharedCalibration(), isMet: false }))
    return shared
  }
}
