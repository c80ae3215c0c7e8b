import type { AutoencoderModel } from '../core/autoencoder/model'
import { openModel } from '../model/engines/choose'
import type { Session } from '../model/engines/engine'
import { LearnedSession } from '../model/engines/learned-session'
import type { ScoringEngine } from '../train/autoencoder-detector'
import { Scorer } from '../train/scorer'
import { enginesOf } from './engines'
import type { Host } from './host'

/** What scores the models that a node has learned: our own engine, or the ONNX runtime that the user has chosen. */
export class LearnedScoring {
  private name = ''

  /** @param engine `auto` and `own`: our own; else the name of an ONNX runtime, which is tried at once so that the user is told what is missing */
  constructor(
    private readonly engine: string,
    private readonly host: Host,
  ) {
    if (this.isOwn) return
    this.name = engine
    const chosen = enginesOf(host.red).find(({ name }) => name === engine)
    host.guarded(async () => {
      const problem = await chosen?.check()
      if (problem === undefined || host.isClosed) return
      host.failed('status.failed')
      host.error(problem)
    })
  }

  open(model: AutoencoderModel): ScoringEngine {
    if (!this.isOwn) {
      const wish = { engine: this.engine, trusted: true }
      return new LearnedSession(model, (bytes) => openModel(enginesOf(this.host.red), bytes, wish))
    }
    const scorer = new Scorer(model)
    this.name = this.host.text(scorer.engine === 'wasm' ? 'train.ownWasm' : 'train.ownPlain')
    return scorer
  }

  /** Opens an ONNX file from elsewhere, which only an ONNX runtime runs. */
  async openFile(bytes: Uint8Array): Promise<Session> {
    const session = await openModel(enginesOf(this.host.red), bytes, {
      engine: this.isOwn ? 'auto' : this.engine,
    })
    this.name = session.engine
    return session
  }

  /** For the status, once a model is at work. */
  get status(): string {
    return this.host.text('train.ready', { engine: this.name })
  }

  private get isOwn(): boolean {
    return this.engine === 'auto' || this.engine === 'own'
  }
}
