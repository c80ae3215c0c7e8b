import { InputError } from '../core/errors'
import { FIELD } from './decode/decode-text'
import type { Samples } from './samples'

/** Rows that belong together: they become one frame. */
export interface Piece {
  /** Time of the first row, ms since the epoch. */
  readonly start: number
  /** Time of each row, only where sampling is irregular. */
  readonly times?: Float64Array
  /** rows × channels, in a buffer of its own. */
  readonly data: Float32Array
}

/** More pieces than this are no stream with holes but a message to refuse: each piece becomes a message of its own. */
const MAX_PIECES = 1000

function add(pieces: Piece[], piece: Piece): void {
  if (pieces.length === MAX_PIECES)
    throw new InputError('sources.tooManyHoles', { field: FIELD, max: MAX_PIECES })
  pieces.push(piece)
}

/** Rows `from` … `to` (exclusive) in single precision, in a buffer of their own. */
function floatsOf({ data, channels }: Samples, from: number, to: number): Float32Array {
  const width = channels.length
  return new Float32Array(
    from === 0 && to * width === data.length ? data : data.subarray(from * width, to * width),
  )
}

/**
 * Cuts rows at their holes. `offsets` are the rows' places in periods from the first, ascending; without it they are 0, 1, 2 ….
 */
export function cutByOffset(
  samples: Samples,
  offsets: ArrayLike<number> | undefined,
  start: number,
  period: number,
): readonly Piece[] {
  const { rows } = samples
  // Without a rate, rows have no times of their own that a hole could show in.
  if (offsets === undefined || period === 0) return [{ start, data: floatsOf(samples, 0, rows) }]
  const pieces: Piece[] = []
  const first = offsets[0]!
  for (let from = 0, to = 1; from < rows; from = to, to++) {
    while (to < rows && offsets[to] === offsets[to - 1]! + 1) to++
    add(pieces, { start: start + (offsets[from]! - first) * period, data: floatsOf(samples, from, to) })
  }
  return pieces
}

/** Cuts rows with times at steps of more than 1.5 periods. */
export function cutByTime(samples: Samples, times: Float64Array, period: number): readonly Piece[] {
  const { rows } = samples
  const pieces: Piece[] = []
  for (let from = 0, to = 1; from < rows; from = to, to++) {
    while (to < rows && times[to]! - times[to - 1]! <= 1.5 * period) to++
    add(pieces, { start: times[from]!, data: floatsOf(samples, from, to) })
  }
  return pieces
}

/** All rows as one piece with their times. */
export function timed(samples: Samples, times: Float64Array): Piece {
  return { start: times[0]!, times, data: floatsOf(samples, 0, samples.rows) }
}
