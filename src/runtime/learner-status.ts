import type { Step } from '../core/learning-cycle'
import { unscored, type Item } from './applier'
import type { Host } from './host'
import type { Kept, LearnerNodeOptions, Line } from './learner-line'
import { streamOf, type Message } from './message'
import type { StreamKey } from './streams'

/** What a learning node says: in its status, and of frames that get no score. */
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

  /** The answer to a frame that no part works on. */
  answer(step: Step<Item, Kept<O>>, item: Item, line: Line<O>): Message {
    const reason = step.answer === 'OUT_OF_CONTRACT' ? 'OUT_OF_CONTRACT' : 'LEARNING'
    let detail = line.progress?.text
    if (step.difference !== undefined) detail = this.host.text('learning.mismatch', step.difference)
    else if (step.answer === 'NOT_LEARNED')
      detail = this.host.text('learning.notLearned', { stream: streamOf(item.message) })
    return unscored(item, reason, detail)
  }

  /** The answer to a frame of a context that has not been learned, where `learned` have. */
  unknown(item: Item, { topic, context }: StreamKey, learned: readonly string[]): Message {
    const { host } = this
    host.refresh(() => host.status('yellow', 'ring', host.text('status.unknownContext')))
    const params = { stream: topic, context: context!, known: learned.join(', ') }
    return unscored(item, 'UNKNOWN_CONTEXT', host.text('learning.unknownContext', params))
  }
}
