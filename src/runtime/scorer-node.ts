import { ContractExtender } from '../core/contract'
import { FrameReader } from '../core/read-frame'
import type { Model, Score } from '../core/stage'
import { Applier, Item, presentScore, type Working } from './applier'
import type { Behaviour } from './define-node'
import { statusOf } from './error-status'
import type { Host } from './host'
import { carriesVerdict, isControl, type Message, type Send, streamOf } from './message'
import { streamKey } from './streams'

/** Node-RED says so after each deploy, to the nodes too that were not changed by it. */
const DEPLOYED = 'flows:started'

/** A model from elsewhere. */
export interface ScoringModel {
  readonly model: Model<Score>
  /** What verdicts name as their model. */
  readonly name: string
  /** Contract line of the model, ending in its hash. */
  readonly line: string
  /** Opens the model and says what runs it; the status shows that. */
  ready(): Promise<string>
}

export interface ScorerNodeOptions {
  readonly detector: string
  readonly queueLimit: number
  /** Reads the model. @throws UserError */
  load(): ScoringModel
  /** What changes where there is another model to be read; asked at each deploy. */
  stamp(): string
}

/** Behaviour of a detector that learns nothing here: a model from elsewhere scores whatever fits its input. */
export class ScorerNode implements Behaviour {
  private readonly reader: FrameReader
  private readonly applier: Applier<Score>
  private stamp: string | undefined
  private loaded: ScoringModel | undefined
  private part: Working<Score> | undefined
  /** What runs the model, once it is open. */
  private engine: string | undefined
  /** Why there is no model. */
  private problem: unknown

  constructor(
    private readonly options: ScorerNodeOptions,
    private readonly host: Host,
  ) {
    this.reader = new FrameReader(host)
    const name = (): { name: string; version: number } => ({ name: this.loaded?.name ?? '', version: 1 })
    this.applier = new Applier(options.queueLimit, presentScore(options.detector, name), host)
    host.red.events.on(DEPLOYED, this.take)
  }

  start(): void {
    this.take()
  }

  private open(loaded: ScoringModel): void {
    this.engine = undefined
    this.host.status('yellow', 'ring', this.host.text('status.loading'))
    loaded.ready().then(
      (engine) => {
        if (this.loaded !== loaded) return
        this.engine = engine
        this.show()
      },
      (error: unknown) => this.failed(error),
    )
  }

  input(message: Message, send: Send): void | Promise<void> {
    if (isControl(message) || carriesVerdict(message)) {
      return this.applier.submit({ kind: 'pass', message, send })
    }
    const { part } = this
    if (part === undefined) throw this.problem
    const frame = this.reader.read(message.payload)
    const item = new Item(frame, message, send)
    // What was dropped before is over, unless this one is too many as well.
    this.host.refresh(() => this.show())
    return this.applier.submit({
      kind: 'apply',
      item,
      part,
      stream: streamKey(streamOf(message)),
      inSample: false,
    })
  }

  private show(): void {
    if (this.engine !== undefined) this.host.status('green', 'dot', this.engine)
  }

  close(): void {
    this.host.red.events.off(DEPLOYED, this.take)
    this.applier.clear()
    this.loaded?.model.dispose?.()
  }

  /** Takes up the file, and later one that has come or was replaced; one that cannot be read leaves the old model at work. */
  private readonly take = (): void => {
    const stamp = this.options.stamp()
    if (stamp === this.stamp) return
    this.stamp = stamp
    try {
      const loaded = this.options.load()
      this.loaded?.model.dispose?.()
      this.loaded = loaded
      this.part = { model: loaded.model, extender: new ContractExtender(loaded.line) }
      this.open(loaded)
    } catch (error) {
      this.problem = error
      this.failed(error)
    }
  }

  private failed(error: unknown): void {
    this.host.failed(statusOf(error))
    this.host.error(error)
  }
}
