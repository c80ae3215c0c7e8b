import { ConfigError } from '../core/errors'
import { networkFloats } from './network'
import { parameterCount, type NetworkSpec } from '../core/autoencoder/spec'

/** Most bytes that one training may take besides the runtime itself: 256 MB. One training runs at a time. */
export const MOST_TRAINING_BYTES = 256 * 1024 * 1024

/** What a training thread takes for itself: compiled code, stack, heap. */
const THREAD_BYTES = 24 * 1024 * 1024
/** The windows as the node has collected them, which it sends on in the end, and as they are trained on. */
const WINDOW_COPIES = 2
/** What goes with each window besides its values, in both threads: message, frame, times. */
const WINDOW_OVERHEAD = 2048
/** Weights to begin with, of the best epoch, and on their way into the part. */
const WEIGHT_COPIES = 3

export interface MemoryNeeded {
  /** Bytes of everything. */
  readonly total: number
  /** Of it, what grows with the number of windows. */
  readonly windows: number
}

/**
 * Bytes that training a network takes at most: the windows in both copies, one column of them in double precision while they
 * are checked, weights, gradients, moments and the values of one batch, and the thread.
 */
export function memoryNeeded(spec: NetworkSpec, batch: number, rows: number): MemoryNeeded {
  const { steps, columns } = spec
  const windows = rows * (WINDOW_COPIES * 4 * steps * columns + 8 * steps + WINDOW_OVERHEAD)
  const network = 4 * (networkFloats(spec, batch, true) + WEIGHT_COPIES * parameterCount(spec))
  return { total: windows + network + THREAD_BYTES, windows }
}

/** @throws ConfigError where training would take more than `most` bytes, naming the setting that has the largest share */
export function checkMemory(
  spec: NetworkSpec,
  batch: number,
  rows: number,
  most = MOST_TRAINING_BYTES,
): void {
  const { total, windows } = memoryNeeded(spec, batch, rows)
  if (total <= most) return
  const megabytes = (amount: number): number => Math.ceil(amount / 1024 / 1024)
  const amounts = { need: megabytes(total), most: megabytes(most) }
  if (2 * windows < total) throw new ConfigError('train.tooMuchMemory', { field: 'layers', ...amounts })
  const share = { windows: megabytes(windows), rows }
  throw new ConfigError('train.tooManyWindows', { field: 'rows', ...amounts, ...share })
}
