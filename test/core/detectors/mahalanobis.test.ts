import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { empiricalCovariance, ledoitWolfCovariance } from '../../../src/core/detectors/covariance'
import {
  mahalanobisBody,
  makeMahalanobis,
  MahalanobisModel,
  readMahalanobis,
  type Covariance,
} from '../../../src/core/detectors/mahalanobis'
import type { Frame } from '../../../src/core/frame'
import type { FittedPart, Score } from '../../../src/core/stage'
import { expected, normal, worst } from '../../expectations/signal-core'

const { columns, data, probe, cases } = expected.covariance
const names = (count: number): string[] => Array.from({ length: count }, (_, c) => `c${c}`)

function frames(values: ArrayLike<number>, width = columns, channels = names(width)): Frame[] {
  return Array.from({ length: values.length / width }, (_, i) => ({
    channels,
    start: i * 1000,
    data: Float32Array.from({ length: width }, (_, c) => values[i * width + c]!),
  }))
}

function fit(covariance: Covariance, block: readonly Frame[]): FittedPart {
  return makeMahalanobis({ covariance }).fit(block) as FittedPart
}

describe('mahalanobis', () => {
  for (const { name, rows, method, shrinkage, covariance, distances, contributions } of cases) {
    const isShrunk = method === 'ledoit-wolf'
    const estimate = isShrunk ? ledoitWolfCovariance : empiricalCovariance
    const moments = estimate(Float64Array.from(data.slice(0, rows * columns)), columns)

    it(`equals scikit-learn to 1e-9 in double precision: ${method}, ${name}`, () => {
      assert.ok(
        Math.abs(moments.shrinkage - shrinkage) <= 1e-9 * Math.max(shrinkage, 1e-3),
        `shrinkage ${moments.shrinkage}`,
      )
      assert.ok(worst(moments.covariance, covariance) < 1e-9)
      const { body } = mahalanobisBody(names(columns), 1, 'given', moments.mean, moments.covariance)
      const model = new MahalanobisModel(readMahalanobis(JSON.parse(JSON.stringify(body))))
      const got = distances.map((_, i) => model.distance(probe.slice(i * columns, (i + 1) * columns)))
      assert.ok(worst(got, distances, 1e-3) < 1e-9, `differs by ${worst(got, distances)}`)
    })

    it(`equals scikit-learn to 1e-6 where Float32 is stored, contributions too: ${method}, ${name}`, () => {
      const learner = makeMahalanobis({ covariance: method as Covariance })
      const part = learner.fit(frames(data.slice(0, rows * columns))) as FittedPart
      const scores = learner.load(part.body).apply(frames(probe)) as readonly Score[]
      assert.ok(
        worst(
          scores.map(({ score }) => score),
          distances,
          1e-3,
        ) < 1e-6,
      )
      const shares = scores.flatMap(({ contributions: share }) =>
        names(columns).map((channel) => share[channel]!),
      )
      const difference = worst(shares, contributions, 1e-6)
      assert.ok(difference < 1e-6, `differs by ${difference}`)
      assert.ok(Math.abs(Number(part.report.figures.shrinkage) - shrinkage) < 1e-6)
    })
  }

  it('reports D, not D²: independent columns of unit variance give the length of the deviation', () => {
    const next = normal(1)
    const block = frames(Array.from({ length: 20_000 * 2 }, next), 2)
    const learner = makeMahalanobis({ covariance: 'empirical' })
    const [score] = learner
      .load((learner.fit(block) as FittedPart).body)
      .apply(frames([3, 4], 2)) as readonly Score[]
    assert.ok(Math.abs(score!.score - 5) < 0.1, String(score!.score))
    assert.ok(Math.abs(score!.contributions.c0! - 0.36) < 0.02)
  })

  it('says how many windows it needs', () => {
    const next = normal(2)
    const block = (count: number): Frame[] => frames(Array.from({ length: count * 20 }, next), 20)
    assert.throws(() => fit('ledoit-wolf', block(29)), {
      name: 'InputError',
      message: /at least 30 windows, but only 29/,
    })
    assert.throws(() => fit('empirical', block(39)), {
      name: 'InputError',
      message: /20 columns needs at least 40 windows, but only 39/,
    })
    assert.equal(makeMahalanobis({ covariance: 'ledoit-wolf' }).minimumRows(42), 30)
    assert.equal(makeMahalanobis({ covariance: 'empirical' }).minimumRows(42), 84)
    fit('ledoit-wolf', block(30))
    fit('empirical', block(40))
  })

  it('stays finite and says so where columns follow from others or are constant', () => {
    const next = normal(3)
    const values = Array.from({ length: 60 }, () => {
      const [a, b] = [next(), next()]
      return [a, b, a - b, 5]
    })
    for (const covariance of ['ledoit-wolf', 'empirical'] as const) {
      const learner = makeMahalanobis({ covariance })
      const part = learner.fit(frames(values.flat(), 4)) as FittedPart
      const keys = part.report.warnings.map(({ key }) => key)
      assert.ok(keys.includes('learning.constantChannel'))
      assert.equal(keys.includes('detector.collinear'), covariance === 'empirical')
      const model = learner.load(part.body)
      const inside = model.apply(frames(values.flat(), 4)) as readonly Score[]
      for (const { score } of inside) assert.ok(score < 10)
      // Breaking the law between the columns stands out; so does the constant one.
      const [broken, moved] = model.apply(frames([1, 1, 1, 5, 0, 0, 0, 6], 4)) as readonly Score[]
      assert.ok(covariance === 'ledoit-wolf' || broken!.score > 100, `${covariance} ${broken!.score}`)
      assert.ok(moved!.score > 3 && moved!.contributions.c3! > 0.9, JSON.stringify(moved))
    }
  })

  it('takes a window of several rows as one vector, with contributions per channel', () => {
    const next = normal(4)
    const window = (): Frame => ({
      channels: ['a', 'b'],
      start: 0,
      data: Float32Array.from({ length: 12 }, next),
    })
    const learner = makeMahalanobis({ covariance: 'ledoit-wolf' })
    const model = learner.load((learner.fit(Array.from({ length: 200 }, window)) as FittedPart).body)
    const odd = window()
    odd.data[7] = 12
    const [score] = model.apply([odd]) as readonly Score[]
    assert.deepEqual(Object.keys(score!.contributions), ['a', 'b'])
    assert.ok(score!.score > 11 && score!.contributions.b! > 0.9)
    const wide: Frame = {
      channels: ['a', 'b', 'c'],
      start: 0,
      data: Float32Array.from({ length: 3 * 171 }, next),
    }
    assert.throws(() => learner.fit(Array.from({ length: 40 }, () => wide)), {
      name: 'InputError',
      message: /513 values.*512/,
    })
  })

  const reference = path.resolve(__dirname, '../../../../shared/reference/system1/expected.json')
  it('gives the squared distances of the ceiling-fan models (skipped where ../shared is absent)', function () {
    if (!fs.existsSync(reference)) this.skip()
    const { files, mahalanobis_squared: models } = JSON.parse(fs.readFileSync(reference, 'utf8')) as {
      files: Record<string, { mad: number[] }>
      mahalanobis_squared: Record<
        string,
        { model_mu: number[]; model_cov: number[][]; d2: Record<string, number> }
      >
    }
    let seen = 0
    for (const { model_mu: mean, model_cov: covariance, d2 } of Object.values(models)) {
      const { body } = mahalanobisBody(
        ['x', 'y', 'z'],
        1,
        'given',
        Float64Array.from(mean),
        Float64Array.from(covariance.flat()),
      )
      const model = new MahalanobisModel(body)
      for (const [name, wanted] of Object.entries(d2)) {
        const squared = model.distance(files[name]!.mad) ** 2
        assert.ok(Math.abs(squared - wanted) <= 1e-9 * wanted, `${name}: ${squared} is not ${wanted}`)
        seen++
      }
    }
    assert.ok(seen >= 30)
  })
})
