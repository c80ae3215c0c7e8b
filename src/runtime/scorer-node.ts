import { ContractExtender } from '../core/contract'
import { FrameReader } from '../core/read-frame'
import type { Model, Score } from '../core/stage'
import { Applier, presentScore } from './applier'
import type { Behaviour } from './define-node'
import type { Host } from './host'
import { carriesVerdict, isControl, type Message, type Send, streamOf } from './message'
import { streamKey } from './streams'

export interface ScorerNodeOptions {
  readonly detector: string
  readonly model: Model<Score>
  /** What verdicts name as their model. */
  readonly modelName: string
  /** Contract line of the model, ending in its hash. */
  readonly line: string
  readonly queueLimit: number
  /** Opens the model and says what runs it; the status shows that. */
  ready(): Promise<string>
}

/** Behaviour of a detector that learns nothing here: a model from elsewhere scores whatever fits its input. */
export class ScorerNode implements Behaviour {
  private readonly reader = new FrameReader()
  private readonly applier: Applier<Score>
  private readonly part

  constructor(
    private readonly options: ScorerNodeOptions,
    private readonly host: Host,
  ) {
    const model = { name: options.modelName, version: 1 }
    this.applier = new Applier(
      options.queueLimit,
      presentScore(options.detector, () => model),
      host,
    )
    this.part = { model: options.model, extender: new ContractExtender(options.line) }
  }

  start(): void {
    this.host.status('yellow', 'ring', this.host.text('status.loading'))
    this.options.ready().then(
      (engine) => this.host.status('green', 'dot', engine),
      (error: unknown) => {
        this.host.failed('status.failed')
        this.host.error(error)
      },
    )
  }

  input(message: Message, send: Send): void | Promise<void> {
    if (isControl(message) || carriesVerdict(message)) {
      return this.applier.submit({ kind: 'pass', message, send })
    }
    const frame = this.reader.read(message.payload, this.host.now())
    const item = { frame, message, send }
    return this.applier.submit({
      kind: 'apply',
      item,
      part: this.part,
      stream: streamKey(streamOf(message)),
      inSample: false,
    })
  }

  close(): void {
    this.applier.clear()
    this.options.model.dispose?.()
  }
}
