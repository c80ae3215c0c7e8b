import { readModel, type AutoencoderModel } from '../core/autoencoder/model'
import { checkShape } from '../core/block'
import { InputError } from '../core/errors'
import { rowCount, type Frame } from '../core/frame'
import { format } from '../core/messages'
import type { Detector, FitContext, FitProgress, FittedPart, Model, Score } from '../core/stage'
import { AutoencoderDetector, type ScoringEngine } from './autoencoder-detector'
import { fitAutoencoder, type FitJob } from './fit-autoencoder'
import { autoencoderLine, type AutoencoderSettings } from './learner-settings'
import { checkMemory } from './memory'
import { networkFor } from './network-for'
import { packWindows } from './packed-windows'
import { Scorer } from './scorer'
import type { TrainingContext } from './train-autoencoder'
import type { Progress } from './training'
import { TrainingQueue } from './training-queue'

/** What the surroundings give a learner. */
export interface LearnerTools {
  /** Learns; in the calling thread without it. */
  fit?(job: FitJob, context: Pick<TrainingContext, 'signal' | 'progress'>): Promise<FittedPart>
  /** @throws UserError where that cannot be done here */
  check?(): void
  /** Whom the learner takes turns with. */
  readonly queue?: TrainingQueue
  /** What scores a learned model; our own engine without it. */
  open?(model: AutoencoderModel): ScoringEngine
  /** A part to go on from: its line, its network, its scaling and its weights. */
  readonly from?: Pick<FittedPart, 'body' | 'blobs'> & { readonly kind?: string }
}

/** Windows that learning takes at least: below, validation would rest on a handful. */
export const MINIMUM_ROWS = 30

/** An autoencoder that learns from windows or feature vectors and scores them by how badly it reconstructs them. */
export class AutoencoderLearner implements Detector {
  readonly line: string
  private readonly known: AutoencoderModel | undefined

  /** @throws InputError where the part to go on from is not an autoencoder's */
  constructor(
    private readonly settings: AutoencoderSettings,
    private readonly tools: LearnerTools = {},
  ) {
    const { from } = tools
    this.line = from?.kind ?? autoencoderLine(settings)
    this.known = from === undefined ? undefined : readModel(from.body, from.blobs)
  }

  minimumRows(): number {
    return MINIMUM_ROWS
  }

  check(frame: Frame, count: number): void {
    const { known, settings, tools } = this
    if (count < MINIMUM_ROWS)
      throw new InputError('learning.tooFewRows', { field: 'rows', need: MINIMUM_ROWS, got: count })
    if (known !== undefined) checkShape(frame, known.channels ?? frame.channels, known.spec.steps)
    const spec = known?.spec ?? networkFor(settings, rowCount(frame), frame.channels.length)
    checkMemory(spec, settings.batch, count)
    tools.check?.()
  }

  async fit(frames: readonly Frame[], context: FitContext = {}): Promise<FittedPart> {
    const { tools, settings } = this
    const { seed = 0, signal } = context
    const [first] = frames
    if (first === undefined) throw new InputError('learning.tooFewRows', { field: 'rows', need: 1, got: 0 })
    this.check(first, frames.length)
    const queue = tools.queue ?? new TrainingQueue()
    return queue.run(
      async () => {
        const windows = await packWindows(frames, signal)
        const from = tools.from && { body: tools.from.body, blobs: tools.from.blobs }
        return (tools.fit ?? fitAutoencoder)(
          { settings, windows, seed, ...(from === undefined ? {} : { from }) },
          {
            ...(signal === undefined ? {} : { signal }),
            progress: (progress) => context.progress?.(progress.epoch / progress.epochs, words(progress)),
          },
        )
      },
      {
        ...(signal === undefined ? {} : { signal }),
        waits: (ahead) => context.progress?.(0, waiting(ahead)),
      },
    )
  }

  load(body: unknown, blobs?: Readonly<Record<string, Uint8Array>>): Model<Score> {
    const model = readModel(body, blobs)
    const open =
      this.tools.open ?? ((each: AutoencoderModel) => new Scorer(each, { engine: this.settings.engine }))
    return new AutoencoderDetector(model, open(model))
  }
}

function words(progress: Progress): FitProgress {
  const { epoch, epochs, validationLoss, secondsLeft } = progress
  const seconds = Math.ceil(secondsLeft)
  const loss = validationLoss.toPrecision(3)
  return {
    text: format('train.progress', { epoch, epochs, loss, seconds }),
    short: format('train.epoch', { epoch, epochs, loss: inFour(validationLoss), left: inThree(seconds) }),
    figures: { ...progress },
  }
}

/** A loss in at most four characters: `.052`, `1.23`, `123`, `5e-5`. */
function inFour(loss: number): string {
  const short = [3, 2, 1].map((digits) => String(Number(loss.toPrecision(digits))).replace(/^0\./, '.'))
  return (
    short.find((text) => text.length <= 4) ?? (loss < 1e-9 ? '0' : loss.toExponential(0).replace('+', ''))
  )
}

/** A time in at most three characters: `99s`, `99m`, `48h`. */
function inThree(seconds: number): string {
  if (seconds < 100) return `${seconds}s`
  const minutes = Math.ceil(seconds / 60)
  return minutes < 100 ? `${minutes}m` : `${Math.ceil(minutes / 60)}h`
}

function waiting(ahead: number): FitProgress {
  return { text: format('train.waiting', { ahead }), short: format('train.waitingShort') }
}

/** Makes an autoencoder that learns on the device. */
export function makeAutoencoder(settings: AutoencoderSettings, tools: LearnerTools = {}): AutoencoderLearner {
  return new AutoencoderLearner(settings, tools)
}
