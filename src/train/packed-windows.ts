import { checkShape } from '../core/block'
import { rowCount, spanOf, type Frame } from '../core/frame'
import { TimeSlice } from './time-slice'

/** Windows of one shape, one behind the other in memory that threads share; oldest first. */
export interface PackedWindows {
  readonly channels: readonly string[]
  readonly count: number
  /** count × steps × channels values. */
  readonly data: Float32Array
  /** Of each window, ms since the epoch. */
  readonly starts: Float64Array
  readonly ends: Float64Array
}

/**
 * Packs at least one window; a few milliseconds at a time.
 * @throws InputError where one is of another shape than the first; the signal's reason once aborted
 */
export async function packWindows(frames: readonly Frame[], signal?: AbortSignal): Promise<PackedWindows> {
  const [first] = frames as readonly [Frame, ...Frame[]]
  const { channels } = first
  const size = first.data.length
  const data = new Float32Array(new SharedArrayBuffer(4 * frames.length * size))
  const starts = new Float64Array(frames.length)
  const ends = new Float64Array(frames.length)
  const slice = new TimeSlice()
  for (const [i, frame] of frames.entries()) {
    checkShape(frame, channels, rowCount(first))
    data.set(frame.data, i * size)
    const { start, end } = spanOf(frame)
    starts[i] = start
    ends[i] = end
    if (slice.isOver) await slice.next()
    signal?.throwIfAborted()
  }
  return { channels, count: frames.length, data, starts, ends }
}

/** The windows again, as views into the packed ones. */
export function unpackWindows({ channels, count, data, starts, ends }: PackedWindows): readonly Frame[] {
  const size = data.length / count
  return Array.from({ length: count }, (_, i) => ({
    channels,
    start: starts[i]!,
    end: ends[i]!,
    data: data.subarray(i * size, (i + 1) * size),
  }))
}
