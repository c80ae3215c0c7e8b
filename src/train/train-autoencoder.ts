import { setImmediate } from 'node:timers/promises'
import { initialWeights } from './initial-weights'
import { OwnTrainee } from './own-trainee'
import type { NetworkSpec } from '../core/autoencoder/spec'
import { training, type Progress, type Trained, type Trainee, type TrainingSettings } from './training'

/** What to train on what; can be sent to another thread. */
export interface TrainingJob {
  readonly spec: NetworkSpec
  readonly settings: TrainingSettings
  /** rows × steps × columns values, oldest window first. */
  readonly data: Float32Array
  readonly rows: number
  /** Weights to go on from; without them the seed makes new ones. */
  readonly initial?: Float32Array
}

export interface TrainingContext {
  progress?(progress: Progress): void
  readonly signal?: AbortSignal
  /** What does the arithmetic; our own kernels without it. */
  makeTrainee?(job: TrainingJob): Trainee
}

export function ownTrainee({ spec, settings }: TrainingJob): Trainee {
  return new OwnTrainee(
    spec,
    settings.loss,
    settings.batch,
    settings.clipNorm,
    settings.weightDecay,
    settings.engine,
  )
}

/**
 * Trains in the calling thread, which gets a breath every few steps.
 * @throws the signal's reason once aborted; InputError where training fails
 */
export async function trainAutoencoder(job: TrainingJob, context: TrainingContext = {}): Promise<Trained> {
  const trainee = (context.makeTrainee ?? ownTrainee)(job)
  try {
    const { spec, settings, data, rows, initial } = job
    const beginning = {
      weights: initial ?? initialWeights(spec, settings.seed),
      isTrained: initial !== undefined,
    }
    const run = training(spec, trainee, beginning, data, rows, settings, () => performance.now())
    for (;;) {
      const { done, value } = run.next()
      if (done === true) return value
      if (value !== undefined) context.progress?.(value)
      await setImmediate()
      context.signal?.throwIfAborted()
    }
  } finally {
    trainee.dispose()
  }
}
