import { setImmediate } from 'node:timers/promises'
import { readModel, writeModel, type AutoencoderModel } from '../core/autoencoder/model'
import { checkWindow, presetLayers } from '../core/autoencoder/presets'
import { autoencoderSpec, parameterCount, type NetworkSpec } from '../core/autoencoder/spec'
import { Block, checkShape, isNegligible } from '../core/block'
import { inspect } from '../core/data-check'
import { meanAndDeviation } from '../core/scalers/method'
import { format } from '../core/messages'
import type { Frame } from '../core/frame'
import type { DataWarning, Detector, FitContext, FittedPart, Model, Score } from '../core/stage'
import { AutoencoderDetector, type ScoringEngine } from './autoencoder-detector'
import { autoencoderLine, type AutoencoderSettings } from './learner-settings'
import { checkMemory, memoryNeeded } from './memory'
import { Scorer } from './scorer'
import { trainAutoencoder, type TrainingJob } from './train-autoencoder'
import type { Progress, Trained, TrainingReport } from './training'

/** What the surroundings give a learner. */
export interface LearnerTools {
  /** Trains; in the calling thread without it. */
  train?(
    job: TrainingJob,
    context: { readonly signal?: AbortSignal; progress?(progress: Progress): void },
  ): Promise<Trained>
  /** What scores a learned model; our own engine without it. */
  open?(model: AutoencoderModel): ScoringEngine
  /** A part to go on from: its network, its scaling and its weights. */
  readonly from?: Pick<FittedPart, 'body' | 'blobs'>
}

/** Windows that learning takes at least: below, validation would rest on a handful. */
const MINIMUM_ROWS = 30
const VALIDATION_SHARE = 0.2
/** Windows that overlap by a half know of one neighbour. */
const VALIDATION_GAP = 1
const CLIP_NORM = 1
const WEIGHT_DECAY = 0.3
/** The latest windows, kept for validation, count too in the end. */
const FINISH_SHARE = 0.2
/** Least scale of a channel's error, as a share of the mean over all channels: a channel that is copied exactly must not decide alone. */
const ERROR_FLOOR = 0.02
/** And at least this, so that no weight lets a finite error overflow. */
const LEAST_ERROR = 1e-12
const ERROR_BATCH = 32
/** A network whose loss is above this share of that of the mean alone has learned next to nothing. */
const LEARNED_NOTHING = 0.97

/** An autoencoder that learns from windows or feature vectors and scores them by how badly it reconstructs them. */
export class AutoencoderLearner implements Detector {
  readonly line: string

  constructor(
    private readonly settings: AutoencoderSettings,
    private readonly tools: LearnerTools = {},
  ) {
    this.line = autoencoderLine(settings)
  }

  minimumRows(): number {
    return MINIMUM_ROWS
  }

  async fit(frames: readonly Frame[], context: FitContext = {}): Promise<FittedPart> {
    const block = new Block(frames)
    block.require(MINIMUM_ROWS)
    const warnings = inspect(block)
    const { settings, tools } = this
    const { channels } = block
    const known = this.knownModel(block)
    const { offset, factor } = known ?? columnScaling(block)
    const spec = known?.spec ?? this.specFor(block)
    const rows = frames.length
    checkMemory(spec, settings.batch, rows)

    const windows = concatenated(block)
    const data = scaled(windows, offset, factor)
    const job: TrainingJob = {
      spec,
      data,
      rows,
      settings: {
        ...settings,
        seed: settings.seed ^ (context.seed ?? 0),
        clipNorm: CLIP_NORM,
        weightDecay: WEIGHT_DECAY,
        finishShare: FINISH_SHARE,
        validationShare: VALIDATION_SHARE,
        validationGap: VALIDATION_GAP,
      },
      ...(known === undefined ? {} : { initial: known.weights }),
    }
    const train = tools.train ?? trainAutoencoder
    const { weights, report } = await train(job, {
      ...(context.signal === undefined ? {} : { signal: context.signal }),
      progress: (progress) =>
        context.progress?.(progress.epoch / progress.epochs, progressText(progress), { ...progress }),
    })
    const unweighted: AutoencoderModel = {
      channels,
      spec,
      weights,
      loss: settings.loss,
      offset,
      factor,
      weight: ones(offset.length),
    }
    const weight =
      settings.errorScale === 'plain' ? unweighted.weight : await errorWeights(unweighted, windows, rows)
    const said = [...warnings, ...this.learnedLittle(report, data)]
    return {
      ...writeModel({ ...unweighted, weight }),
      report: { rows, warnings: said, figures: figures(report, spec, settings.batch) },
    }
  }

  load(body: unknown, blobs?: Readonly<Record<string, Uint8Array>>): Model<Score> {
    const model = readModel(body, blobs)
    const open =
      this.tools.open ?? ((each: AutoencoderModel) => new Scorer(each, { engine: this.settings.engine }))
    return new AutoencoderDetector(model, open(model))
  }

  /** The model to go on from, where there is one. @throws InputError where it is of another shape */
  private knownModel({ frames, channels }: Block): AutoencoderModel | undefined {
    const { from } = this.tools
    if (from === undefined) return undefined
    const model = readModel(from.body, from.blobs)
    checkShape(frames[0]!, model.channels ?? channels, model.spec.steps)
    return model
  }

  private specFor({ rows, channels }: Block): NetworkSpec {
    const { kind, layers } = this.settings
    const sizes = typeof layers === 'string' ? presetLayers(kind, layers, rows, channels.length) : layers
    checkWindow(kind, sizes, rows, channels.length)
    return autoencoderSpec(kind, rows, channels.length, sizes)
  }

  /** Warns where the network does hardly better than the mean of each channel, on the rows that it was chosen by. */
  private learnedLittle(report: TrainingReport, data: Float32Array): readonly DataWarning[] {
    const size = data.length / report.rows
    const judged =
      report.validationRows === 0 ? data : data.subarray((report.rows - report.validationRows) * size)
    const power = this.settings.loss === 'mse' ? 2 : 1
    const trivial = judged.reduce((sum, value) => sum + Math.abs(value) ** power, 0) / judged.length
    const reached = (report.validationLosses[report.bestEpoch - 1] ?? Infinity) / trivial
    return reached < LEARNED_NOTHING
      ? []
      : [{ key: 'train.learnedLittle', params: { share: Math.round(100 * Math.max(0, 1 - reached)) } }]
  }
}

function ones(length: number): Float32Array {
  return new Float32Array(length).fill(1)
}

/** Mean and one over the standard deviation of each column; a constant one is only moved. */
function columnScaling(block: Block): { offset: Float32Array; factor: Float32Array } {
  const moments = block.channels.map((_, i) => meanAndDeviation(block.column(i)))
  return {
    offset: Float32Array.from(moments, ({ center }) => center),
    factor: Float32Array.from(moments, ({ center, scale }) => (isNegligible(scale, center) ? 1 : 1 / scale)),
  }
}

/** All windows, one behind the other. */
function concatenated({ frames, rows, channels }: Block): Float32Array {
  const size = rows * channels.length
  const windows = new Float32Array(frames.length * size)
  frames.forEach(({ data }, i) => windows.set(data, i * size))
  return windows
}

/** (x - offset) · factor per column, rounded as the scorer rounds it. */
function scaled(data: Float32Array, offset: Float32Array, factor: Float32Array): Float32Array {
  const columns = offset.length
  return data.map((value, i) => Math.fround(value - offset[i % columns]!) * factor[i % columns]!)
}

/** One over each channel's mean error on the windows learned from, with a floor. Lets others have their turn between batches. */
async function errorWeights(
  model: AutoencoderModel,
  windows: Float32Array,
  rows: number,
): Promise<Float32Array> {
  const scorer = new Scorer(model)
  const { columns, steps } = model.spec
  const size = steps * columns
  const errors = new Float64Array(columns)
  for (let from = 0; from < rows; from += ERROR_BATCH) {
    const count = Math.min(ERROR_BATCH, rows - from)
    const { channelError } = scorer.score(windows.subarray(from * size, (from + count) * size), count)
    for (let i = 0; i < channelError.length; i++) errors[i % columns]! += channelError[i]! / rows
    await setImmediate()
  }
  const floor = (ERROR_FLOOR * errors.reduce((sum, error) => sum + error, 0)) / columns
  return Float32Array.from(errors, (error) => 1 / Math.max(error + floor, LEAST_ERROR))
}

function progressText({ epoch, epochs, validationLoss, secondsLeft }: Progress): string {
  return format('train.progress', {
    epoch,
    epochs,
    loss: validationLoss.toPrecision(3),
    seconds: Math.ceil(secondsLeft),
  })
}

function figures(report: TrainingReport, spec: NetworkSpec, batch: number): FittedPart['report']['figures'] {
  return {
    trainingRows: report.trainingRows,
    validationRows: report.validationRows,
    epochs: report.losses.length,
    bestEpoch: report.bestEpoch,
    loss: report.losses[report.bestEpoch - 1] ?? NaN,
    validationLoss: report.validationLosses[report.bestEpoch - 1] ?? NaN,
    losses: report.losses,
    validationLosses: report.validationLosses,
    learningRate: report.learningRate,
    restarts: report.restarts,
    seconds: report.seconds,
    parameters: parameterCount(spec),
    megabytes: memoryNeeded(spec, batch, report.rows) / 1024 / 1024,
  }
}

/** Makes an autoencoder that learns on the device. */
export function makeAutoencoder(settings: AutoencoderSettings, tools: LearnerTools = {}): AutoencoderLearner {
  return new AutoencoderLearner(settings, tools)
}
