import { parentPort, workerData } from 'node:worker_threads'
import { sendableError } from './sent-error'
import { fitAutoencoder, type FitJob } from './fit-autoencoder'
import type { TrainingContext } from './train-autoencoder'
import { loadTfjsNode } from './tfjs-node'
import { TfjsTrainee } from './tfjs-trainee'
import type { BackEnd, WorkerMessage } from './trainer'

/** Fewest milliseconds between two reports. */
const REPORT_MS = 100

function say(message: WorkerMessage): void {
  parentPort?.postMessage(message)
}

interface WorkerJob {
  readonly job: FitJob
  readonly backEnd: BackEnd
  readonly library?: string
}

/** Entry of a training thread: learns what it was given, says how it goes, and ends. */
async function main({ job, backEnd, library = '' }: WorkerJob): Promise<void> {
  let reported = -Infinity
  const context: TrainingContext = {
    ...(backEnd === 'tfjs-node'
      ? { makeTrainee: (each) => new TfjsTrainee(loadTfjsNode(library), each) }
      : {}),
    progress(progress) {
      const now = performance.now()
      if (now - reported < REPORT_MS && progress.epoch < progress.epochs) return
      reported = now
      say({ type: 'progress', progress })
    },
  }
  try {
    const part = await fitAutoencoder(job, context)
    say({ type: 'fitted', part })
  } catch (error) {
    say({ type: 'failed', error: sendableError(error) })
  }
}

void main(workerData as WorkerJob)
