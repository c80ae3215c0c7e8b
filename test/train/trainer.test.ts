import assert from 'node:assert/strict'
import { autoencoderSpec } from '../../src/core/autoencoder/spec'
import { ConfigError, DeviceError, InputError } from '../../src/core/errors'
import type { Frame } from '../../src/core/frame'
import { fitAutoencoder, type FitJob } from '../../src/train/fit-autoencoder'
import { readAutoencoderSettings } from '../../src/train/learner-settings'
import { checkMemory, memoryNeeded } from '../../src/train/memory'
import { packWindows } from '../../src/train/packed-windows'
import { readUserError, sendableError } from '../../src/train/sent-error'
import { startTraining, trainInThread } from '../../src/train/trainer'
import type { Progress } from '../../src/train/training'
import { buildKernels } from './build-kernels'
import { SPECS, waves } from './examples'

const spec = SPECS['lstm']!
const ROWS = 60

function frames(data = waves(spec, ROWS, 11)): readonly Frame[] {
  const size = spec.steps * spec.columns
  return Array.from({ length: ROWS }, (_, i) => ({
    channels: ['a', 'b', 'c'],
    start: 1000 * i,
    data: data.slice(i * size, (i + 1) * size),
  }))
}

/** A job of its own each time: its windows belong to whoever does it. */
async function jobFor(settings: object = {}, data?: Float32Array): Promise<FitJob> {
  return {
    settings: readAutoencoderSettings({ kind: 'lstm', layers: '5', epochs: 5, ...settings }),
    windows: await packWindows(frames(data)),
    seed: 0,
  }
}
const endless = { epochs: 10_000, patience: 10_000, layers: '64,32' }

describe('training in a thread', function () {
  this.timeout(60_000)
  before(buildKernels)

  it('gives what training in the calling thread gives, to the bit, and says how it goes', async () => {
    const said: Progress[] = []
    const [there, here] = await Promise.all([
      startTraining(await jobFor(), { progress: (progress) => said.push(progress) }).done,
      fitAutoencoder(await jobFor()),
    ])
    assert.deepEqual(there.body, here.body)
    assert.deepEqual(there.blobs, here.blobs)
    assert.deepEqual(there.report.figures['losses'], here.report.figures['losses'])
    assert.equal(said.at(-1)?.epoch, 5)
  })

  it('hands on errors with their key and parameters', async () => {
    const still = await jobFor({}, new Float32Array(ROWS * spec.steps * spec.columns))
    await assert.rejects(startTraining(still).done, (error: unknown) => {
      assert.ok(error instanceof InputError)
      assert.equal(error.key, 'learning.allConstant')
      assert.equal(error.params['rows'], ROWS)
      return true
    })
  })

  it('is over at once when cancelled, 50 times, before, at and after its begin: no thread or handle is left', async () => {
    const resources = (): number =>
      process.getActiveResourcesInfo().filter((name) => /Worker|MessagePort/.test(name)).length
    const before = resources()
    for (let i = 0; i < 50; i++) {
      const running = startTraining(await jobFor(endless))
      if (i % 5 > 0) await new Promise((resolve) => setTimeout(resolve, 40 * (i % 5)))
      await running.cancel()
      await assert.rejects(running.done, { name: 'AbortError' })
    }
    assert.equal(resources(), before)
  })

  it('ends with the signal, also where that was given before', async () => {
    const controller = new AbortController()
    const running = trainInThread(await jobFor(endless), {
      signal: controller.signal,
      progress: () => controller.abort(new Error('redeployed')),
    })
    await assert.rejects(running, { message: 'redeployed' })
    await assert.rejects(trainInThread(await jobFor(), { signal: controller.signal }), {
      message: 'redeployed',
    })
  })

  it('says in plain words where TensorFlow.js is asked for and does not load', async () => {
    const running = startTraining(await jobFor(), { backEnd: 'tfjs-node', library: '/no/tfjs' })
    await assert.rejects(running.done, (error: unknown) => {
      assert.ok(error instanceof DeviceError)
      assert.match(error.message, /tfjs-node does not load \(Cannot find module '\/no\/tfjs'/)
      return true
    })
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
  const MB = 1024 * 1024

  it('is known before training: windows in both copies, network, thread, to 2 %', () => {
    // 2000 windows of 300 twice, a column of 50 rows of each in double precision, 2 KB beside each. Weights, gradients, two
    // moments, weights to begin with, best and kept ones: 7 × 40,892 floats; values and gradients of 32 windows of
    // 300 + 64 + 16 + 64 + 300; the transposed kernels.
    const dense = autoencoderSpec('dense', 50, 6, [64, 16])
    const windows = 2000 * (2 * 4 * 300 + 8 * 50 + 2048)
    const network = 4 * (7 * 40_892 + 32 * (300 + 2 * 444) + 40_448)
    const needed = memoryNeeded(dense, 32, 2000)
    assert.equal(needed.windows, windows)
    const expected = windows + network + 24 * MB
    assert.ok(Math.abs(needed.total / expected - 1) < 0.02, `${needed.total}, ${expected}`)
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

  it('names what takes most of it: the windows, where there are many', () => {
    const wide = autoencoderSpec('dense', 200, 6, [32, 8])
    assert.doesNotThrow(() => checkMemory(wide, 16, 15_000))
    assert.throws(
      () => checkMemory(wide, 16, 20_000),
      (error: unknown) => {
        assert.ok(error instanceof ConfigError)
        assert.match(
          error.message,
          /^rows: training would take 28\d MB, more than the 256 MB allowed, and 253 MB of it are the 20000 windows: set Learn from to fewer windows/,
        )
        return true
      },
    )
  })
})
