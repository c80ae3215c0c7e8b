import { autoencoderSpec, type NetworkSpec } from '../../src/core/autoencoder/spec'
import { Random } from '../../src/core/random'
import type { TrainingSettings } from '../../src/train/training'

/** Small networks of every kind, with every activation and with sizes that are no multiple of a vector's four lanes. */
export const SPECS: Readonly<Record<string, NetworkSpec>> = {
  dense: autoencoderSpec('dense', 1, 13, [7, 3]),
  'dense, leaky rectifier': autoencoderSpec('dense', 3, 5, [9, 4], 'leaky-relu'),
  'dense, rectifier and sigmoid': {
    kind: 'dense',
    steps: 1,
    columns: 6,
    layers: [
      { type: 'dense', units: 5, activation: 'relu' },
      { type: 'dense', units: 6, activation: 'sigmoid' },
    ],
  },
  lstm: autoencoderSpec('lstm', 7, 3, [5]),
  'stacked lstm': autoencoderSpec('lstm', 6, 2, [6, 3]),
  conv1d: autoencoderSpec('conv1d', 24, 3, [6, 5]),
  'conv1d of odd length, exponential unit': autoencoderSpec('conv1d', 21, 2, [5, 3], 'elu'),
}

export const SETTINGS: TrainingSettings = {
  loss: 'mse',
  epochs: 5,
  batch: 8,
  learningRate: 1e-3,
  patience: 100,
  clipNorm: 1,
  weightDecay: 0.1,
  validationShare: 0.2,
  validationGap: 1,
  seed: 1,
  engine: 'auto',
}

/** `rows` windows of sines of random phase with a little noise. */
export function waves(spec: NetworkSpec, rows: number, seed: number): Float32Array {
  const random = new Random(seed)
  const { steps, columns } = spec
  const data = new Float32Array(rows * steps * columns)
  for (let row = 0, at = 0; row < rows; row++) {
    const phase = 2 * Math.PI * random.next()
    for (let step = 0; step < steps; step++) {
      for (let column = 0; column < columns; column++) {
        data[at++] = Math.sin(phase + 0.3 * step + column) + 0.1 * random.normal()
      }
    }
  }
  return data
}

/** Largest difference of two runs of numbers. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = a.length === b.length ? 0 : Infinity
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!)
    if (!(difference <= largest)) largest = difference
  }
  return largest
}
