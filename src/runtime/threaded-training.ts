import type { LearnerTools } from '../train/autoencoder-learner'
import { findTfjsNode } from '../train/tfjs-node'
import { trainInThread, type BackEnd } from '../train/trainer'
import { TrainingQueue } from '../train/training-queue'
import type { Host } from './host'
import { PerRuntime } from './per-runtime'

/** All nodes of a runtime train in turn. */
const queues = new PerRuntime(() => new TrainingQueue())

/** Training in a thread of its own, one at a time in the whole runtime. */
export function threadedTraining(
  backEnd: BackEnd,
  host: Host,
): Pick<LearnerTools, 'fit' | 'queue' | 'check'> {
  if (backEnd === 'tfjs-node') host.after(0, () => tellWhatIsMissing(host))
  return {
    check: () => (backEnd === 'tfjs-node' ? findTfjsNode() : undefined),
    fit: (job, context) => trainInThread(job, { ...context, backEnd }),
    queue: queues.of(host.red),
  }
}

/** At once, and not only when the windows are there; the binary shows at the first training. */
function tellWhatIsMissing(host: Host): void {
  try {
    findTfjsNode()
  } catch (error) {
    host.failed('status.failed')
    host.error(error)
  }
}
