import type { AutoencoderModel } from '../core/autoencoder/model'
import type { Detector } from '../core/stage'
import { openModel } from '../model/engines/choose'
import type { Session } from '../model/engines/engine'
import { LearnedSession } from '../model/engines/learned-session'
import { isOnnxPart, loadOnnxPart } from '../model/onnx/onnx-part'
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

  /** The learner, which also works with an ONNX file that was imported into its model. */
  withFiles(learner: Detector): Detector {
    return {
      line: learner.line,
      minimumRows: (columns) => learner.minimumRows(columns),
      fit: (block, context) => learner.fit(block, context),
      load: (body, blobs) =>
        isOnnxPart({ blobs })
          ? loadOnnxPart({ body, blobs }, (bytes) => this.openFile(bytes))
          : learner.load(body, blobs),
    }
  }

  /** Opens an ONNX file from elsewhere, which only an ONNX runtime runs. */
  private async openFile(bytes: Uint8Array): Promise<Session> {
    const session = await openModel(enginesOf(this.host.red), bytes, {
      engine: this.isOwn ? 'auto' : this.engine,
    })
    this.name = session.engine
    return session
  }

  /** For the status, once a model is at work: what runs it. */
  get status(): string {
    return this.name
  }

  private get isOwn(): boolean {
    return this.engine === 'auto' || this.engine === 'own'
  }
}
