import type { Contract } from '../core/contract'
import { LearningCycle } from '../core/learning-cycle'
import type { Item } from './applier'
import { toKept } from './fitting'
import type { Host } from './host'
import type { Kept, LearnerNodeOptions, Line } from './learner-line'
import type { KeptPart } from './model-access'
import { StreamMap, type StreamKey } from './streams'

/** The part at work, that of before, and one more for a run that is given up. */
const PARTS_KEPT = 3

type Options<O> = Pick<LearnerNodeOptions<O>, 'learner' | 'access' | 'rows' | 'whenEmpty' | 'maxStreams'>

/** What a learning node keeps of each stream (and context): its life cycle, with the parts that the model holds for it. */
export class LearnerLines<O> {
  readonly map: StreamMap<Line<O>>
  private blocks = 0

  /** @param mayBegin may this context of the stream begin to be learned? */
  constructor(
    private readonly options: Options<O>,
    private readonly mayBegin: (topic: string, context: string) => boolean,
    private readonly host: Host,
  ) {
    this.map = new StreamMap(options.maxStreams, (key) => this.open(key))
  }

  /** Of a stream, whatever the context; '' is every stream. */
  ofStream(topic: string): readonly Line<O>[] {
    return this.map.ofStream(topic)
  }

  /** For a block that begins. */
  readonly newId = (): string => `${this.host.node.id}.${++this.blocks}.${this.host.now()}`

  /**
   * What arrives is new: the part for it may be in an earlier version (something was rolled back before this node), and a learning
   * run that came as far as here may have been interrupted by a restart.
   */
  takeUp(line: Line<O>, contract: Contract): void {
    const { access, learner } = this.options
    if (line.cycle.find(contract) === undefined) {
      const kept = access.partFor(line.key, learner.line, contract)
      if (kept !== undefined) this.adopt(line.cycle, kept)
    }
    if (!line.cycle.isLearning && access.awaits(line.key, contract)) line.cycle.learn(this.newId())
  }

  /** Ends what engines hold for a line that is not needed any more. */
  dispose(line: Line<O>): void {
    for (const { part } of line.cycle.parts) part.model.dispose?.()
  }

  private open(key: StreamKey): Line<O> {
    const { access, learner, rows, whenEmpty } = this.options
    access.claim(key)
    const { topic, context } = key
    const cycle = new LearningCycle<Item, Kept<O>>({
      size: rows,
      whenEmpty: context === undefined ? whenEmpty : () => this.mayBegin(topic, context),
      hold: true,
      keep: PARTS_KEPT,
    })
    // The newest is adopted last.
    for (const kept of [...access.partsOf(key, learner.line)].reverse()) this.adopt(cycle, kept)
    return { key, cycle }
  }

  private adopt(cycle: Line<O>['cycle'], kept: KeptPart): void {
    try {
      const part = toKept(this.options.learner, kept, kept.hash)
      for (const old of cycle.adopt(kept.input, part)) old.model.dispose?.()
    } catch (error) {
      this.host.error(error)
    }
  }
}
