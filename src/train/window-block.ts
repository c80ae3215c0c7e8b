import { InputError } from '../core/errors'
import { rowCount, type Frame } from '../core/frame'
import type { DataWarning } from '../core/stage'

/** Windows of one shape, one behind the other. */
export interface WindowBlock {
  readonly channels: readonly string[]
  readonly steps: number
  readonly rows: number
  /** rows × steps × columns values, oldest first. */
  readonly data: Float32Array
}

/** Copies frames into one block. @throws InputError where a frame has another shape or holds no number */
export function windowBlock(frames: readonly Frame[], minimum: number): WindowBlock {
  const first = frames[0]
  if (first === undefined || frames.length < minimum) {
    throw new InputError('learning.tooFewRows', { field: 'windows', need: minimum, got: frames.length })
  }
  const size = first.data.length
  const data = new Float32Array(frames.length * size)
  frames.forEach((frame, i) => {
    if (frame.data.length !== size || frame.channels.length !== first.channels.length) {
      throw new InputError('train.unevenWindows', {
        field: 'window',
        expected: rowCount(first),
        got: rowCount(frame),
      })
    }
    data.set(frame.data, i * size)
  })
  const bad = data.find((value) => !Number.isFinite(value))
  if (bad !== undefined) throw new InputError('learning.notFinite', { field: 'windows', got: String(bad) })
  return { channels: first.channels, steps: rowCount(first), rows: frames.length, data }
}

/** Mean and standard deviation of each column over all windows and steps. */
export function columnMoments({ data, channels }: WindowBlock): {
  mean: Float64Array
  deviation: Float64Array
} {
  const columns = channels.length
  const count = data.length / columns
  const mean = new Float64Array(columns)
  const deviation = new Float64Array(columns)
  for (let i = 0; i < data.length; i++) mean[i % columns]! += data[i]! / count
  for (let i = 0; i < data.length; i++)
    deviation[i % columns]! += (data[i]! - mean[i % columns]!) ** 2 / count
  return { mean, deviation: deviation.map(Math.sqrt) }
}

/** Below this share of a channel's mean its deviation is the rounding of single precision. */
const ROUNDING = 1e-6

/** Which columns are constant; all of them are an error. @throws InputError */
export function constantColumns(
  block: WindowBlock,
  { mean, deviation }: ReturnType<typeof columnMoments>,
): { constant: readonly boolean[]; warnings: readonly DataWarning[] } {
  const constant = block.channels.map(
    (_, i) => deviation[i]! <= ROUNDING * Math.abs(mean[i]!) || deviation[i]! < 1e-30,
  )
  if (constant.every(Boolean))
    throw new InputError('learning.allConstant', { field: 'windows', rows: block.rows })
  const warnings = block.channels
    .filter((_, i) => constant[i])
    .map((channel) => ({ key: 'learning.constantChannel', params: { channel } }) as const)
  return { constant, warnings }
}
