import { InputError } from './errors'
import { quantileInPlace } from './features/median'
import type { Frame } from './frame'
import type { Verdict } from './verdict'

/** What a stage gives out for a frame. */
export type Result = Frame | Verdict

/**
 * Judges a part that was just learned by what it gives for frames that it was learned from: all numbers are finite, a scaler
 * keeps the channels, and a detector tells frames that differ apart.
 */
export class PartTrial {
  private readonly scores: number[] = []
  /** The first frame that was scored, and the first that is not the same. */
  private first?: Frame
  private other?: Frame

  /** @param field who learned, for errors */
  constructor(private readonly field: string) {}

  /** @throws InputError that says what is wrong with the part */
  take(frame: Frame, result: Result | undefined): void {
    if (result === undefined) throw this.notFinite('score', undefined)
    if ('reason' in result) this.takeVerdict(frame, result)
    else this.takeFrame(frame, result)
  }

  /** True for a detector, whose part of before is worth asking too. */
  get hasScores(): boolean {
    return this.scores.length > 0
  }

  /**
   * Where all frames had one score though they differ: a frame that lies further out than these. What lies evenly around its
   * middle may have one score rightly; a model to which this one is the same too has learned nothing.
   */
  get doubtful(): Frame | undefined {
    const { scores, first, other } = this
    if (first === undefined || other === undefined || scores.some((score) => score !== scores[0]))
      return undefined
    return { ...first, data: first.data.map((value, i) => 2 * value - other.data[i]!) }
  }

  /** What became of the doubtful frame. @throws InputError where it has the score of the others */
  settle(result: Result | undefined): void {
    const { scores, field } = this
    if (result === undefined || !('reason' in result) || result.score !== scores[0]) return
    throw new InputError('learning.trialConstant', { field, got: scores[0], count: scores.length })
  }

  /** How the scores compare with those that the part of before gives for the same frames; nothing where one of them is none. */
  compare(before: readonly (Result | undefined)[]): Readonly<Record<string, number>> {
    const known = before.flatMap((result) =>
      result !== undefined && 'reason' in result && Number.isFinite(result.score) ? [result.score!] : [],
    )
    if (known.length === 0 || known.length !== this.scores.length) return {}
    return {
      medianScore: quantileInPlace([...this.scores], 0.5),
      medianScoreBefore: quantileInPlace(known, 0.5),
    }
  }

  private takeVerdict(frame: Frame, { score, contributions = {} }: Verdict): void {
    // It said why this frame has no score.
    if (score === null) return
    if (!(score >= 0 && score < Infinity)) throw this.notFinite('score', score)
    for (const [channel, share] of Object.entries(contributions))
      if (!Number.isFinite(share)) throw this.notFinite(channel, share)
    this.scores.push(score)
    this.first ??= frame
    if (this.other === undefined && !isSame(frame.data, this.first.data)) this.other = frame
  }

  private takeFrame({ channels: learned }: Frame, { channels, data }: Frame): void {
    if (channels.length !== learned.length || channels.some((name, i) => name !== learned[i])) {
      const params = { field: this.field, expected: learned.join(','), got: channels.join(',') }
      throw new InputError('learning.trialChannels', params)
    }
    for (let i = 0; i < data.length; i++)
      if (!Number.isFinite(data[i])) throw this.notFinite(channels[i % channels.length]!, data[i])
  }

  private notFinite(channel: string, got: number | undefined): InputError {
    return new InputError('learning.trialNotFinite', { field: this.field, channel, got: String(got) })
  }
}

function isSame(a: Float32Array, b: Float32Array): boolean {
  return a === b || (a.length === b.length && a.every((value, i) => value === b[i]))
}
