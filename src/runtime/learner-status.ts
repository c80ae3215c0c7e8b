import { durationWords } from '../core/duration-words'
import type { Step } from '../core/learning-cycle'
import type { Item } from './applier'
import type { Host } from './host'
import type { Kept, LearnerNodeOptions, Line } from './learner-line'

/** What the status of a learning node says. */
export class LearnerStatus<O> {
  constructor(
    private readonly options: Pick<LearnerNodeOptions<O>, 'ready'>,
    private readonly host: Host,
  ) {}

  /** A part works. What was odd about the data that it was learned from stays in sight. */
  ready({ warnings }: Kept<O>): void {
    const { host } = this
    if (warnings === 0) host.status('green', 'dot', this.options.ready?.() ?? host.text('status.ready'))
    else {
      const key = warnings === 1 ? 'status.readyWarning' : 'status.readyWarnings'
      host.status('yellow', 'dot', host.text(key, { count: warnings }))
    }
  }

  /** How far a fit is. @param figures `epoch` and `secondsLeft` where it is a training */
  fitting(done: number, { epoch, secondsLeft }: Readonly<Record<string, number>>): void {
    const { host } = this
    const text =
      epoch === undefined || secondsLeft === undefined
        ? host.text('status.fitting', { percent: Math.round(done * 100) })
        : host.text('status.training', { epoch, left: durationWords(Math.ceil(secondsLeft)) })
    host.status('yellow', 'dot', text)
  }

  /** What became of the newest frame. */
  step(step: Step<Item, Kept<O>>, line: Line<O>): void {
    const { host } = this
    if (line.progress !== undefined) this.fitting(line.progress.done, line.progress.figures)
    else if (step.progress !== undefined)
      host.status('yellow', 'ring', host.text('status.learning', step.progress))
    else if (step.use !== undefined) this.ready(step.use.part)
    else if (step.answer === 'OUT_OF_CONTRACT') host.status('red', 'ring', host.text('status.outOfContract'))
    else if (step.answer === 'NOT_LEARNED') host.status('grey', 'ring', host.text('status.noModel'))
  }
}
