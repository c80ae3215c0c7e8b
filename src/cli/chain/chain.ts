import type { Contract } from '../../core/contract'
import type { Frame } from '../../core/frame'
import type { Model, Score } from '../../core/stage'
import { contractAfter, type NamedPart } from '../../model/named-part'

/** What was learned for one context, at work: a scaler, where there is one, and a detector. */
export class Chain {
  constructor(
    readonly parts: readonly NamedPart[],
    private readonly scaler: Model<Frame> | undefined,
    private readonly detector: Model<Score>,
  ) {}

  /** Scores in the order of the frames, at once where the detector needs no engine. */
  score(frames: readonly Frame[]): readonly Score[] | Promise<readonly Score[]> {
    if (this.scaler === undefined) return this.detector.apply(frames)
    const scaled = this.scaler.apply(frames)
    return scaled instanceof Promise
      ? scaled.then((each) => this.detector.apply(each))
      : this.detector.apply(scaled)
  }

  /** Contract of the verdicts: the whole chain. */
  get contract(): Contract {
    const last = this.parts.at(-1)
    return last === undefined ? [] : contractAfter(last)
  }

  dispose(): void {
    this.scaler?.dispose?.()
    this.detector.dispose?.()
  }
}
