import assert from 'node:assert/strict'
import fs from 'node:fs'
import { loadScaler } from '../../src/cli/chain/load-part'
import { readModel } from '../../src/cli/model/stored-model'
import type { Frame } from '../../src/core/frame'
import { records, referenceFile, scratch, succeed } from './edge-anomaly'

type Rows = readonly (readonly number[])[]
type ByFile = Readonly<Record<string, number>>

const document = <T>(name: string): T => JSON.parse(fs.readFileSync(referenceFile(name)!, 'utf8')) as T

describe('every file of the five systems, taken in by the terminal (needs ../shared/reference)', function () {
  this.timeout(120_000)
  before(function () {
    if (referenceFile('system1') === undefined) this.skip()
  })
  const file = scratch()
  let count = 0
  /** Scores of single rows by the model in a file. */
  function scores(name: string, rows: Rows): readonly number[] {
    const model = file(`model-${++count}`)
    const channels = rows[0]!.map((_, i) => `c${i}`).join(',')
    succeed(['import', referenceFile(name)!, '--model', model, '--channels', channels, '--threshold', '1'])
    const text = `${channels}\n${rows.map((row) => row.join(',')).join('\n')}\n`
    return records(succeed(['score', '--model', model, '--input', '-'], text)).map(({ score }) =>
      Number(score),
    )
  }
  interface System1 {
    readonly files: Readonly<Record<string, { readonly mad: readonly number[] }>>
    readonly mahalanobis_squared: Readonly<Record<string, { readonly d2: ByFile }>>
    readonly md_model_reference: { readonly d2: ByFile }
    readonly autoencoder: Readonly<Record<string, { readonly mse: ByFile }>>
    readonly tflite_sample_outputs: Readonly<
      Record<
        string,
        Readonly<Record<'normal_sample' | 'anomaly_sample', { mad: number[]; tflite: number[] }>>
      >
    >
  }

  it('system 1: every .npz gives its distances, whatever its order of numbers and compression', () => {
    const { files, mahalanobis_squared: models, md_model_reference } = document<System1>('system1/expected.json') // prettier-ignore
    const expected: [string, ByFile][] = Object.entries(models).map(([name, { d2 }]) => [name, d2])
    assert.equal(expected.length, 5)
    for (const form of ['', '_compressed', '_f32_fortran'])
      expected.push([`md_model_reference${form}.npz`, md_model_reference.d2])
    for (const [name, d2] of expected) {
      const rows = Object.keys(d2).map((recording) => files[recording]!.mad)
      const squares = Object.values(d2)
      scores(`system1/${name}`, rows).forEach((score, i) =>
        assert.ok(Math.abs(score ** 2 / squares[i]! - 1) < 1e-3, `${name} ${score ** 2} for ${squares[i]}`),
      )
    }
  })

  it('systems 1 and 4: every .h5 and .tflite gives its errors', () => {
    const { files, autoencoder, tflite_sample_outputs: samples } = document<System1>('system1/expected.json')
    const { input, mse } = document<{ input: Rows; mse: readonly number[] }>('system4/expected.json')
    const meanSquare = (a: readonly number[], b: readonly number[]): number =>
      a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0) / a.length
    const expected: [string, Rows, readonly number[]][] = [
      ['system4/optimized_autoencoder.tflite', input, mse],
    ]
    for (const [name, { mse: errors }] of Object.entries(autoencoder)) {
      const rows = Object.keys(errors).map((recording) => files[recording]!.mad)
      expected.push([`system1/${name}`, rows, Object.values(errors)])
    }
    for (const [name, { normal_sample, anomaly_sample }] of Object.entries(samples)) {
      const both = [normal_sample, anomaly_sample]
      expected.push([
        `system1/${name}`,
        both.map(({ mad }) => mad),
        both.map(({ mad, tflite }) => meanSquare(mad, tflite)),
      ])
    }
    assert.equal(expected.length, 7)
    for (const [name, rows, errors] of expected)
      scores(name, rows).forEach((score, i) =>
        assert.ok(Math.abs(score - errors[i]!) <= 1e-3 * errors[i]! + 1e-9, `${name} ${score} ${errors[i]}`),
      )
  })

  it('every scaler gives what scikit-learn gives', async () => {
    for (const version of ['sk121', 'sk161']) {
      const all = document<Readonly<Record<string, { file: string; input: Rows; output: Rows }>>>(
        `scalers/expected_${version}.json`,
      )
      for (const { file: name, input, output } of Object.values(all)) {
        const model = file(`scaler-${name}`)
        const channels = ['accel_x', 'accel_y', 'accel_z', 'gyro_x', 'gyro_y', 'gyro_z'].slice(0, input[0]!.length) // prettier-ignore
        const source = referenceFile(`scalers/${name}`)!
        succeed(['import', source, '--model', model, '--channels', channels.join(',')])
        const [part] = readModel(model).baselines[0]!.parts
        const frame: Frame = { channels, start: 0, data: Float32Array.from(input.flat()) }
        const [scaled] = await loadScaler(part!).apply([frame])
        output.flat().forEach((value, i) => {
          const got = scaled!.data[i]!
          assert.ok(Math.abs(got - value) <= 1e-5 * Math.max(1, Math.abs(value)), `${name} ${got} ${value}`)
        })
      }
    }
  })
})
