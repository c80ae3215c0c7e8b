import type { AutoencoderModel } from '../core/autoencoder/model'
import { InputError } from '../core/errors'
import { rowCount, type Frame } from '../core/frame'
import type { Model, Score } from '../core/stage'
import type { Scored } from './scorer'

/** Whatever runs a model learned here: our own kernels, or an ONNX runtime on the exported file. */
export interface ScoringEngine {
  /** @param windows count × steps × columns values */
  score(windows: Float32Array, count: number): Scored | Promise<Scored>
  dispose?(): void
}

/** An autoencoder at work: frames in, scores with each channel's share of the error out. */
export class AutoencoderDetector implements Model<Score> {
  constructor(
    private readonly model: AutoencoderModel,
    private readonly engine: ScoringEngine,
  ) {}

  apply(frames: readonly Frame[]): readonly Score[] | Promise<readonly Score[]> {
    const { steps, columns } = this.model.spec
    const size = steps * columns
    const windows = new Float32Array(frames.length * size)
    frames.forEach((frame, i) => {
      if (frame.channels.length !== columns || frame.data.length !== size) {
        const got = `${rowCount(frame)} × ${frame.channels.length}`
        throw new InputError('train.otherShape', { field: 'window', expected: `${steps} × ${columns}`, got })
      }
      windows.set(frame.data, i * size)
    })
    const scored = this.engine.score(windows, frames.length)
    return scored instanceof Promise
      ? scored.then((each) => scoresOf(frames, each))
      : scoresOf(frames, scored)
  }

  dispose(): void {
    this.engine.dispose?.()
  }
}

function scoresOf(frames: readonly Frame[], { score, channelError }: Scored): readonly Score[] {
  return frames.map(({ channels }, row) => ({
    score: score[row]!,
    contributions: shares(channels, channelError, row * channels.length),
  }))
}

/** Each channel's part of the error; equal parts where there is no error at all. */
function shares(
  channels: readonly string[],
  errors: Float32Array,
  from: number,
): Readonly<Record<string, number>> {
  let total = 0
  for (let i = 0; i < channels.length; i++) total += errors[from + i]!
  return Object.fromEntries(
    channels.map((channel, i) => [channel, total > 0 ? errors[from + i]! / total : 1 / channels.length]),
  )
}
