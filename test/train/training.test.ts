import assert from 'node:assert/strict'
import { autoencoderSpec } from '../../src/core/autoencoder/spec'
import { InputError } from '../../src/core/errors'
import { initialWeights } from '../../src/train/initial-weights'
import { Network } from '../../src/train/network'
import { ownTrainee, trainAutoencoder, type TrainingJob } from '../../src/train/train-autoencoder'
import { splitRows, type Progress, type Trainee } from '../../src/train/training'
import { buildKernels } from './build-kernels'
import { SETTINGS, SPECS, waves } from './examples'

const ROWS = 60

function jobFor(name: string, settings: Partial<TrainingJob['settings']> = {}): TrainingJob {
  const spec = SPECS[name]!
  return { spec, data: waves(spec, ROWS, 11), rows: ROWS, settings: { ...SETTINGS, ...settings } }
}

describe('training', () => {
  before(buildKernels)

  for (const name of Object.keys(SPECS)) {
    it(`gives the same weights to the bit for the same seed, with and without WebAssembly: ${name}`, async () => {
      const [first, again, plain] = await Promise.all(
        (['wasm', 'wasm', 'plain'] as const).map((engine) => trainAutoencoder(jobFor(name, { engine }))),
      )
      const other = await trainAutoencoder(jobFor(name, { seed: 2 }))
      assert.deepEqual(again!.weights, first!.weights)
      assert.deepEqual(plain!.weights, first!.weights)
      assert.deepEqual(plain!.report.validationLosses, first!.report.validationLosses)
      assert.notDeepEqual(other.weights, first!.weights)
    })
  }

  for (const kind of ['dense', 'lstm', 'conv1d'] as const) {
    it(`learns waves to a fifth of their variance in every one of 5 seeds, never to a constant: ${kind}`, async function () {
      this.timeout(60_000)
      const spec = autoencoderSpec(kind, 16, 2, kind === 'lstm' ? [12] : kind === 'dense' ? [12, 4] : [8, 4])
      const data = waves(spec, 200, 4)
      for (let seed = 1; seed <= 5; seed++) {
        const settings = { ...SETTINGS, seed, epochs: 60, batch: 16, learningRate: 0.01 }
        const { weights, report } = await trainAutoencoder({ spec, data, rows: 200, settings })
        const reached = report.validationLosses[report.bestEpoch - 1]!
        assert.ok(reached < 0.1, `seed ${seed}: validation loss ${reached} of a variance of 0.5`)
        const network = new Network(spec, 200, { training: false })
        network.parameters.set(weights)
        network.takeIn(data, 0, 200)
        network.forward(200)
        const [one, other] = [0, 1].map((row) => {
          const output = new Float32Array(32)
          network.reconstruction(row, 200, output, 0)
          return output
        })
        assert.notDeepEqual(one, other)
      }
    })
  }

  it('keeps the latest fifth for validation, a gap before it', () => {
    assert.deepEqual(splitRows(100, SETTINGS), { training: 79, from: 80, validation: 20 })
    assert.deepEqual(splitRows(4, SETTINGS), { training: 4, from: 0, validation: 0 })
    assert.deepEqual(splitRows(50, { ...SETTINGS, validationShare: 0 }), {
      training: 50,
      from: 0,
      validation: 0,
    })
  })

  it('never trains on the rows for validation', async () => {
    const job = jobFor('dense')
    const size = job.spec.steps * job.spec.columns
    const changed = job.data.slice()
    changed.fill(3, 48 * size)
    const [a, b] = await Promise.all([job, { ...job, data: changed }].map((each) => trainAutoencoder(each)))
    assert.deepEqual(a!.report.losses, b!.report.losses)
    assert.notDeepEqual(a!.report.validationLosses, b!.report.validationLosses)
  })

  /** A trainee whose validation losses are given beforehand; its weights are the number of those it was asked for. */
  function scripted(
    validation: readonly number[],
    loss: (rate: number) => number = () => 1,
  ): { trainee: Trainee; rates: number[] } {
    let epoch = 0
    const rates: number[] = []
    const trainee: Trainee = {
      getWeights: () => Float32Array.of(epoch),
      begin: () => {},
      step: (_data, _order, _from, _count, rate) => {
        rates.push(rate)
        return loss(rate)
      },
      evaluate: () => validation[epoch++]!,
      dispose: () => {},
    }
    return { trainee, rates }
  }

  it('keeps the best epoch and ends when patience runs out', async () => {
    const { trainee } = scripted([5, 4, 3, 3.5, 2, 2.5, 2.4, 2.3, 1])
    const job = jobFor('dense', { epochs: 9, patience: 3 })
    const { weights, report } = await trainAutoencoder(job, { makeTrainee: () => trainee })
    assert.deepEqual(weights, Float32Array.of(5))
    assert.equal(report.bestEpoch, 5)
    assert.equal(report.validationLoss, 2)
    assert.equal(report.losses.length, 8)
    assert.equal(report.ended, 'patience')
  })

  it('keeps the weights that it went on from where no epoch betters them', async () => {
    // The first loss is that of the training rows, the second that of the validation, before any step.
    const { trainee } = scripted([6, 2, 3, 2.5, 2.1, 9])
    const initial = Float32Array.of(77)
    const job = { ...jobFor('dense', { epochs: 9, patience: 3 }), initial }
    const { weights, report } = await trainAutoencoder(job, { makeTrainee: () => trainee })
    assert.deepEqual(weights, initial)
    assert.deepEqual([report.bestEpoch, report.loss, report.validationLoss], [0, 6, 2])
    assert.deepEqual(report.validationLosses, [3, 2.5, 2.1])
    assert.equal(report.ended, 'patience')
  })

  it('never ends worse than it began where it goes on at too high a rate', async () => {
    const job = jobFor('dense', { epochs: 20, learningRate: 0.01 })
    const first = await trainAutoencoder(job)
    for (const seed of [1, 2, 3]) {
      const settings = { ...job.settings, seed, learningRate: 0.3 }
      const more = await trainAutoencoder({ ...job, settings, initial: first.weights })
      assert.ok(
        more.report.validationLoss <= first.report.validationLoss + 1e-9,
        `${more.report.validationLoss}, ${first.report.validationLoss} before`,
      )
    }
  })

  it('gives back the weights of the best epoch: those whose validation loss is reported', async () => {
    const job = jobFor('dense', { epochs: 10, learningRate: 0.01, batch: 60 })
    const { weights, report } = await trainAutoencoder(job)
    const trainee = ownTrainee(job)
    trainee.begin(weights)
    assert.equal(trainee.evaluate(job.data, 48, 12), Math.min(...report.validationLosses))
    assert.equal(report.validationLoss, Math.min(...report.validationLosses))
  })

  it('starts anew at a fourth of the rate when the loss is no number', async () => {
    const { trainee, rates } = scripted([1, 0.5], (rate) => (rate > 0.1 ? NaN : 1))
    const job = jobFor('dense', { epochs: 2, learningRate: 1, batch: 60 })
    const { report } = await trainAutoencoder(job, { makeTrainee: () => trainee })
    assert.deepEqual(rates, [1, 0.25, 0.0625, 0.0625])
    assert.equal(report.restarts, 2)
    assert.equal(report.learningRate, 0.0625)
  })

  it('gives up after three such restarts, in words', async () => {
    const job = jobFor('dense')
    job.data[5] = Infinity
    await assert.rejects(trainAutoencoder(job), (error: unknown) => {
      assert.ok(error instanceof InputError)
      assert.equal(error.key, 'train.diverged')
      assert.equal(error.params['rate'], 1e-3 / 64)
      return true
    })
  })

  it('scales gradients down to the norm that is allowed', () => {
    const job = jobFor('dense', { clipNorm: 0 })
    const order = Uint32Array.from({ length: ROWS }, (_, i) => i)
    const initial = initialWeights(job.spec, 1)
    // Adam divides by the gradient's size, so clipping shows in the moments: a second, unlike batch tells them apart.
    const after = [0, 1e-3, 1e6].map((clipNorm) => {
      const trainee = ownTrainee({ ...job, settings: { ...job.settings, clipNorm } })
      trainee.begin(initial)
      trainee.step(
        job.data.map((value) => 50 * value),
        order,
        0,
        8,
        1e-3,
      )
      trainee.step(job.data, order, 8, 8, 1e-3)
      return trainee.getWeights()
    })
    assert.notDeepEqual(after[1], after[0])
    assert.deepEqual(after[2], after[0])
  })

  it('says how it goes after every epoch, and ends when it is aborted', async () => {
    const said: Progress[] = []
    const controller = new AbortController()
    const run = trainAutoencoder(jobFor('dense', { epochs: 1000 }), {
      signal: controller.signal,
      progress: (progress) => {
        said.push(progress)
        if (progress.epoch === 4) controller.abort()
      },
    })
    await assert.rejects(run, { name: 'AbortError' })
    assert.deepEqual(
      said.map(({ epoch }) => epoch),
      [1, 2, 3, 4],
    )
    assert.ok(
      said.every(
        ({ loss, validationLoss, secondsLeft }) => loss > 0 && validationLoss > 0 && secondsLeft > 0,
      ),
    )
  })

  it('goes on from given weights', async () => {
    const job = jobFor('dense', { epochs: 20, learningRate: 0.01 })
    const first = await trainAutoencoder(job)
    const more = await trainAutoencoder({ ...job, initial: first.weights })
    assert.ok(more.report.losses[0]! < first.report.losses[0]! / 2)
  })
})
