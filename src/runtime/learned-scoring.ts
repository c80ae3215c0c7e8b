import type { AutoencoderModel } from '../core/autoencoder/model'
import { MissingError } from '../core/errors'
import type { Detector, Model } from '../core/stage'
import { cannotBeHad, openModel } from '../model/engines/choose'
import { LearnedSession } from '../model/engines/learned-session'
import type { OnnxAutoencoder } from '../model/onnx/autoencoder'
import { isOnnxPart, loadOnnxPart } from '../model/onnx/onnx-part'
import type { ScoringEngine } from '../train/autoencoder-detector'
import { Scorer } from '../train/scorer'
import { enginesOf } from './engines'
import { statusOf } from './error-status'
import type { Host } from './host'

/** What scores the models that a node has learned: our own engine, or the ONNX runtime that the user has chosen. */
export class LearnedScoring {
  /** @param engine `auto` and `own`: our own; else the name of an ONNX runtime, which is tried at once so that the user is told what is missing */
  constructor(
    private readonly engine: string,
    private readonly host: Host,
  ) {
    if (this.isOwn) return
    host.guarded(async () => {
      const problem = await enginesOf(host.red)
        .find(({ name }) => name === engine)
        ?.check()
      if (problem === undefined || host.isClosed) return
      const { message: reason } = host.translated(cannotBeHad(engine, problem))
      host.warn('model.ownInstead', { reason })
    })
  }

  open(model: AutoencoderModel): ScoringEngine {
    if (this.isOwn) return this.own(model)
    const wish = { engine: this.engine, trusted: true }
    const chosen = new LearnedSession(model, (bytes) => openModel(enginesOf(this.host.red), bytes, wish))
    let instead: ScoringEngine | undefined
    return {
      get engine() {
        return instead?.engine ?? wish.engine
      },
      score: (windows, count) =>
        instead?.score(windows, count) ??
        chosen.score(windows, count).catch((error: unknown) => {
          // What was learned here does not stand still for a runtime that is not there.
          if (!(error instanceof MissingError)) throw error
          instead ??= this.own(model)
          return instead.score(windows, count)
        }),
      dispose: () => chosen.dispose(),
    }
  }

  /** An ONNX file from elsewhere, which only an ONNX runtime runs: opened at once, so that the status says by what. */
  load(part: Parameters<typeof loadOnnxPart>[0]): OnnxAutoencoder {
    const { host } = this
    const wish = { engine: this.isOwn ? 'auto' : this.engine }
    const model = loadOnnxPart(part, (bytes) => openModel(enginesOf(host.red), bytes, wish))
    model.prepare().then(
      () => host.refresh(() => host.status('green', 'dot', this.status(model) ?? '')),
      (error: unknown) => {
        if (host.isClosed) return
        host.failed(statusOf(error))
        host.error(error)
      },
    )
    return model
  }

  /** For the status while a model is at work. */
  status({ engine }: Pick<Model<unknown>, 'engine'>): string | undefined {
    return engine
  }

  private own(model: AutoencoderModel): ScoringEngine {
    const scorer = new Scorer(model)
    const engine = this.host.text(scorer.engine === 'wasm' ? 'train.ownWasm' : 'train.ownPlain')
    return { engine, score: (windows, count) => scorer.score(windows, count) }
  }

  /** The learner, which also works with an ONNX file that was imported into its model. */
  withFiles(learner: Detector): Detector {
    return {
      line: learner.line,
      minimumRows: (columns) => learner.minimumRows(columns),
      check: (window, count) => learner.check?.(window, count),
      fit: (block, context) => learner.fit(block, context),
      load: (body, blobs) => (isOnnxPart({ blobs }) ? this.load({ body, blobs }) : learner.load(body, blobs)),
    }
  }

  private get isOwn(): boolean {
    return this.engine === 'auto' || this.engine === 'own'
  }
}
