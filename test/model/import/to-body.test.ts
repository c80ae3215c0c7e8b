import assert from 'node:assert/strict'
import { MahalanobisModel, readMahalanobis } from '../../../src/core/detectors/mahalanobis'
import { readRobustZ, RobustZModel } from '../../../src/core/detectors/robust-z'
import { readMahalanobisHeader, readMahalanobisNpz } from '../../../src/model/import/mahalanobis-model'
import { readSensadBaseline } from '../../../src/model/import/sensad'
import { readSklearnScaler } from '../../../src/model/import/sklearn-scaler'
import {
  toMahalanobisBody,
  toRobustZBody,
  toScalerBody,
  toSensadBaseline,
} from '../../../src/model/import/to-body'
import { expected, fixture, hasReference, referenceFile, referenceJson, refused, worst } from './fixture'

describe('imported files as learnt parts', () => {
  it('a scaler takes the names of its file, or those that are given, and refuses others', () => {
    const named = readSklearnScaler(fixture('minmax_named.joblib'), 's')
    assert.deepEqual(toScalerBody(named, undefined, 's').channels, ['ax', 'az', 'temp °C', 'rpm'])
    refused(() => toScalerBody(named, ['az', 'ax', 'temp °C', 'rpm'], 's'), 'files.wrongValue', 'az, ax')
    const plain = readSklearnScaler(fixture('minmax_clip.joblib'), 's')
    assert.deepEqual(toScalerBody(plain, ['a', 'b', 'c', 'd'], 's').clip, [0.5, 2.5])
    refused(() => toScalerBody(plain, undefined, 's'), 'files.lacks', 'name its 4 columns')
    refused(() => toScalerBody(plain, ['a', 'b'], 's'), 'files.wrongValue', '4 names')
  })

  it('a Mahalanobis model gives the distance, from covariance and inverse covariance alike', () => {
    const { mean, inverse } = expected.mahalanobis
    const at = [0.012, 0.0065, 0.0051]
    const away = at.map((value, i) => value - mean[i]!)
    const square = away.reduce(
      (sum, x, i) => sum + x * inverse[i]!.reduce((part, w, j) => part + w * away[j]!, 0),
      0,
    )
    const header = new TextDecoder().decode(fixture('model.h'))
    for (const model of [
      readMahalanobisNpz(fixture('stored.npz'), 'm'),
      readMahalanobisHeader(header, 'm'),
    ]) {
      const { body, floored } = toMahalanobisBody(model, ['x', 'y', 'z'], 'm')
      const distance = new MahalanobisModel(readMahalanobis(body)).distance(at)
      assert.ok(Math.abs(distance - Math.sqrt(square)) < 1e-9 * distance)
      assert.equal(floored, 0)
    }
    const model = readMahalanobisNpz(fixture('stored.npz'), 'm')
    refused(() => toMahalanobisBody(model, ['x', 'y'], 'm'), 'files.wrongValue', '3 names')
  })

  it('refuses an inverse covariance that has no inverse', () => {
    const text = 'const float model_mu[2] = {0, 0}; const float model_inv_cov[2][2] = {1, 1, 1, 1};'
    refused(
      () => toMahalanobisBody(readMahalanobisHeader(text, 'm'), ['x', 'y'], 'm'),
      'files.notFinite',
      'm',
    )
  })

  it('a robust z goes to sensad and back without a change of its scores', () => {
    const body = {
      version: 1,
      aggregate: 'mean',
      channels: ['a', 'b'],
      center: [1, -2],
      scale: [0.25, 3],
    } as const
    const baseline = toSensadBaseline(body, 4.5, 0.99)
    assert.ok(Math.abs(1.4826 * baseline.mad[0]! + 1e-12 - 0.25) < 1e-15)
    const back = toRobustZBody(baseline)
    assert.deepEqual({ ...back, scale: undefined }, { ...body, scale: undefined })
    assert.ok(worst(back.scale, body.scale) < 1e-15)
    assert.ok(toRobustZBody(toSensadBaseline({ ...body, scale: [1e-13, 1] }, 1, 1)).scale[0]! > 1e-9)
  })

  it("gives the squared distances of system 1's models (skipped where ../shared is absent)", function () {
    if (!hasReference) return this.skip()
    interface Expected {
      files: Record<string, { mad: number[] }>
      mahalanobis_squared: Record<string, { d2: Record<string, number> }>
    }
    const { files, mahalanobis_squared: models } = referenceJson<Expected>('system1/expected.json')
    for (const [name, { d2 }] of Object.entries(models)) {
      const model = readMahalanobisNpz(referenceFile(`system1/${name}`), name)
      const distance = new MahalanobisModel(toMahalanobisBody(model, ['x', 'y', 'z'], name).body)
      for (const [file, wanted] of Object.entries(d2)) {
        const got = distance.distance(files[file]!.mad) ** 2
        assert.ok(Math.abs(got - wanted) < 1e-9 * wanted, `${name} ${file}`)
      }
    }
  })

  it("gives sensad's scores of its own test rows (skipped where ../shared is absent)", function () {
    if (!hasReference) return this.skip()
    const lines = (name: string): string[][] =>
      new TextDecoder()
        .decode(referenceFile(`system3/${name}`))
        .trim()
        .split(/\r?\n/)
        .map((line) => line.split(','))
    const baseline = readSensadBaseline(referenceFile('system3/baseline.json'), 'b')
    for (const [agg, name] of [
      ['max', 'predictions.csv'],
      ['mean', 'pred_mean.csv'],
    ] as const) {
      const model = new RobustZModel(readRobustZ(toRobustZBody({ ...baseline, agg })))
      const [header = [], ...rows] = lines(name)
      const column = (title: string): number => header.indexOf(title)
      assert.equal(rows.length, 60)
      const frames = rows.map((row) => ({
        channels: baseline.columns,
        start: 0,
        data: Float32Array.from(baseline.columns, (title) => Number(row[column(title)])),
        contract: [],
      }))
      const got = model.apply(frames).map(({ score }) => score)
      const wanted = rows.map((row) => Number(row[column('anomaly_score')]))
      assert.ok(worst(got, wanted) < 1e-6, `${agg}: ${worst(got, wanted)}`)
    }
  })
})
