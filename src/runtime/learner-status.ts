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

  /** A part works, or is only being opened. What was odd about the data that it was learned from stays in sight. */
  ready({ warnings, model }: Kept<O>): void {
    const { host, options } = this
    const text = options.ready === undefined ? host.text('status.ready') : options.ready(model)
    if (text === undefined) host.status('yellow', 'ring', host.text('status.loading'))
    else if (warnings === 0) host.status('green', 'dot', text)
    else {
      const key = warnings === 1 ? 'status.readyWarning' : 'status.readyWarnings'
      host.status('yellow', 'dot', host.text(key, { count: warnings }))
    }
  }

  /** How far a fit is. */
  fitting(short: string): void {
    this.host.status('yellow', 'dot', short)
  }

  /** What became of the newest frame. */
  step(step: Step<Item, Kept<O>>, line: Line<O>): void {
    const { host } = this
    if (line.progress !== undefined) this.fitting(line.progress.short)
    else if (step.progress !== undefined)
      host.status('yellow', 'ring', host.text('status.learning', step.progress))
    else if (step.use !== undefined) this.ready(step.use.part)
    else if (step.answer === 'OUT_OF_CONTRACT') host.status('red', 'ring', host.text('status.outOfContract'))
    else if (step.answer === 'NOT_LEARNED') host.status('grey', 'ring', host.text('status.noModel'))
  }
}
