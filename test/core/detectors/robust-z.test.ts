import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { makeRobustZ, readRobustZ, type Aggregate } from '../../../src/core/detectors/robust-z'
import type { Frame } from '../../../src/core/frame'
import type { FittedPart, Score } from '../../../src/core/stage'
import { expected, normal, worst } from '../../expectations/signal-core'

const { columns, data, probe } = expected.robust
const CHANNELS = ['temp', 'pressure', 'vibration']

function frames(values: ArrayLike<number>, width = columns): Frame[] {
  return Array.from({ length: values.length / width }, (_, i) => ({
    channels: CHANNELS.slice(0, width),
    start: i * 1000,
    data: Float32Array.from({ length: width }, (_, c) => values[i * width + c]!),
  }))
}

describe('robust-z', () => {
  for (const aggregate of ['max', 'mean'] as const) {
    it(`equals median and MAD of scipy to 1e-6 where Float32 is stored: ${aggregate}`, () => {
      // Values near 50 with a spread of 1 keep 6 digits of their deviation in Float32.
      const learner = makeRobustZ({ aggregate })
      const scores = learner
        .load((learner.fit(frames(data)) as FittedPart).body)
        .apply(frames(probe)) as readonly Score[]
      assert.ok(
        worst(
          scores.map(({ score }) => score),
          expected.robust[aggregate],
        ) < 2e-5,
      )
    })

    it(`equals them to 1e-9 in double precision: ${aggregate}`, () => {
      const asDoubles = (values: readonly number[]): Frame[] =>
        frames(values).map((frame, i) => ({
          ...frame,
          data: Float64Array.from(values.slice(i * columns, (i + 1) * columns)) as unknown as Float32Array,
        }))
      const learner = makeRobustZ({ aggregate })
      const scores = learner
        .load((learner.fit(asDoubles(data)) as FittedPart).body)
        .apply(asDoubles(probe)) as readonly Score[]
      assert.ok(
        worst(
          scores.map(({ score }) => score),
          expected.robust[aggregate],
          1e-3,
        ) < 1e-9,
      )
    })
  }

  it('is hardly moved by outliers among the frames learned from', () => {
    const next = normal(5)
    const clean = Array.from({ length: 300 }, next)
    const dirty = clean.map((x, i) => (i % 10 === 0 ? 40 : x))
    const score = (values: readonly number[]): number => {
      const learner = makeRobustZ({ aggregate: 'max' })
      return (
        learner
          .load((learner.fit(frames(values, 1)) as FittedPart).body)
          .apply(frames([4], 1)) as readonly Score[]
      )[0]!.score
    }
    assert.ok(Math.abs(score(dirty) / score(clean) - 1) < 0.2)
  })

  it('learns without the share of frames that may be anomalous', () => {
    const next = normal(6)
    const values = Array.from({ length: 200 }, (_, i) => (i % 20 === 3 ? 12 + next() : next()))
    const fit = (contamination: number): FittedPart =>
      makeRobustZ({ aggregate: 'max', contamination }).fit(frames(values, 1)) as FittedPart
    const plain = fit(0)
    assert.ok(Number(plain.report.figures.trainingQuantile995) > 10)
    const trimmed = fit(0.05)
    assert.equal(trimmed.report.figures.leftOut, 10)
    assert.ok(Number(trimmed.report.figures.trainingQuantile995) < 4)
  })

  it('takes the mean deviation where more than half the values are equal', () => {
    const values = Array.from({ length: 100 }, (_, i) => (i % 3 === 0 ? 50.5 + (i % 7) / 10 : 50))
    const learner = makeRobustZ({ aggregate: 'max' })
    const [score] = learner
      .load((learner.fit(frames(values, 1)) as FittedPart).body)
      .apply(frames([51], 1)) as readonly Score[]
    assert.ok(score!.score > 1 && score!.score < 10, String(score!.score))
  })

  it('judges all rows of a window', () => {
    const next = normal(7)
    const window = (): Frame => ({
      channels: ['a', 'b'],
      start: 0,
      data: Float32Array.from({ length: 20 }, next),
    })
    const block = Array.from({ length: 50 }, window)
    const odd = window()
    odd.data[13] = -30
    const score = (aggregate: Aggregate): Score => {
      const learner = makeRobustZ({ aggregate })
      return (learner.load((learner.fit(block) as FittedPart).body).apply([odd]) as readonly Score[])[0]!
    }
    assert.ok(Math.abs(score('max').score - 30) < 3 && score('max').contributions.b! > 0.6)
    assert.ok(Math.abs(score('mean').score - (30 + 19 * 0.8) / 20) < 0.5)
  })

  const folder = path.resolve(__dirname, '../../../../shared/reference/system3')
  it('learns what sensad learned of its quick start (skipped where ../shared is absent)', function () {
    if (!fs.existsSync(path.join(folder, 'baseline.json'))) this.skip()
    const baseline = JSON.parse(fs.readFileSync(path.join(folder, 'baseline.json'), 'utf8')) as {
      med: Record<string, number>
      mad: Record<string, number>
      threshold: number
    }
    const lines = fs.readFileSync(path.join(folder, 'train.csv'), 'utf8').trim().split('\n').slice(1)
    const values = lines.flatMap((line) => line.split(',').slice(1).map(Number))
    const { body, report } = makeRobustZ({ aggregate: 'max' }).fit(frames(values)) as FittedPart
    const learned = readRobustZ(body)
    CHANNELS.forEach((channel, c) => {
      assert.ok(Math.abs(learned.center[c]! - baseline.med[channel]!) < 1e-6 * baseline.med[channel]!)
      assert.ok(Math.abs(learned.scale[c]! - 1.4826 * baseline.mad[channel]!) < 1e-5 * baseline.mad[channel]!)
    })
    // Its threshold is the 99.5 % quantile of the scores it was trained on, spikes included.
    assert.ok(Math.abs(Number(report.figures.trainingQuantile995) - baseline.threshold) < 1e-4)
  })

  it('refuses settings by name', () => {
    assert.throws(() => makeRobustZ({ aggregate: 'sum' as Aggregate }), {
      name: 'ConfigError',
      message: /^aggregate/,
    })
    assert.throws(() => makeRobustZ({ aggregate: 'max', contamination: 0.6 }), {
      name: 'ConfigError',
      message: /^contamination/,
    })
  })
})
