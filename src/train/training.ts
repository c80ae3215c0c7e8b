import { InputError } from '../core/errors'
import { Random } from '../core/random'
import type { Engine } from './kernels/choose'
import { shuffle } from './shuffle'
import type { Loss, NetworkSpec } from '../core/autoencoder/spec'

/** How a network is trained. */
export interface TrainingSettings {
  readonly loss: Loss
  /** Most passes over the data. */
  readonly epochs: number
  /** Windows per step. */
  readonly batch: number
  readonly learningRate: number
  /** Decoupled weight decay: what a kernel loses at each step is this times the learning rate. */
  readonly weightDecay: number
  /** Epochs without a better validation loss after which training ends. */
  readonly patience: number
  /** Largest Euclidean norm of all gradients; larger ones are scaled down to it. 0: no limit. */
  readonly clipNorm: number
  /** Share of the rows, the latest ones, that is kept for validation. 0: the training loss decides. */
  readonly validationShare: number
  /** Rows left out between training and validation, since overlapping windows know of one another. */
  readonly validationGap: number
  readonly seed: number
  readonly engine: Engine
}

/** What is known after an epoch. */
export interface Progress {
  /** Epochs done, from 1. */
  readonly epoch: number
  readonly epochs: number
  readonly loss: number
  readonly validationLoss: number
  /** Until the last epoch, if patience does not end it before. */
  readonly secondsLeft: number
}

export interface TrainingReport {
  readonly rows: number
  readonly trainingRows: number
  readonly validationRows: number
  /** Mean loss of the steps of each epoch of the run that was kept. */
  readonly losses: readonly number[]
  readonly validationLosses: readonly number[]
  /** The epoch whose weights were kept; 0: those that training went on from, which no epoch bettered. */
  readonly bestEpoch: number
  /** Of the weights that were kept. */
  readonly loss: number
  readonly validationLoss: number
  readonly ended: 'epochs' | 'patience'
  /** Runs that were given up since the loss was no longer a number. */
  readonly restarts: number
  /** The rate of the run that was kept. */
  readonly learningRate: number
  readonly seconds: number
}

export interface Trained {
  readonly spec: NetworkSpec
  readonly weights: Float32Array
  readonly report: TrainingReport
}

/** A network being trained, whatever does the arithmetic. Windows are rows of `data`, row-major. */
export interface Trainee {
  /** A copy of the weights, in the order of `parameterBlocks`. */
  getWeights(): Float32Array
  /** Sets the weights and forgets the optimiser's moments. */
  begin(weights: Float32Array): void
  /** One step on windows order[from … from + count); its mean loss before the step, not finite where training has failed. */
  step(data: Float32Array, order: Uint32Array, from: number, count: number, learningRate: number): number
  /** Mean loss over windows from … from + count. */
  evaluate(data: Float32Array, from: number, count: number): number
  dispose(): void
}

/** Runs given up before training is called a failure, each at a fourth of the rate before. */
const MOST_RESTARTS = 3
const STEPS_PER_BREATH = 64
/** Keeps the random order apart from the random weights of the same seed. */
const ORDER = 0x9e3779b9

interface Split {
  readonly training: number
  readonly from: number
  readonly validation: number
}

/** Earlier rows for training, a gap, the latest rows for validation; too few rows: all for training. */
export function splitRows(rows: number, { validationShare, validationGap }: TrainingSettings): Split {
  const validation = Math.floor(rows * validationShare)
  const training = rows - validation - validationGap
  if (validation < 1 || training < 1) return { training: rows, from: 0, validation: 0 }
  return { training, from: rows - validation, validation }
}

class Diverged extends Error {}

/** Weights to begin with. */
export interface Beginning {
  readonly weights: Float32Array
  /** They have been trained before: kept where no epoch betters them. */
  readonly isTrained: boolean
}

/**
 * Trains by mini-batches in a seeded random order and keeps the weights of the epoch with the lowest validation loss.
 * A generator, so that whoever drives it decides about threads, time and ending early: it yields after each epoch, and
 * undefined every few steps.
 * @param now milliseconds of a clock that runs evenly
 * @throws InputError where the loss stays no number at a 64th of the learning rate
 */
export function* training(
  spec: NetworkSpec,
  trainee: Trainee,
  beginning: Beginning,
  data: Float32Array,
  rows: number,
  settings: TrainingSettings,
  now: () => number,
): Generator<Progress | undefined, Trained> {
  const started = now()
  for (let restarts = 0; ; restarts++) {
    const learningRate = settings.learningRate / 4 ** restarts
    try {
      const run = yield* oneRun(trainee, beginning, data, rows, { ...settings, learningRate }, now)
      const seconds = (now() - started) / 1000
      return { spec, weights: run.weights, report: { ...run.report, restarts, learningRate, seconds } }
    } catch (error) {
      if (!(error instanceof Diverged)) throw error
      if (restarts === MOST_RESTARTS)
        throw new InputError('train.diverged', { field: 'learningRate', rate: learningRate })
    }
  }
}

/** One pass over the rows in `order`, shuffled anew; gives back the mean loss. @throws Diverged */
function* oneEpoch(
  trainee: Trainee,
  data: Float32Array,
  order: Uint32Array,
  { batch, learningRate }: TrainingSettings,
  random: Random,
): Generator<undefined, number> {
  shuffle(order, random)
  let sum = 0
  for (let from = 0, step = 1; from < order.length; from += batch, step++) {
    const count = Math.min(batch, order.length - from)
    const loss = trainee.step(data, order, from, count, learningRate)
    if (!Number.isFinite(loss)) throw new Diverged()
    sum += loss * count
    if (step % STEPS_PER_BREATH === 0) yield undefined
  }
  return sum / order.length
}

function everyRow(rows: number): Uint32Array {
  return Uint32Array.from({ length: rows }, (_, i) => i)
}

interface Run {
  readonly weights: Float32Array
  readonly report: Omit<TrainingReport, 'restarts' | 'learningRate' | 'seconds'>
}

function* oneRun(
  trainee: Trainee,
  beginning: Beginning,
  data: Float32Array,
  rows: number,
  settings: TrainingSettings,
  now: () => number,
): Generator<Progress | undefined, Run> {
  const { epochs, patience } = settings
  const split = splitRows(rows, settings)
  const order = everyRow(split.training)
  const random = new Random(settings.seed ^ ORDER)
  const losses: number[] = []
  const validationLosses: number[] = []
  const validate = (loss: number): number => {
    const validationLoss =
      split.validation === 0 ? loss : trainee.evaluate(data, split.from, split.validation)
    if (!Number.isFinite(validationLoss)) throw new Diverged()
    return validationLoss
  }
  let { weights } = beginning
  trainee.begin(weights)
  let best = { epoch: 0, loss: Infinity, validationLoss: Infinity }
  if (beginning.isTrained) {
    const loss = trainee.evaluate(data, 0, split.training)
    best = { epoch: 0, loss, validationLoss: validate(loss) }
  }
  const started = now()
  while (losses.length < epochs && losses.length - best.epoch < patience) {
    const loss = yield* oneEpoch(trainee, data, order, settings, random)
    const validationLoss = validate(loss)
    losses.push(loss)
    validationLosses.push(validationLoss)
    const epoch = losses.length
    if (validationLoss < best.validationLoss) {
      best = { epoch, loss, validationLoss }
      weights = trainee.getWeights()
    }
    const secondsLeft = ((now() - started) / 1000 / epoch) * (epochs - epoch)
    yield { epoch, epochs, loss, validationLoss, secondsLeft }
  }
  const report = {
    rows,
    trainingRows: split.training,
    validationRows: split.validation,
    losses,
    validationLosses,
    bestEpoch: best.epoch,
    loss: best.loss,
    validationLoss: best.validationLoss,
    ended: losses.length - best.epoch >= patience ? 'patience' : 'epochs',
  } as const
  return { weights, report }
}
