import type { LearnerTools } from '../train/autoencoder-learner'
import { trainInThread, type BackEnd } from '../train/trainer'
import { TrainingQueue } from '../train/training-queue'
import { packageFolders } from './engines'
import type { Host } from './host'
import { PerRuntime } from './per-runtime'
import { findTfjsNode, tellWhatIsMissing } from './tfjs-node'

/** All nodes of a runtime train in turn. */
const queues = new PerRuntime(() => new TrainingQueue())

/** Training in a thread of its own, one at a time in the whole runtime. */
export function threadedTraining(
  backEnd: BackEnd,
  host: Host,
): Pick<LearnerTools, 'fit' | 'queue' | 'check'> {
  const library = (): string | undefined =>
    backEnd === 'tfjs-node' ? findTfjsNode(packageFolders(host.red)) : undefined
  if (backEnd === 'tfjs-node') host.after(0, () => tellWhatIsMissing(host))
  return {
    check: library,
    fit: (job, context) => trainInThread(job, { ...context, backEnd, library: library() }),
    queue: queues.of(host.red),
  }
}
