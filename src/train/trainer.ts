import path from 'node:path'
import { Worker, type WorkerOptions } from 'node:worker_threads'
import { DeviceError } from '../core/errors'
import { readUserError, type SentError } from './sent-error'
import type { FittedPart } from '../core/stage'
import type { FitJob } from './fit-autoencoder'
import type { Progress } from './training'

/** What a training thread says. */
export type WorkerMessage =
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'fitted'; readonly part: FittedPart }
  | { readonly type: 'failed'; readonly error: SentError }

export interface RunningTraining {
  /** Rejects with a UserError where training fails, with an AbortError once cancelled. */
  readonly done: Promise<FittedPart>
  /** Ends the thread at once; resolved when it is gone. */
  cancel(): Promise<void>
}

/** What trains: our own kernels, or `@tensorflow/tfjs-node` where the user has installed it. */
export const BACK_ENDS = ['own', 'tfjs-node'] as const
export type BackEnd = (typeof BACK_ENDS)[number]

export interface TrainingOptions {
  readonly backEnd?: BackEnd
  /** Path of the entry file of `tfjs-node`, where that trains. */
  readonly library?: string | undefined
  readonly signal?: AbortSignal
  progress?(progress: Progress): void
}

/** Heap of a training thread; weights, values and windows lie outside of it (`memoryNeeded`). */
const LIMITS = { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 }

/** The worker beside this file: built JavaScript, or TypeScript where this runs from the sources (tests, tools). */
function workerFile(): { file: string; options: Pick<WorkerOptions, 'execArgv'> } {
  if (__filename.endsWith('.js'))
    return { file: path.join(__dirname, 'worker.js'), options: { execArgv: [] } }
  return {
    file: path.join(__dirname, 'worker.ts'),
    options: { execArgv: ['--require', require.resolve('tsx/cjs')] },
  }
}

/** Learns in a thread of its own, which ends with that. The windows are shared with it, the rest of the job is copied. */
export function startTraining(
  job: FitJob,
  options: Pick<TrainingOptions, 'backEnd' | 'library' | 'progress'> = {},
): RunningTraining {
  const { file, options: forFile } = workerFile()
  const worker = new Worker(file, {
    ...forFile,
    workerData: { job, backEnd: options.backEnd ?? 'own', library: options.library },
    resourceLimits: LIMITS,
    name: 'anomaly-training',
  })
  let cancelled = false
  let answer: WorkerMessage | undefined
  const done = new Promise<FittedPart>((resolve, reject) => {
    worker.on('message', (message: WorkerMessage) => {
      if (cancelled) return
      if (message.type === 'progress') options.progress?.(message.progress)
      else answer = message
    })
    worker.on('error', (error: Error) => {
      reject(new DeviceError('train.crashed', { field: 'training', reason: error.message }, { cause: error }))
    })
    // The answer counts once the thread is gone: whoever waits for it finds no thread left over.
    worker.on('exit', (code) => {
      if (cancelled) reject(new DOMException('training was cancelled', 'AbortError'))
      else if (answer?.type === 'fitted') resolve(answer.part)
      else if (answer?.type === 'failed') reject(readUserError(answer.error))
      else reject(new DeviceError('train.crashed', { field: 'training', reason: `exit code ${code}` }))
    })
  })
  // A cancelled training may have nobody waiting for it.
  done.catch(() => {})
  return {
    done,
    async cancel() {
      cancelled = true
      await worker.terminate()
    },
  }
}

/** `startTraining` for whoever holds an AbortSignal. @throws the signal's reason once aborted */
export async function trainInThread(job: FitJob, options: TrainingOptions = {}): Promise<FittedPart> {
  const { signal } = options
  signal?.throwIfAborted()
  const running = startTraining(job, options)
  const abort = (): void => void running.cancel()
  signal?.addEventListener('abort', abort, { once: true })
  try {
    return await running.done
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}
