import { parentPort, workerData } from 'node:worker_threads'
import { sendableError } from './sent-error'
import { trainAutoencoder, type TrainingContext, type TrainingJob } from './train-autoencoder'
import { loadTfjsNode } from './tfjs-node'
import { TfjsTrainee } from './tfjs-trainee'
import type { BackEnd, WorkerMessage } from './trainer'

/** Fewest milliseconds between two reports. */
const REPORT_MS = 100

function say(message: WorkerMessage, transfer: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer)
}

interface WorkerJob {
  readonly job: TrainingJob
  readonly backEnd: BackEnd
  readonly library?: string
}

/** Entry of a training thread: trains the job it was given, says how it goes, and ends. */
async function main({ job, backEnd, library = '' }: WorkerJob): Promise<void> {
  let reported = -Infinity
  const context: TrainingContext = {
    ...(backEnd === 'tfjs-node'
      ? { makeTrainee: (each: TrainingJob) => new TfjsTrainee(loadTfjsNode(library), each) }
      : {}),
    progress(progress) {
      const now = performance.now()
      if (now - reported < REPORT_MS && progress.epoch < progress.epochs) return
      reported = now
      say({ type: 'progress', progress })
    },
  }
  try {
    const trained = await trainAutoencoder(job, context)
    say({ type: 'trained', trained })
  } catch (error) {
    say({ type: 'failed', error: sendableError(error) })
  }
}

void main(workerData as WorkerJob)
