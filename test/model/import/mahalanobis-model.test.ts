import assert from 'node:assert/strict'
import { inverse, Matrix } from 'ml-matrix'
import {
  readMahalanobisHeader,
  readMahalanobisNpz,
  type MahalanobisModel,
} from '../../../src/model/import/mahalanobis-model'
import { expected, fixture, hasReference, referenceFile, referenceJson, refused, worst } from './fixture'

const { mean, covariance, inverse: inverted } = expected.mahalanobis

function header(name: string): string {
  return new TextDecoder().decode(fixture(name))
}

/** Squared distance, as the programs of system 1 report it. */
function squaredDistance({ columns, mean, matrix, holds }: MahalanobisModel, x: readonly number[]): number {
  const square = Matrix.from1DArray(columns, columns, matrix)
  const weight = holds === 'covariance' ? inverse(square) : square
  const away = Matrix.columnVector(x.map((value, i) => value - mean[i]!))
  return away.transpose().mmul(weight).mmul(away).get(0, 0)
}

describe('Mahalanobis models of system 1', () => {
  it('reads mean and covariance of an archive, in any order and precision', () => {
    for (const [name, tolerance] of [
      ['stored.npz', 0],
      ['deflated.npz', 0],
      ['f4_fortran.npz', 1e-9],
    ] as const) {
      const model = readMahalanobisNpz(fixture(name), name)
      assert.equal(model.holds, 'covariance')
      assert.equal(model.columns, 3)
      assert.ok(worst(model.mean, mean) <= tolerance, name)
      assert.ok(worst(model.matrix, covariance.flat()) <= tolerance, name)
    }
  })

  it('reads mean and inverse covariance of a C header', () => {
    const model = readMahalanobisHeader(header('model.h'), 'model.h')
    assert.equal(model.holds, 'inverse covariance')
    assert.deepEqual([...model.mean], mean)
    assert.deepEqual([...model.matrix], inverted.flat())
  })

  it('takes a header with nested braces, suffixes and comments', () => {
    const text =
      '/* model_mu[9] = {9} */ static const float model_mu[] = {1.0f, -2e-3f}; // no\n' +
      'const float model_inv_cov[2][2] = {{2.f, 0.5F}, {.5f, 1},};'
    const model = readMahalanobisHeader(text, 'm.h')
    assert.deepEqual([...model.mean], [1, -0.002])
    assert.deepEqual([...model.matrix], [2, 0.5, 0.5, 1])
  })

  it('refuses what does not fit, in words that name the array', () => {
    const read = (text: string) => () => readMahalanobisHeader(text, 'm.h')
    const mu = 'const float model_mu[2] = {1, 2};'
    refused(read(mu), 'files.lacks', 'model_inv_cov')
    refused(read('const float model_inv_cov[1][1] = {1};'), 'files.lacks', 'model_mu')
    refused(read(`${mu}const float model_inv_cov[2][2] = {1, 2, 3};`), 'files.badShape', 'model_inv_cov')
    refused(read(`${mu}const float model_inv_cov[2][2] = {1, 2, 3, nan};`), 'files.notNumbers', 'nan')
    refused(read(`${mu}const float model_inv_cov[2][2] = {1, 0.5, -0.5, 1};`), 'files.notFinite', 'm.h')
    refused(read(`${mu}const float model_inv_cov[2][2] = {1, 0, 0, -1};`), 'files.notFinite', 'm.h')
    refused(read(`${mu}const float model_inv_cov[1][1] = {1};`), 'files.wrongValue', '2 × 2 values')
    refused(read(`${mu}const float model_inv_cov[2][2] = {1, 0, 0, 1`), 'files.cutOff', 'm.h')
    refused(read(`${mu}${mu}`), 'files.twice', 'model_mu')
  })

  it('gives the distances of the shipped and reference models (skipped where ../shared is absent)', function () {
    if (!hasReference) return this.skip()
    interface Expected {
      files: Record<string, { mad: number[] }>
      mahalanobis_squared: Record<string, { d2: Record<string, number> }>
      md_model_reference: { d2: Record<string, number> }
    }
    const all = referenceJson<Expected>('system1/expected.json')
    const reference = all.md_model_reference
    const models: Record<string, { d2: Record<string, number> }> = {
      ...all.mahalanobis_squared,
      'md_model_reference.npz': reference,
      'md_model_reference_compressed.npz': reference,
    }
    const check = (name: string, d2: Record<string, number>, tolerance: number): void => {
      const model = readMahalanobisNpz(referenceFile(`system1/${name}`), name)
      for (const [file, wanted] of Object.entries(d2)) {
        const got = squaredDistance(model, all.files[file]!.mad)
        assert.ok(Math.abs(got - wanted) <= tolerance * wanted, `${name} ${file}: ${got} and ${wanted}`)
      }
    }
    for (const [name, { d2 }] of Object.entries(models)) check(name, d2, 1e-9)
    // Single precision: the inverse of a covariance that is off by 6e-8 of itself.
    check('md_model_reference_f32_fortran.npz', reference.d2, 1e-5)
  })
})
