import { DeviceError, InputError } from '../../core/errors'
import { Shares } from '../../core/detectors/column-scores'
import { rowCount, type Frame } from '../../core/frame'
import type { Model, Score } from '../../core/stage'
import type { Session, Tensor } from '../engines/engine'
import { dimsOf, inputLayout, MAX_WINDOWS, type InputLayout, type Layout, type Shape } from './layout'
import { planOutputs, type OutputPlan } from './outputs'
import type { TensorInfo } from './read'

export interface ForeignSettings {
  /** Mean absolute or mean squared reconstruction error; a score that is folded into the file is taken as it is. */
  readonly error: 'mae' | 'mse'
  readonly layout?: Layout | 'auto'
}

/**
 * The user's own ONNX autoencoder at work. For a window x of rows × channels and its reconstruction y:
 * channel_error[c] = mean over rows of |x − y| (MAE) or (x − y)² (MSE); score = mean over channels of channel_error.
 * Contributions are the channel errors, divided by their sum. Frames of one shape are run together where the model takes that.
 */
export class OnnxAutoencoder implements Model<Score> {
  /** Once it is open. */
  engine?: string
  private session?: Promise<Session>
  private oneByOne = false
  private shares?: Shares
  private named?: readonly string[]

  /** @param open opens the model, when it is prepared or at the first frame; it is asked once */
  constructor(
    private readonly open: () => Promise<Session>,
    private readonly settings: ForeignSettings,
  ) {}

  /**
   * @throws InputError where the frames' shape is not the model's, or an output is not finite; DeviceError where the engine
   * cannot be had or refuses
   */
  async apply(frames: readonly Frame[]): Promise<readonly Score[]> {
    const session = await this.opened()
    const scores: Score[] = []
    for (let from = 0; from < frames.length;) {
      const first = frames[from]
      if (first === undefined) break
      const shape = shapeOf(first)
      const input = checkInput(session)
      const layout = inputLayout(input, shape, this.settings.layout ?? 'auto')
      const most = this.limit(layout)
      let to = from + 1
      while (to < frames.length && to - from < most && sameShape(shapeOf(frames[to]), shape)) to++
      const job = { session, layout, plan: planOutputs(input, session.outputs), shape }
      scores.push(...(await this.run(job, frames.slice(from, to))))
      from = to
    }
    return scores
  }

  /** Opens the model ahead of the first frame. @returns the name of its engine @throws as `apply` */
  async prepare(): Promise<string> {
    return (await this.opened()).engine
  }

  private async opened(): Promise<Session> {
    this.session ??= this.open()
    const session = await this.session
    this.engine = session.engine
    return session
  }

  dispose(): void {
    const session = this.session
    this.session = undefined
    session?.then((opened) => opened.dispose()).catch(() => undefined)
  }

  private limit({ batch }: InputLayout): number {
    if (this.oneByOne) return 1
    return batch === 'any' ? MAX_WINDOWS : batch
  }

  private async run(job: Job, frames: readonly Frame[]): Promise<readonly Score[]> {
    const { session, layout, plan, shape } = job
    // A model with a fixed batch gets windows of zeros to fill it up.
    const windows = layout.batch === 'any' ? frames.length : layout.batch
    const batch = packWindows(frames, layout.layout, shape, windows)
    const names = [plan.score, plan.channelError, plan.reconstruction].filter((name) => name !== undefined)
    try {
      const outputs = await session.run(batch, dimsOf(layout.layout, shape, windows), names)
      return frames.map((frame, index) =>
        this.scoreOf(job, frame.channels, { batch, outputs, windows, index }),
      )
    } catch (error) {
      // Some exported models state an open batch, but hold shapes for one window: they still work one by one.
      if (!(error instanceof DeviceError) || layout.batch !== 'any' || frames.length === 1) throw error
      const scores: Score[] = []
      for (const frame of frames) scores.push(...(await this.run(job, [frame])))
      this.oneByOne = true
      return scores
    }
  }

  private scoreOf({ plan, shape, layout }: Job, channels: readonly string[], done: Done): Score {
    const errors =
      plan.channelError !== undefined
        ? new Float64Array(valuesOf(done, plan.channelError, shape.channels))
        : plan.reconstruction !== undefined
          ? this.channelErrors(done, plan.reconstruction, layout.layout, shape)
          : new Float64Array(shape.channels)
    const score =
      plan.score === undefined ? sumOf(errors) / shape.channels : valuesOf(done, plan.score, 1)[0]!
    if (!Number.isFinite(score))
      throw new InputError('model.outputNotFinite', { field: 'model', got: String(score) })
    return { score: Math.max(0, score), contributions: this.sharesOf(channels, errors) }
  }

  /** Each channel's share of the errors; equal shares where there is no error or the model tells none. */
  private sharesOf(channels: readonly string[], errors: Float64Array): Readonly<Record<string, number>> {
    if (this.named !== channels || this.shares === undefined) {
      this.shares = new Shares(channels)
      this.named = channels
    }
    return this.shares.ofRun(isUsable(errors) ? errors : usable(errors))
  }

  private channelErrors(done: Done, name: string, layout: Layout, { rows, channels }: Shape): Float64Array {
    const size = rows * channels
    const values = valuesOf(done, name, size)
    const takesRows = layout !== 'channels-rows'
    const givesRows = takesRows || (rows !== channels && done.outputs.get(name)?.dims.at(-1) === channels)
    const { batch } = done
    const first = done.index * size
    const absolute = this.settings.error === 'mae'
    const [takenRow, takenChannel] = takesRows ? [channels, 1] : [1, rows]
    const [givenRow, givenChannel] = givesRows ? [channels, 1] : [1, rows]
    const errors = new Float64Array(channels)
    for (let channel = 0; channel < channels; channel++) {
      let sum = 0
      let taken = first + channel * takenChannel
      let given = channel * givenChannel
      for (let row = 0; row < rows; row++, taken += takenRow, given += givenRow) {
        const difference = batch[taken]! - values[given]!
        sum += absolute ? Math.abs(difference) : difference * difference
      }
      errors[channel] = sum / rows
    }
    return errors
  }
}

/** What is settled for frames of one shape. */
interface Job {
  readonly session: Session
  readonly layout: InputLayout
  readonly plan: OutputPlan
  readonly shape: Shape
}

/** A run that is done, and which of its windows is meant. */
interface Done {
  readonly batch: Float32Array
  readonly outputs: ReadonlyMap<string, Tensor>
  readonly windows: number
  readonly index: number
}

function packWindows(
  frames: readonly Frame[],
  layout: Layout,
  { rows, channels }: Shape,
  windows: number,
): Float32Array {
  const size = rows * channels
  const batch = new Float32Array(windows * size)
  frames.forEach((frame, i) => {
    if (layout !== 'channels-rows') {
      batch.set(frame.data, i * size)
      return
    }
    for (let row = 0; row < rows; row++) {
      for (let channel = 0; channel < channels; channel++) {
        batch[i * size + channel * rows + row] = frame.data[row * channels + channel]!
      }
    }
  })
  return batch
}

/** The window's values of an output. @throws InputError where the output does not hold `size` values for each window */
function valuesOf({ outputs, windows, index }: Done, name: string, size: number): Float32Array {
  const data = outputs.get(name)?.data ?? new Float32Array(0)
  if (data.length !== windows * size) {
    throw new InputError('model.outputShape', { field: 'model', got: data.length / windows, expected: size })
  }
  return data.subarray(index * size, (index + 1) * size)
}

function sumOf(values: Float64Array): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return sum
}

function isUsable(errors: Float64Array): boolean {
  for (let i = 0; i < errors.length; i++) if (!(errors[i]! >= 0 && errors[i]! < Infinity)) return false
  return true
}

/** Errors of which some are negative or no number: none below 0, all alike where no share could be told. */
function usable(errors: Float64Array): Float64Array {
  const isTold = errors.every((error) => error < Infinity)
  return errors.map((error) => (isTold ? Math.max(0, error) : 0))
}

function checkInput({ inputs }: Session): TensorInfo {
  const input = inputs[0]
  if (input === undefined || inputs.length !== 1)
    throw new InputError('model.inputCount', { field: 'model', got: inputs.length })
  if (input.type !== 1) throw new InputError('model.inputType', { field: 'model', got: typeName(input.type) })
  return input
}

/** Element types by their number in ONNX. */
const TYPES = ['', '', '8-bit numbers', '8-bit numbers', '16-bit numbers', '16-bit numbers', '32-bit numbers', '64-bit numbers', 'texts', 'truth values', '16-bit floats', '64-bit floats'] // prettier-ignore

function typeName(type: number): string {
  return TYPES[type] || 'another type'
}

function shapeOf(frame: Frame | undefined): Shape {
  return frame === undefined
    ? { rows: 0, channels: 0 }
    : { rows: rowCount(frame), channels: frame.channels.length }
}

function sameShape(a: Shape, b: Shape): boolean {
  return a.rows === b.rows && a.channels === b.channels
}
