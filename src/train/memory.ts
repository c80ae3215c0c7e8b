import { ConfigError } from '../core/errors'
import { networkFloats } from './network'
import { parameterCount, type NetworkSpec } from '../core/autoencoder/spec'

/** Most bytes that training may take besides the runtime itself: 256 MB. */
export const MOST_TRAINING_BYTES = 256 * 1024 * 1024

/**
 * Bytes that training a network takes: weights, gradients, moments and the values of one batch, the weights of the best
 * epoch, and the windows themselves (held once by the trainer's thread).
 */
export function memoryNeeded(spec: NetworkSpec, batch: number, rows: number): number {
  const floats = networkFloats(spec, batch, true) + 2 * parameterCount(spec)
  return 4 * (floats + rows * (spec.steps * spec.columns + 1))
}

/** @throws ConfigError where training would take more than `most` bytes */
export function checkMemory(
  spec: NetworkSpec,
  batch: number,
  rows: number,
  most = MOST_TRAINING_BYTES,
): void {
  const bytes = memoryNeeded(spec, batch, rows)
  if (bytes <= most) return
  const megabytes = (amount: number): number => Math.ceil(amount / 1024 / 1024)
  throw new ConfigError('train.tooMuchMemory', {
    field: 'layers',
    need: megabytes(bytes),
    most: megabytes(most),
  })
}
