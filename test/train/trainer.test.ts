import assert from 'node:assert/strict'
import { autoencoderSpec } from '../../src/core/autoencoder/spec'
import { ConfigError, DeviceError, InputError } from '../../src/core/errors'
import { checkMemory, memoryNeeded } from '../../src/train/memory'
import { readUserError, sendableError } from '../../src/train/sent-error'
import { trainAutoencoder, type TrainingJob } from '../../src/train/train-autoencoder'
import { startTraining, trainInThread } from '../../src/train/trainer'
import type { Progress } from '../../src/train/training'
import { buildKernels } from './build-kernels'
import { SETTINGS, SPECS, waves } from './examples'

const spec = SPECS['lstm']!
const job: TrainingJob = { spec, data: waves(spec, 60, 11), rows: 60, settings: SETTINGS }
const endless: TrainingJob = { ...job, settings: { ...SETTINGS, epochs: 1_000_000, patience: 1_000_000 } }

describe('training in a thread', function () {
  this.timeout(60_000)
  before(buildKernels)

  it('gives what training in the calling thread gives, to the bit, and says how it goes', async () => {
    const said: Progress[] = []
    const [there, here] = await Promise.all([
      startTraining(job, { progress: (progress) => said.push(progress) }).done,
      trainAutoencoder(job),
    ])
    assert.deepEqual(there.weights, here.weights)
    assert.deepEqual(there.report.losses, here.report.losses)
    assert.equal(said.at(-1)?.epoch, 5 + there.report.finishLosses.length)
  })

  it('hands on errors with their key and parameters', async () => {
    const data = job.data.slice()
    data[0] = Infinity
    await assert.rejects(startTraining({ ...job, data }).done, (error: unknown) => {
      assert.ok(error instanceof InputError)
      assert.equal(error.key, 'train.diverged')
      assert.equal(error.params['field'], 'learningRate')
      return true
    })
  })

  it('is over at once when cancelled, 50 times, before, at and after its begin: no thread or handle is left', async () => {
    const resources = (): number =>
      process.getActiveResourcesInfo().filter((name) => /Worker|MessagePort/.test(name)).length
    const before = resources()
    for (let i = 0; i < 50; i++) {
      const running = startTraining(endless)
      if (i % 5 > 0) await new Promise((resolve) => setTimeout(resolve, 40 * (i % 5)))
      await running.cancel()
      await assert.rejects(running.done, { name: 'AbortError' })
    }
    assert.equal(resources(), before)
  })

  it('ends with the signal, also where that was given before', async () => {
    const controller = new AbortController()
    const running = trainInThread(endless, {
      signal: controller.signal,
      progress: () => controller.abort(new Error('redeployed')),
    })
    await assert.rejects(running, { message: 'redeployed' })
    await assert.rejects(trainInThread(job, { signal: controller.signal }), { message: 'redeployed' })
  })

  it('says in plain words where TensorFlow.js is asked for and does not load', async () => {
    await assert.rejects(
      startTraining(job, { backEnd: 'tfjs-node', library: '/no/tfjs' }).done,
      (error: unknown) => {
        assert.ok(error instanceof DeviceError)
        assert.match(error.message, /tfjs-node does not load \(Cannot find module '\/no\/tfjs'/)
        return true
      },
    )
  })
})

describe('errors between threads', () => {
  it('keep their class, and lose nothing of the text where they have none', () => {
    for (const error of [
      new ConfigError('train.noWasm', { field: 'engine' }),
      new InputError('train.tooNarrow', { field: 'x' }),
    ]) {
      const back = readUserError(structuredClone(sendableError(error)))
      assert.equal(back.constructor, error.constructor)
      assert.equal(back.message, error.message)
    }
    assert.match(readUserError(sendableError(new TypeError('no such thing'))).message, /no such thing/)
  })
})

describe('memory', () => {
  it('is known before training: what the network takes, to 5 %', () => {
    // Weights, gradients, two moments, best and current copy: 6 × 40,892 floats; values and gradients of 32 windows of
    // 300 + 64 + 16 + 64 + 300; the transposed kernels; 2000 windows of 300 with their order.
    const dense = autoencoderSpec('dense', 50, 6, [64, 16])
    const expected = 4 * (6 * 40_892 + 32 * (300 + 2 * 444) + 40_448 + 2000 * 301)
    assert.ok(
      Math.abs(memoryNeeded(dense, 32, 2000) / expected - 1) < 0.05,
      `${memoryNeeded(dense, 32, 2000)}, ${expected}`,
    )
  })

  it('is bounded: what is too large is refused in words', () => {
    const large = autoencoderSpec('dense', 512, 64, [1024])
    assert.throws(
      () => checkMemory(large, 32, 100),
      (error: unknown) => {
        assert.ok(error instanceof ConfigError)
        assert.match(error.message, /^layers: training would take \d+ MB, more than the 256 MB/)
        return true
      },
    )
    assert.doesNotThrow(() => checkMemory(spec, 32, 10_000))
  })
})
