import { InputError } from './errors'
import { rowCount, type Frame } from './frame'

/** Frames to learn from, oldest first: all with the same channels and number of rows. */
export class Block {
  readonly channels: readonly string[]
  /** Rows of each frame. */
  readonly rows: number

  /** @throws InputError where frames differ in channels or rows, or a value is not finite */
  constructor(readonly frames: readonly Frame[]) {
    const [first] = frames
    if (first === undefined) throw new InputError('learning.tooFewRows', { field: 'rows', need: 1, got: 0 })
    this.channels = first.channels
    this.rows = rowCount(first)
    for (const frame of frames) {
      checkShape(frame, this.channels, this.rows)
      checkFinite(frame)
    }
  }

  /** Fewer frames than are needed. @throws InputError that says how many are */
  require(need: number): void {
    const got = this.frames.length
    if (got < need) throw new InputError('learning.tooFewRows', { field: 'rows', need, got })
  }

  /** Room for one column. */
  newColumn(): Float64Array {
    return new Float64Array(this.frames.length * this.rows)
  }

  /**
   * All values of one column, oldest first, in double precision.
   * @param out where to write them: one room for all columns saves the memory of a block of long windows over again for each
   */
  column(index: number, out = this.newColumn()): Float64Array {
    const { frames, channels } = this
    let at = 0
    for (const { data } of frames) {
      for (let i = index; i < data.length; i += channels.length) out[at++] = data[i]!
    }
    return out
  }
}

/** @throws InputError where a frame does not have these channels and rows */
export function checkShape(frame: Frame, channels: readonly string[], rows: number): void {
  if (frame.channels !== channels) {
    const isSame =
      frame.channels.length === channels.length && frame.channels.every((name, i) => name === channels[i])
    if (!isSame) {
      throw new InputError('learning.mismatch', {
        expected: channels.join(','),
        got: frame.channels.join(','),
      })
    }
  }
  if (frame.data.length !== rows * channels.length) {
    throw new InputError('learning.mismatch', { expected: `${rows} rows`, got: `${rowCount(frame)} rows` })
  }
}

/** @throws InputError that names the channel and row of a value that is not finite */
export function checkFinite({ data, channels }: Frame): void {
  for (let i = 0; i < data.length; i++) {
    if (Number.isFinite(data[i]!)) continue
    const channel = channels[i % channels.length]!
    const row = Math.floor(i / channels.length)
    throw new InputError('frame.notFinite', { field: 'msg.payload', channel, row, got: String(data[i]) })
  }
}

/** Float32 cannot tell apart values closer than this share of their magnitude: a spread at or below it is no spread. */
export const FLOAT32_STEP = 2 ** -23

/** True where a spread is nothing but the rounding of values as large as `centre`. */
export function isNegligible(spread: number, centre: number): boolean {
  return !(spread > FLOAT32_STEP * Math.abs(centre))
}

/**
 * Scale of a column that is constant while learning: 0.1 % of its value counts as one standard deviation, or 1 where it is 0.
 * Relative, so that the unit does not matter; not so small that the first step away from it drowns everything else.
 */
export function constantScale(centre: number): number {
  return centre === 0 ? 1 : 1e-3 * Math.abs(centre)
}
