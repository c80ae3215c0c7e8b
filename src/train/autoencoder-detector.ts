import type { AutoencoderModel } from '../core/autoencoder/model'
import { checkShape } from '../core/block'
import { notScorable, Shares } from '../core/detectors/column-scores'
import { InputError } from '../core/errors'
import type { Frame } from '../core/frame'
import type { Model, Score } from '../core/stage'
import type { Scored } from './scorer'

/** Whatever runs a model learned here: our own kernels, or an ONNX runtime on the exported file. */
export interface ScoringEngine {
  /** @param windows count × steps × columns values */
  score(windows: Float32Array, count: number): Scored | Promise<Scored>
  /** Its name for the status. */
  readonly engine?: string | undefined
  dispose?(): void
}

/** An autoencoder at work: frames in, scores with each channel's share of the error out. */
export class AutoencoderDetector implements Model<Score> {
  private shares: Shares | undefined
  private named: readonly string[] | undefined

  constructor(
    private readonly model: AutoencoderModel,
    private readonly scoring: ScoringEngine,
  ) {}

  get engine(): string | undefined {
    return this.scoring.engine
  }

  /** @throws InputError where a frame has other channels or rows than those learned, or cannot be scored */
  apply(frames: readonly Frame[]): readonly Score[] | Promise<readonly Score[]> {
    const { spec } = this.model
    for (const frame of frames) this.check(frame)
    // A single window needs no copy: engines only read it.
    const windows = frames.length === 1 ? frames[0]!.data : sideBySide(frames, spec.steps * spec.columns)
    const scored = this.scoring.score(windows, frames.length)
    return scored instanceof Promise
      ? scored.then((each) => this.scores(frames, each))
      : this.scores(frames, scored)
  }

  private check(frame: Frame): void {
    const { spec, channels } = this.model
    if (channels === undefined && frame.channels.length !== spec.columns) {
      const got = `${frame.channels.length} channels`
      throw new InputError('learning.mismatch', { expected: `${spec.columns} channels`, got })
    }
    checkShape(frame, channels ?? frame.channels, spec.steps)
  }

  /** Shares by the names of the frames; they stay the same, as their contract does. */
  private sharesOf(channels: readonly string[]): Shares {
    const known = this.model.channels ?? channels
    if (this.shares === undefined || this.named !== known) {
      this.shares = new Shares(known)
      this.named = known
    }
    return this.shares
  }

  dispose(): void {
    this.scoring.dispose?.()
  }

  private scores(frames: readonly Frame[], { score, channelError }: Scored): readonly Score[] {
    const { offset, factor, spec } = this.model
    const { columns } = spec
    const scores: Score[] = []
    for (let row = 0; row < frames.length; row++) {
      const frame = frames[row]!
      const value = score[row]!
      if (!(value < Infinity)) {
        throw notScorable(frame, (i) => (frame.data[i]! - offset[i % columns]!) * factor[i % columns]!)
      }
      const contributions = this.sharesOf(frame.channels).ofRun(channelError, row * columns)
      scores.push({ score: value, contributions })
    }
    return scores
  }
}

/** The windows, one behind the other. */
function sideBySide(frames: readonly Frame[], size: number): Float32Array {
  const windows = new Float32Array(frames.length * size)
  for (let i = 0; i < frames.length; i++) windows.set(frames[i]!.data, i * size)
  return windows
}
