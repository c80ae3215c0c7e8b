import assert from 'node:assert/strict'
import { LOSSES } from '../../src/core/autoencoder/spec'
import { initialWeights } from '../../src/train/initial-weights'
import { Network } from '../../src/train/network'
import { TfjsTrainee, type Tf } from '../../src/train/tfjs-trainee'
import { SETTINGS, SPECS, largestDifference, waves } from './examples'
import { buildKernels } from './build-kernels'
import { pureTensorFlow } from './tensorflow'

describe('gradients', () => {
  let tf: Tf
  before(async () => {
    buildKernels()
    tf = await pureTensorFlow()
  })

  for (const [name, spec] of Object.entries(SPECS)) {
    for (const engine of ['wasm', 'plain'] as const) {
      it(`agree with TensorFlow.js: ${name}, ${engine}`, () => {
        for (const loss of LOSSES) {
          const rows = 6
          const data = waves(spec, rows, 3)
          const weights = initialWeights(spec, 5)
          const network = new Network(spec, 8, { training: true, engine })
          network.parameters.set(weights)
          network.takeIn(data, 0, rows)
          network.forward(rows)
          const size = spec.steps * spec.columns
          const output = new Float32Array(rows * size)
          for (let row = 0; row < rows; row++) network.reconstruction(row, rows, output, row * size)
          const value = network.loss(loss, rows)
          network.backward(rows)

          const theirs = new TfjsTrainee(tf, { spec, settings: { ...SETTINGS, loss } })
          theirs.begin(weights)
          const expected = theirs.gradients(data, rows)
          theirs.dispose()
          const largest = Math.max(...expected.gradients.map(Math.abs))
          assert.ok(largest > 1e-3, `gradients up to ${largest}`)
          assert.ok(largestDifference(output, expected.output) < 2e-6)
          assert.ok(Math.abs(value / expected.loss - 1) < 1e-6, `loss ${value}, expected ${expected.loss}`)
          const difference = largestDifference(network.gradients, expected.gradients)
          assert.ok(difference < 2e-6 * largest + 1e-8, `gradients differ by ${difference} of ${largest}`)
        }
      })
    }
  }
})
