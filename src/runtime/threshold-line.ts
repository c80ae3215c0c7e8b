import type { Calibrator, Calibrated } from '../core/calibrator'
import type { Contract } from '../core/contract'
import { SPARK_LENGTH } from '../core/sparkline'
import type { Verdict } from '../core/verdict'
import type { StreamKey } from './streams'

/** A calibrator with what is shown of it. */
export class WatchedDetector {
  /** What the last window came with, as the calibrator tells calibrations apart. */
  met?: Contract
  /** The last scores, null where a window had none. */
  readonly recent: (number | null)[] = []
  last?: Verdict

  constructor(
    readonly calibrator: Calibrator,
    /** Where its calibration lies in the bundle. */
    readonly bundleKey: StreamKey,
    readonly detector: string,
  ) {}

  push(verdict: Verdict, learning: string | undefined, lane: string): Calibrated {
    const result = this.calibrator.push(verdict, learning, lane)
    this.last = result.verdict
    if (!verdict.inSample) {
      this.recent.push(verdict.score)
      if (this.recent.length > SPARK_LENGTH) this.recent.shift()
    }
    return result
  }
}

/** One stream (and context): a calibrator for each model and detector, so that parallel detectors never share a vote. */
export class ThresholdLine {
  private readonly detectors = new Map<string, WatchedDetector>()
  /** States from before the restart, until their detector speaks again. */
  private readonly restored = new Map<string, unknown>()

  constructor(
    readonly key: StreamKey,
    private readonly make: (key: StreamKey, verdict: Verdict) => WatchedDetector,
    private readonly refused: (error: unknown) => void,
  ) {}

  /** The calibrator of a verdict's model and detector. */
  of(verdict: Verdict): WatchedDetector {
    const id = `${verdict.model?.name ?? ''}\u0000${verdict.detector ?? ''}`
    let watched = this.detectors.get(id)
    if (watched === undefined) {
      watched = this.make(this.key, verdict)
      this.detectors.set(id, watched)
      const state = this.restored.get(id)
      this.restored.delete(id)
      try {
        if (state !== undefined) watched.calibrator.restore(state)
      } catch (error) {
        this.refused(error)
      }
    }
    return watched
  }

  get all(): readonly WatchedDetector[] {
    return [...this.detectors.values()]
  }

  snapshot(): unknown {
    const states = [...this.detectors].map(([id, { calibrator }]) => ({ id, state: calibrator.snapshot() }))
    return [...states, ...[...this.restored].map(([id, state]) => ({ id, state }))]
  }

  restore(states: unknown): void {
    if (!Array.isArray(states)) return
    for (const entry of states as readonly unknown[]) {
      const { id, state } = (entry ?? {}) as { id?: unknown; state?: unknown }
      if (typeof id === 'string') this.restored.set(id, state)
    }
  }
}

/** Where the calibration of a verdict lies in the bundle `bundle`: a detector of another bundle has a place of its own. */
export function bundleKeyOf(key: StreamKey, verdict: Verdict, bundle: string): StreamKey {
  const { model, detector } = verdict
  if (model === undefined || model.name === bundle) return key
  return { topic: key.topic, context: `${key.context ?? ''}@${model.name}/${detector ?? ''}` }
}

/** Which of a bundle's contexts `known` hold a calibration of this verdict's detector: the other way round than `bundleKeyOf`. */
export function contextsFor(
  known: readonly string[],
  { model, detector }: Verdict,
  bundle: string,
): readonly string[] {
  if (model === undefined || model.name === bundle)
    return known.filter((context) => !/@[^@]*\/[^@/]*$/.test(context))
  const end = `@${model.name}/${detector ?? ''}`
  return known.flatMap((context) => (context.endsWith(end) ? context.slice(0, -end.length) : []))
}

/** The contract that a stored calibration was made for. */
export function contractIn(stored: unknown): Contract | undefined {
  const { contract } = (stored ?? {}) as { contract?: unknown }
  return Array.isArray(contract) && contract.every((line) => typeof line === 'string') ? contract : undefined
}
