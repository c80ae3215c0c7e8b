import { readModel, writeModel, type AutoencoderModel } from '../core/autoencoder/model'
import { parameterCount, type NetworkSpec } from '../core/autoencoder/spec'
import { Block, isNegligible } from '../core/block'
import { inspect } from '../core/data-check'
import { meanAndDeviation } from '../core/scalers/method'
import type { DataWarning, FittedPart } from '../core/stage'
import { networkFor } from './network-for'
import type { AutoencoderSettings } from './learner-settings'
import { memoryNeeded } from './memory'
import { unpackWindows, type PackedWindows } from './packed-windows'
import { Scorer } from './scorer'
import { trainAutoencoder, type TrainingContext } from './train-autoencoder'
import type { TrainingReport } from './training'

/** What to learn from what; can be sent to another thread. */
export interface FitJob {
  readonly settings: AutoencoderSettings
  /** Belong to whoever does the job: they are scaled in place. */
  readonly windows: PackedWindows
  readonly seed: number
  /** A part to go on from: its network, its scaling and its weights. */
  readonly from?: Pick<FittedPart, 'body' | 'blobs'>
}

const VALIDATION_SHARE = 0.2
const CLIP_NORM = 1
const WEIGHT_DECAY = 0.3
/** Least scale of a channel's error, as a share of the mean over all channels: a channel that is copied exactly must not decide alone. */
const ERROR_FLOOR = 0.02
/** And at least this, so that no weight lets a finite error overflow. */
const LEAST_ERROR = 1e-12
/** A network whose loss is above this share of that of the mean alone has learned next to nothing. */
const LEARNED_NOTHING = 0.97

/**
 * Learns an autoencoder in the calling thread: checks and scales the windows, trains, weighs each channel's error.
 * @throws InputError where nothing can be learned from the windows; the signal's reason once aborted
 */
export async function fitAutoencoder(job: FitJob, context: TrainingContext = {}): Promise<FittedPart> {
  const { windows, from } = job
  const block = new Block(unpackWindows(windows))
  const room = block.newColumn()
  const warnings = inspect(block, room)
  const known = from === undefined ? undefined : readModel(from.body, from.blobs)
  const { offset, factor } = known ?? columnScaling(block, room)
  const spec = known?.spec ?? networkFor(job.settings, block.rows, block.channels.length)
  const settings = { ...job.settings, loss: known?.loss ?? job.settings.loss }
  const { data, count: rows } = windows
  scale(data, offset, factor)

  const { weights, report } = await trainAutoencoder(
    {
      spec,
      data,
      rows,
      settings: {
        ...settings,
        seed: settings.seed ^ job.seed,
        clipNorm: CLIP_NORM,
        weightDecay: WEIGHT_DECAY,
        validationShare: VALIDATION_SHARE,
        validationGap: validationGap(windows),
      },
      ...(known === undefined ? {} : { initial: known.weights }),
    },
    context,
  )
  const { loss } = settings
  const model = { channels: block.channels, spec, weights, loss, offset, factor }
  const weight = settings.errorScale === 'plain' ? ones(offset.length) : errorWeights(model, data, rows)
  return {
    ...writeModel({ ...model, weight }),
    report: {
      rows,
      warnings: [...warnings, ...learnedLittle(report, data, loss)],
      figures: figures(report, spec, settings.batch),
    },
  }
}

/**
 * Windows to leave out between those to train on and the latest ones, which validate: as many as share samples with the first
 * of these; at least one, and never so many that fewer than half are left to train on.
 */
export function validationGap({
  count,
  starts,
  ends,
}: Pick<PackedWindows, 'count' | 'starts' | 'ends'>): number {
  const first = count - Math.floor(count * VALIDATION_SHARE)
  let gap = 0
  while (gap < first && ends[first - 1 - gap]! > starts[first]!) gap++
  return Math.max(1, Math.min(gap, first - Math.ceil(count / 2)))
}

function ones(length: number): Float32Array {
  return new Float32Array(length).fill(1)
}

/** Mean and one over the standard deviation of each column; a constant one is only moved. */
function columnScaling(block: Block, room: Float64Array): Pick<AutoencoderModel, 'offset' | 'factor'> {
  const moments = block.channels.map((_, i) => meanAndDeviation(block.column(i, room)))
  return {
    offset: Float32Array.from(moments, ({ center }) => center),
    factor: Float32Array.from(moments, ({ center, scale }) => (isNegligible(scale, center) ? 1 : 1 / scale)),
  }
}

/** (x - offset) · factor per column, in place, rounded as the scorer rounds it. */
function scale(data: Float32Array, offset: Float32Array, factor: Float32Array): void {
  const columns = offset.length
  for (let i = 0, column = 0; i < data.length; i++) {
    data[i] = Math.fround(data[i]! - offset[column]!) * factor[column]!
    if (++column === columns) column = 0
  }
}

/** One over each channel's mean error on the scaled windows learned from, with a floor. */
function errorWeights(
  model: Omit<AutoencoderModel, 'weight'>,
  scaled: Float32Array,
  rows: number,
): Float32Array {
  const { columns } = model.spec
  const asTheyAre = { offset: new Float32Array(columns), factor: ones(columns), weight: ones(columns) }
  const { channelError } = new Scorer({ ...model, ...asTheyAre }).score(scaled, rows)
  const errors = new Float64Array(columns)
  for (let i = 0; i < channelError.length; i++) errors[i % columns]! += channelError[i]! / rows
  const floor = (ERROR_FLOOR * errors.reduce((sum, error) => sum + error, 0)) / columns
  return Float32Array.from(errors, (error) => 1 / Math.max(error + floor, LEAST_ERROR))
}

/** Warns where the network does hardly better than the mean of each channel, on the rows that it was chosen by. */
function learnedLittle(
  report: TrainingReport,
  data: Float32Array,
  loss: AutoencoderModel['loss'],
): readonly DataWarning[] {
  const size = data.length / report.rows
  const judged =
    report.validationRows === 0 ? data : data.subarray((report.rows - report.validationRows) * size)
  const power = loss === 'mse' ? 2 : 1
  const trivial = judged.reduce((sum, value) => sum + Math.abs(value) ** power, 0) / judged.length
  const reached = report.validationLoss / trivial
  return reached < LEARNED_NOTHING
    ? []
    : [{ key: 'train.learnedLittle', params: { share: Math.round(100 * Math.max(0, 1 - reached)) } }]
}

function figures(report: TrainingReport, spec: NetworkSpec, batch: number): FittedPart['report']['figures'] {
  const { trainingRows, validationRows, losses, validationLosses, bestEpoch, loss, validationLoss } = report
  return {
    ...{ trainingRows, validationRows, losses, validationLosses, bestEpoch, loss, validationLoss },
    epochs: losses.length,
    learningRate: report.learningRate,
    restarts: report.restarts,
    seconds: report.seconds,
    parameters: parameterCount(spec),
    megabytes: memoryNeeded(spec, batch, report.rows).total / 1024 / 1024,
  }
}
