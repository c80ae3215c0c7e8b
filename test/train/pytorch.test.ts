import assert from 'node:assert/strict'
import { autoencoderSpec, parameterCount, LOSSES, type NetworkSpec } from '../../src/core/autoencoder/spec'
import { Random } from '../../src/core/random'
import { ownTrainee } from '../../src/train/train-autoencoder'
import expectations from '../expectations/train.json'
import { buildKernels } from './build-kernels'
import { SETTINGS } from './examples'

const ROWS = 96
const BATCH = 32
const RATE = 0.002

const SPECS = {
  dense: autoencoderSpec('dense', 50, 6, [64, 16]),
  conv1d: autoencoderSpec('conv1d', 128, 3, [16, 8]),
  lstm: autoencoderSpec('lstm', 50, 6, [32]),
}

/** The windows of `windows` in scripts/expectations/train.py. */
function pytorchWindows({ steps, columns }: NetworkSpec): Float32Array {
  const random = new Random(9)
  const data = new Float32Array(ROWS * steps * columns)
  for (let i = 0; i < data.length; i++) {
    const [row, step, column] = [
      Math.floor(i / (steps * columns)),
      Math.floor(i / columns) % steps,
      i % columns,
    ]
    data[i] = Math.sin(0.7 * row + 0.2 * step + column) + 0.2 * (random.next() - 0.5)
  }
  return data
}

describe('training, from the same weights and in the same order', () => {
  before(buildKernels)

  for (const kind of ['dense', 'conv1d', 'lstm'] as const) {
    for (const loss of LOSSES) {
      it(`has the losses of PyTorch within 0.01 %: ${kind}, ${loss}`, () => {
        const spec = SPECS[kind]
        const settings = { ...SETTINGS, loss, batch: BATCH, clipNorm: 0, weightDecay: 0 }
        const data = pytorchWindows(spec)
        const trainee = ownTrainee({ spec, settings, data, rows: ROWS })
        const random = new Random(4)
        trainee.begin(Float32Array.from({ length: parameterCount(spec) }, () => random.next() * 0.4 - 0.2))
        const losses = [0, 1, 2, 3].map((epoch) => {
          const order = Uint32Array.from({ length: ROWS }, (_, i) => (i * 35 + epoch * 7) % ROWS)
          let sum = 0
          for (let from = 0; from < ROWS; from += BATCH)
            sum += trainee.step(data, order, from, BATCH, RATE) * BATCH
          return sum / ROWS
        })
        losses.forEach((value, epoch) => {
          const expected = expectations.losses[kind][loss][epoch]!
          assert.ok(Math.abs(value / expected - 1) < 1e-4, `epoch ${epoch}: ${value}, PyTorch ${expected}`)
        })
      })
    }
  }
})
