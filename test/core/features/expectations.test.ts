import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import FFT from 'fft.js'
import { createFourier } from '../../../src/core/features/fourier'
import { FeaturePlan } from '../../../src/core/features/feature-plan'
import { FeatureStage } from '../../../src/core/features/feature-stage'
import { MedianFinder, quantileInPlace } from '../../../src/core/features/median'
import { FEATURES } from '../../../src/core/features/registry'
import { readFeatureSettings } from '../../../src/core/features/settings'
import { expected, normal, uniform, worst } from '../../expectations/signal-core'

const ALL = FEATURES.map((feature) => feature.name)

/** Numbers are compared relative to themselves: all of these are larger. */
const SMALLEST = 1e-5

describe('features against numpy and scipy', () => {
  for (const window of expected.windows) {
    const { rows, rate, channels, bands, removeMean, data } = window
    const settings = readFeatureSettings({ features: ALL, bands, removeMean })
    const wanted = new Map<string, number>(Object.entries(window.expected))
    const title = `${rows} samples, ${channels.length} channels, mean ${removeMean ? 'removed' : 'kept'}`

    it(`agree to 1e-9 in double precision: ${title}`, () => {
      const plan = new FeaturePlan(settings, channels, { rows, rate })
      assert.deepEqual([...plan.columns].sort(), [...wanted.keys()].sort())
      const out: number[] = []
      assert.equal(plan.run(Float64Array.from(data), out), undefined)
      const ordered = plan.columns.map((name) => wanted.get(name)!)
      const difference = worst(out, ordered, SMALLEST)
      assert.ok(difference < 1e-9, `differs by ${difference}`)
    })

    it(`agree to 1e-6 where Float32 is stored: ${title}`, () => {
      const stage = new FeatureStage(settings)
      const [frame] = stage.push({ channels, rate, start: 0, data: Float32Array.from(data) })
      assert.ok(frame !== undefined && 'channels' in frame)
      const ordered = frame.channels.map((name) => wanted.get(name)!)
      const difference = worst(frame.data, ordered, SMALLEST)
      assert.ok(difference < 1e-6, `differs by ${difference}`)
    })
  }

  it('transforms as numpy.fft, for powers of two, mixed and prime lengths', () => {
    for (const { re, im, fftRe, fftIm } of expected.fourier) {
      const [x, y] = [re.slice(), im.slice()]
      createFourier(re.length).transform(x, y)
      assert.ok(
        worst(x, fftRe) < 1e-13 * re.length && worst(y, fftIm) < 1e-13 * re.length,
        `length ${re.length}`,
      )
    }
  })

  it('transforms as fft.js does at a power of two, and again on the same object', () => {
    const next = normal(5)
    const fourier = createFourier(512)
    const reference = new FFT(512)
    for (let round = 0; round < 3; round++) {
      const re = Array.from({ length: 512 }, next)
      const im = Array.from({ length: 512 }, next)
      const wanted = reference.createComplexArray() as number[]
      const input = re.flatMap((x, i) => [x, im[i]!])
      reference.transform(wanted, input)
      fourier.transform(re, im)
      assert.ok(
        worst(
          re.flatMap((x, i) => [x, im[i]!]),
          wanted,
        ) < 1e-12,
      )
    }
  })

  it('finds medians, deviations and quantiles as numpy does', () => {
    for (const { values, median, mad, quantiles } of expected.orderStatistics) {
      const { mean, spread, range } = moments(values)
      const finder = new MedianFinder(values.length)
      assert.equal(finder.median(values, mean, spread, range), median)
      assert.ok(Math.abs(finder.medianDeviation(values, median, spread, range) - mad) < 1e-15)
      for (const [q, wanted] of quantiles) {
        assert.ok(
          Math.abs(quantileInPlace(values.slice(), q!) - wanted!) <= 1e-12 * Math.abs(wanted!),
          `quantile ${q}`,
        )
      }
    }
  })

  it('finds exact medians of data that misleads its guess', () => {
    const random = uniform(17)
    const finder = new MedianFinder(101)
    const even = new MedianFinder(64)
    const shapes = [
      (): number => random(),
      (): number => (random() < 0.5 ? 0 : 1),
      (): number => random() ** 9 * 1e9,
      (i: number): number => (i === 3 ? 1e30 : i),
      (i: number): number => (i < 40 ? -1 : 5 + i),
      (): number => Math.sin(20 * random()),
      (): number => Math.round(random() * 3),
    ]
    for (let round = 0; round < 700; round++) {
      const shape = shapes[Math.floor(random() * shapes.length)]!
      for (const f of [finder, even]) {
        const values = Array.from({ length: f === finder ? 101 : 64 }, (_, i) => shape(i))
        const { mean, spread, range } = moments(values)
        const median = sortedMedian(values)
        assert.equal(f.median(values, mean, spread, range), median)
        const deviations = values.map((x) => Math.abs(x - median))
        assert.equal(f.medianDeviation(values, median, spread, range), sortedMedian(deviations))
      }
    }
  })
})

function moments(values: readonly number[]): { mean: number; spread: number; range: number } {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length
  const spread = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length)
  return { mean, spread, range: Math.max(...values) - Math.min(...values) }
}

function sortedMedian(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const n = sorted.length
  return n % 2 === 1 ? sorted[n >> 1]! : (sorted[n / 2 - 1]! + sorted[n / 2]!) / 2
}

describe('features of recorded vibration', () => {
  const folder = path.resolve(__dirname, '../../../../shared/reference/system1')
  it('MAD of the first 128 rows equals that of the ceiling-fan system (skipped where ../shared is absent)', function () {
    if (!fs.existsSync(path.join(folder, 'expected.json'))) this.skip()
    const { files } = JSON.parse(fs.readFileSync(path.join(folder, 'expected.json'), 'utf8')) as {
      files: Record<string, { mad: number[] }>
    }
    const plan = new FeaturePlan(readFeatureSettings({ features: 'mad' }), ['x', 'y', 'z'], { rows: 128 })
    let seen = 0
    for (const [name, { mad }] of Object.entries(files)) {
      const text = fs.readFileSync(path.join(folder, 'csv', name), 'utf8')
      const data = text
        .trim()
        .split('\n')
        .slice(0, 128)
        .flatMap((line) => line.split(',').map(Number))
      const out: number[] = []
      plan.run(Float64Array.from(data), out)
      assert.ok(worst(out, mad, 1e-6) < 1e-9, `${name}: ${out.join()} is not ${mad.join()}`)
      seen++
    }
    assert.ok(seen >= 16)
  })
})
