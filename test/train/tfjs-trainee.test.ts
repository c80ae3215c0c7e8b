import assert from 'node:assert/strict'
import { DeviceError } from '../../src/core/errors'
import { loadTfjsNode } from '../../src/train/tfjs-node'
import { TfjsTrainee, type Tf } from '../../src/train/tfjs-trainee'
import { trainAutoencoder, type TrainingJob } from '../../src/train/train-autoencoder'
import { buildKernels } from './build-kernels'
import { SETTINGS, SPECS, largestDifference, waves } from './examples'
import { pureTensorFlow } from './tensorflow'

describe('training through TensorFlow.js', function () {
  this.timeout(120_000)
  let tf: Tf
  before(async () => {
    buildKernels()
    tf = await pureTensorFlow()
  })

  for (const name of ['dense', 'lstm', 'conv1d of odd length, exponential unit']) {
    for (const loss of ['mse', 'mae'] as const) {
      it(`takes the same course as our own, clipping and validation included: ${name}, ${loss}`, async () => {
        const spec = SPECS[name]!
        const settings = { ...SETTINGS, loss, epochs: 3, learningRate: 0.01, clipNorm: 0.1 }
        const job: TrainingJob = { spec, data: waves(spec, 30, 2), rows: 30, settings }
        const before = tf.memory().numTensors
        const theirs = await trainAutoencoder(job, { makeTrainee: (each) => new TfjsTrainee(tf, each) })
        assert.equal(tf.memory().numTensors, before, 'tensors left over')
        const ours = await trainAutoencoder(job)
        for (const key of ['losses', 'validationLosses'] as const) {
          theirs.report[key].forEach((value, i) => {
            const own = ours.report[key][i]!
            assert.ok(Math.abs(own / value - 1) < 1e-4, `${key}[${i}]: ${own}, TensorFlow.js ${value}`)
          })
        }
        assert.equal(theirs.report.bestEpoch, ours.report.bestEpoch)
        assert.ok(largestDifference(theirs.weights, ours.weights) < 1e-3)
      })
    }
  }
})

describe('tfjs-node', () => {
  const failing = (message: string, code?: string) => (): never => {
    throw Object.assign(new Error(message), code === undefined ? {} : { code })
  }

  function messageOf(load: () => unknown): string {
    try {
      loadTfjsNode('/there/index.js', load)
    } catch (error) {
      assert.ok(error instanceof DeviceError)
      return error.message
    }
    return ''
  }

  it('is refused with what to do: no binary, something that it needs, something else', () => {
    const missing = "The specified module '/x/tfjs_binding.node' could not be found"
    assert.match(messageOf(failing(missing)), /does not load .*tfjs_binding.*install script/)
    assert.match(messageOf(failing("Cannot find module 'long'", 'MODULE_NOT_FOUND')), /does not load/)
    assert.match(
      messageOf(() => ({})),
      /no TensorFlow\.js/,
    )
  })

  it('is taken where it has what training uses', async () => {
    const tf = await pureTensorFlow()
    assert.equal(
      loadTfjsNode('/there/index.js', () => tf),
      tf,
    )
  })
})
