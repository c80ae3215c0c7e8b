import assert from 'node:assert/strict'
import { InputError } from '../../src/core/errors'
import type { Frame } from '../../src/core/frame'
import { Random } from '../../src/core/random'
import type { FitProgress, FittedPart, Score } from '../../src/core/stage'
import { makeAutoencoder, type LearnerTools } from '../../src/train/autoencoder-learner'
import { fitAutoencoder } from '../../src/train/fit-autoencoder'
import { autoencoderLine, readAutoencoderSettings } from '../../src/train/learner-settings'
import { Scorer } from '../../src/train/scorer'
import { trainInThread } from '../../src/train/trainer'
import { buildKernels } from './build-kernels'

const CHANNELS = ['a', 'b', 'c', 'd']

/** Windows whose channels go together; with `fault`, channel c goes its own way. */
function frames(count: number, rows: number, seed: number, fault = false): Frame[] {
  const random = new Random(seed)
  return Array.from({ length: count }, (_, i) => {
    const phase = 2 * Math.PI * random.next()
    const data = Float32Array.from({ length: rows * 4 }, (_, j) => {
      const t = phase + 0.4 * Math.floor(j / 4)
      const channel = j % 4
      const clean = channel === 2 && fault ? -Math.cos(t) : channel % 2 === 0 ? Math.cos(t) : Math.sin(t)
      return 10 * channel + (1 + channel) * (clean + 0.05 * random.normal())
    })
    return { channels: CHANNELS, rate: 10, start: 1000 * i, data }
  })
}

function learner(
  settings: Record<string, unknown>,
  tools?: LearnerTools,
): ReturnType<typeof makeAutoencoder> {
  return makeAutoencoder(readAutoencoderSettings({ epochs: 60, ...settings }), tools)
}

async function scores(
  part: Pick<FittedPart, 'body' | 'blobs'>,
  given: readonly Frame[],
): Promise<readonly Score[]> {
  return learner({}).load(part.body, part.blobs).apply(given)
}

function rejectsWith(promise: Promise<unknown>, key: string): Promise<void> {
  return assert.rejects(promise, (error: unknown) => error instanceof InputError && error.key === key)
}

describe('an autoencoder that learns', function () {
  this.timeout(60_000)
  before(buildKernels)

  for (const [kind, rows, layers] of [
    ['dense', 1, ''],
    ['dense', 8, '12,4'],
    ['lstm', 8, '12'],
    ['conv1d', 8, '8,4'],
  ] as const) {
    it(`scores what it learned about 1 and a channel that goes its own way far higher, and names it: ${kind} over ${rows} rows`, async () => {
      const part = await learner({ kind, layers, learningRate: 0.01, epochs: 150 }).fit(frames(150, rows, 1))
      const normal = await scores(part, frames(60, rows, 2))
      const faulty = await scores(part, frames(60, rows, 3, true))
      const mean = normal.reduce((sum, { score }) => sum + score, 0) / 60
      assert.ok(mean > 0.5 && mean < 2.5, `mean score ${mean}`)
      const highest = Math.max(...normal.map(({ score }) => score))
      const caught = faulty.filter(({ score }) => score > highest).length
      assert.ok(caught >= 50, `${caught} of 60 above ${highest}`)
      const share = faulty.reduce((sum, { contributions }) => sum + contributions['c']!, 0) / 60
      assert.ok(share > 0.3, `share of c: ${share}`)
      for (const { contributions } of faulty) {
        assert.deepEqual(Object.keys(contributions), CHANNELS)
        const sum = Object.values(contributions).reduce((total, each) => total + each, 0)
        assert.ok(Math.abs(sum - 1) < 1e-9 && Object.values(contributions).every((each) => each >= 0))
      }
    })
  }

  it('is the same to the bit after it went through JSON and back, learned again, in a thread or without WebAssembly', async () => {
    const block = frames(60, 6, 1)
    const given = frames(20, 6, 2)
    const part = await learner({ kind: 'lstm', layers: 'small', epochs: 5 }).fit(block)
    const expected = await scores(part, given)
    const body: unknown = JSON.parse(JSON.stringify(part.body))
    const blobs = Object.fromEntries(
      Object.entries(part.blobs!).map(([name, bytes]) => [name, Uint8Array.from(Buffer.from(bytes))]),
    )
    assert.deepEqual(await scores({ body, blobs }, given), expected)
    for (const other of [
      learner({ kind: 'lstm', layers: 'small', epochs: 5 }, { fit: trainInThread }),
      learner({ kind: 'lstm', layers: 'small', epochs: 5, engine: 'plain' }),
    ]) {
      const again = await other.fit(block)
      assert.deepEqual(again.body, part.body)
      assert.deepEqual(again.blobs, part.blobs)
    }
  })

  it('reports rows, the loss curve, the best epoch, seconds and memory', async () => {
    const { report } = await learner({ epochs: 12 }).fit(frames(100, 1, 1))
    assert.equal(report.rows, 100)
    assert.deepEqual(report.warnings, [])
    const { losses, validationLosses, bestEpoch, epochs, trainingRows, validationRows, seconds, megabytes } =
      report.figures
    assert.ok(Array.isArray(losses) && Array.isArray(validationLosses))
    assert.equal(losses.length, epochs)
    assert.equal(Math.min(...(validationLosses as number[])), validationLosses[Number(bestEpoch) - 1])
    assert.deepEqual([trainingRows, validationRows], [79, 20])
    assert.ok(Number(seconds) > 0 && Number(megabytes) > 24 && Number(megabytes) < 25)
  })

  it('says how far it is, with the time left', async () => {
    const said: [number, FitProgress][] = []
    await learner({ epochs: 4 }).fit(frames(40, 1, 1), {
      progress: (done, progress) => said.push([done, progress!]),
    })
    assert.equal(said.length, 4)
    assert.equal(said.at(-1)![0], 1)
    const [, { text, short, figures }] = said[0]!
    assert.match(text, /^epoch 1\/4, loss [\d.]+, \d+ s left$/)
    assert.match(short, /^1\/4 \d?\.\d+ \d+s$/)
    assert.equal(figures!['epoch'], 1)
  })

  it('says how far it is in less than 20 characters, however long it takes and whatever the loss', async () => {
    for (const [secondsLeft, validationLoss, short] of [
      [99, 0.05211, '9999/10000 .052 99s'],
      [100, 0.5, '9999/10000 .5 2m'],
      [5940, 1.234, '9999/10000 1.23 99m'],
      [6001, 12.34, '9999/10000 12.3 2h'],
      [1, 0.000512, '9999/10000 5e-4 1s'],
      [1, 0.0123, '9999/10000 .012 1s'],
      [1, 9_876_543, '9999/10000 1e7 1s'],
      [1, 1e-12, '9999/10000 0 1s'],
    ] as const) {
      const said: string[] = []
      const fit: LearnerTools['fit'] = (job, { progress }) => {
        progress?.({ epoch: 9999, epochs: 10_000, loss: 1, validationLoss, secondsLeft })
        return fitAutoencoder(job)
      }
      const context = { progress: (_: number, progress?: FitProgress) => said.push(progress!.short) }
      await learner({ epochs: 1 }, { fit }).fit(frames(30, 1, 1), context)
      assert.deepEqual(said, [short])
      assert.ok(short.length < 20)
    }
  })

  it('is indifferent to the units of its channels: scaled by itself, named errors relative to their own', async () => {
    const block = frames(80, 1, 1)
    const given = frames(20, 1, 2)
    const factor = [1, 1e3, 1e-3, 64]
    const other = (each: readonly Frame[]): Frame[] =>
      each.map((frame) => ({ ...frame, data: frame.data.map((value, i) => value * factor[i % 4]!) }))
    const [one, two] = await Promise.all([learner({}).fit(block), learner({}).fit(other(block))])
    const [a, b] = await Promise.all([scores(one, given), scores(two, other(given))])
    a.forEach(({ score }, i) =>
      assert.ok(Math.abs(b[i]!.score / score - 1) < 0.05, `${score}, ${b[i]!.score}`),
    )
  })

  it('gives the plain error where it is told to: the mean squared difference in units of a deviation', async () => {
    const block = frames(80, 1, 1)
    const part = await learner({ errorScale: 'plain' }).fit(block)
    const body = part.body as { weight: number[] }
    assert.deepEqual(body.weight, [1, 1, 1, 1])
  })

  it('warns of a channel that is constant and lets its later change stand out', async () => {
    const still = (given: Frame[], value: number): Frame[] =>
      given.map((frame) => ({ ...frame, data: frame.data.map((x, i) => (i % 4 === 3 ? value : x)) }))
    const part = await learner({}).fit(still(frames(80, 1, 1), 5))
    assert.deepEqual(part.report.warnings, [{ key: 'learning.constantChannel', params: { channel: 'd' } }])
    const [normal] = await scores(part, still(frames(1, 1, 2), 5))
    const [changed] = await scores(part, still(frames(1, 1, 2), 6))
    assert.ok(changed!.score > 10 * normal!.score)
    assert.ok(changed!.contributions['d']! > 0.8)
  })

  it('warns where it learned next to nothing: noise has no pattern', async () => {
    const random = new Random(5)
    const channels = Array.from({ length: 60 }, (_, i) => `n${i}`)
    const noise = Array.from({ length: 100 }, (_, i) => ({
      channels,
      start: i,
      data: Float32Array.from(channels, () => random.normal()),
    }))
    const part = await learner({ layers: '1' }).fit(noise)
    assert.deepEqual(
      part.report.warnings.map(({ key }) => key),
      ['train.learnedLittle'],
    )
  })

  it('goes on from a model: its scaling and weights, another block', async () => {
    const block = frames(80, 1, 1)
    const first = await learner({ epochs: 30 }).fit(block)
    const more = await learner({ epochs: 5 }, { from: first }).fit(frames(80, 1, 7))
    const validation = (part: FittedPart): number => (part.report.figures['validationLosses'] as number[])[0]!
    assert.ok(validation(more) < validation(first) / 2)
    assert.deepEqual((more.body as { offset: unknown }).offset, (first.body as { offset: unknown }).offset)
    await rejectsWith(learner({}, { from: first }).fit(frames(80, 2, 7)), 'learning.mismatch')
  })

  it('goes on from a network that was given: its own line and loss, whatever the settings say', async () => {
    const kind = 'autoencoder given dense 4-2 mae'
    const given = await learner({ loss: 'mae', layers: '2', errorScale: 'plain' }).fit(frames(80, 1, 1))
    const going = learner({ kind: 'lstm', layers: 'large', loss: 'mse' }, { from: { kind, ...given } })
    assert.equal(going.line, kind)
    const { body } = await going.fit(frames(80, 1, 7))
    const { loss, spec } = body as { loss: string; spec: unknown }
    assert.equal(loss, 'mae')
    assert.deepEqual(spec, (given.body as { spec: unknown }).spec)
  })

  it('knows from the first window whether a block of them could be learned from', () => {
    const [window] = frames(1, 1, 1)
    const [long] = frames(1, 1000, 1)
    assert.doesNotThrow(() => learner({}).check(window!, 30))
    for (const [settings, frame, rows, key] of [
      [{}, window!, 29, 'learning.tooFewRows'],
      [{ kind: 'lstm' }, window!, 60, 'train.tooShort'],
      [{ kind: 'conv1d' }, window!, 60, 'train.tooShort'],
      [{}, { ...window!, channels: ['a'], data: Float32Array.of(1) }, 60, 'train.tooNarrow'],
      [{}, long!, 20_000, 'train.tooManyWindows'],
      [{ layers: '1024,1024', batch: 1024 }, long!, 60, 'train.tooMuchMemory'],
    ] as const) {
      assert.throws(() => learner(settings).check(frame, rows), { key })
    }
  })

  it('refuses what it cannot learn from, in words', async () => {
    await rejectsWith(learner({}).fit(frames(29, 1, 1)), 'learning.tooFewRows')
    await rejectsWith(learner({ kind: 'lstm' }).fit(frames(40, 1, 1)), 'train.tooShort')
    await rejectsWith(learner({ kind: 'conv1d', layers: '8,8,8' }).fit(frames(40, 7, 1)), 'train.tooShort')
    const one = frames(40, 1, 1).map((frame) => ({ ...frame, channels: ['a'], data: frame.data.slice(0, 1) }))
    await rejectsWith(learner({}).fit(one), 'train.tooNarrow')
    const bad = frames(40, 1, 1)
    bad[3]!.data[2] = NaN
    await rejectsWith(learner({}).fit(bad), 'frame.notFinite')
    await assert.rejects(learner({ layers: '1024,1024', batch: 1024 }).fit(frames(30, 1000, 1)), {
      key: 'train.tooMuchMemory',
    })
  })

  it('refuses frames of another shape, and parts that are not its own', async () => {
    const part = await learner({ epochs: 2 }).fit(frames(40, 1, 1))
    await rejectsWith(scores(part, frames(1, 2, 1)), 'learning.mismatch')
    const renamed = frames(1, 1, 1).map((frame) => ({ ...frame, channels: ['a', 'b', 'c', 'e'] }))
    await rejectsWith(scores(part, renamed), 'learning.mismatch')
    const body = part.body as Record<string, unknown>
    const short = { weights: part.blobs!['weights']!.slice(4) }
    const holed = { weights: part.blobs!['weights']!.slice() }
    holed.weights.set([0, 0, 0xc0, 0x7f], 8)
    for (const [other, blobs] of [
      [{}, part.blobs],
      [null, part.blobs],
      [body, {}],
      [body, short],
      [body, holed],
      [{ ...body, spec: { kind: 'dense' } }, part.blobs],
    ] as const) {
      assert.throws(() => learner({}).load(other, blobs), InputError)
    }
  })

  it('lets another engine score what it learned, with or without a promise', async () => {
    const part = await learner({ epochs: 2 }).fit(frames(40, 1, 1))
    const own = await scores(part, frames(5, 1, 2))
    const later = learner(
      {},
      {
        open: (model) => {
          const scorer = new Scorer(model)
          return { score: (windows, count) => Promise.resolve(scorer.score(windows, count)) }
        },
      },
    )
    assert.deepEqual(await later.load(part.body, part.blobs).apply(frames(5, 1, 2)), own)
  })
})

describe('settings of an autoencoder', () => {
  it('have defaults, read what a dialog holds, and make the contract line', () => {
    const settings = readAutoencoderSettings({ kind: 'conv1d', layers: '16, 8', epochs: '50' })
    assert.deepEqual(settings.layers, [16, 8])
    assert.equal(settings.epochs, 50)
    assert.equal(autoencoderLine(settings), 'autoencoder conv1d 16-8 mse scaled')
    assert.equal(autoencoderLine(readAutoencoderSettings()), 'autoencoder dense medium mse scaled')
  })

  it('refuse the rest, naming the field', () => {
    for (const [field, value] of [
      ['layers', '16, x'],
      ['layers', '0'],
      ['layers', [1, 2, 3, 4, 5, 6, 7]],
      ['kind', 'gru'],
      ['batch', 0],
      ['learningRate', 'fast'],
      ['patience', 1.5],
    ] as const) {
      assert.throws(() => readAutoencoderSettings({ [field]: value }), {
        name: 'ConfigError',
        message: new RegExp(`^${field} must`),
      })
    }
  })
})
