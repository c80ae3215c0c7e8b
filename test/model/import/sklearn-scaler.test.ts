import assert from 'node:assert/strict'
import { readScaler, ScalerModel } from '../../../src/core/scalers/scaler-model'
import { readSklearnScaler, type ImportedScaler } from '../../../src/model/import/sklearn-scaler'
import { toScalerBody } from '../../../src/model/import/to-body'
import { expected, fixture, hasReference, referenceFile, referenceJson, refused, worst } from './fixture'

interface Case {
  readonly input: readonly (readonly number[])[]
  readonly output: readonly (readonly number[])[]
  readonly inverse?: readonly (readonly number[])[] | null
  readonly names?: readonly string[]
}

/** Scaled rows, by the model that the flow uses, in double precision. */
function scale(scaler: ImportedScaler, rows: readonly (readonly number[])[]): readonly number[] {
  const channels = Array.from({ length: scaler.columns }, (_, i) => `c${i}`)
  const named = { ...scaler, channels: undefined }
  const out: number[] = []
  new ScalerModel(readScaler(toScalerBody(named, channels, 'file'))).scaleInto(rows.flat(), out)
  return out
}

function unscale({ center, scale, offset }: ImportedScaler, row: readonly number[]): readonly number[] {
  return row.map((value, i) => (value - offset) * scale[i]! + center[i]!)
}

function check(scaler: ImportedScaler, { input, output, inverse, names }: Case): void {
  assert.ok(worst(scale(scaler, input), output.flat()) < 1e-12)
  if (inverse) assert.ok(worst(output.map((row) => unscale(scaler, row)).flat(), inverse.flat()) < 1e-12)
  assert.equal(scaler.columns, input[0]!.length)
  assert.deepEqual(scaler.channels, names)
}

const SYSTEM_0 = ['accel_x', 'accel_y', 'accel_z', 'gyro_x', 'gyro_y', 'gyro_z']

describe('scalers of scikit-learn', () => {
  const cases: Readonly<Record<string, Case>> = expected.scalers
  for (const [name, each] of Object.entries(cases)) {
    it(`${name} scales and unscales as scikit-learn does, to 1e-12`, () => {
      const scaler = readSklearnScaler(fixture(name), name)
      assert.equal(scaler.method, name.split(/[_.]/)[0])
      check(scaler, each)
    })
  }

  it('knows the range and the clip of a min-max scaler', () => {
    const scaler = readSklearnScaler(fixture('minmax_clip.joblib'), 'file')
    assert.deepEqual([scaler.range, scaler.clip], [[0.5, 2.5], true])
    assert.equal(readSklearnScaler(fixture('minmax.joblib'), 'file').clip, false)
  })

  it('leaves out what is switched off', () => {
    assert.deepEqual([...readSklearnScaler(fixture('standard_nomean.joblib'), 'file').center], [0, 0, 0, 0])
    assert.deepEqual([...readSklearnScaler(fixture('standard_nostd.joblib'), 'file').scale], [1, 1, 1, 1])
  })

  it('refuses other classes by name', () => {
    const read = (name: string) => () => readSklearnScaler(fixture(name), name)
    refused(read('refused_pipeline.joblib'), 'files.foreignClass', 'sklearn.pipeline.Pipeline')
    refused(read('refused_maxabs.joblib'), 'files.foreignClass', 'sklearn.preprocessing._data.MaxAbsScaler')
    refused(read('refused_bz2.joblib'), 'files.unsupported', 'bz2')
  })

  it('says of every beginning of a file that it is cut off', () => {
    for (const name of ['minmax.joblib', 'minmax_zlib.joblib', 'standard_p2.pkl', 'minmax_named.joblib']) {
      const whole = fixture(name)
      for (let size = 1; size < whole.length; size++) {
        assert.throws(
          () => readSklearnScaler(whole.slice(0, size), name),
          { name: 'InputError' },
          `${name} ${size}`,
        )
      }
    }
  })

  it('reads the reference files of scikit-learn 1.2.1 and 1.6.1 (skipped where ../shared is absent)', function () {
    if (!hasReference) return this.skip()
    let files = 0
    for (const version of ['sk121', 'sk161']) {
      type Reference = Case & { file: string; cls: string; inverse_of_output?: Case['inverse'] }
      const all = referenceJson<Record<string, Reference>>(`scalers/expected_${version}.json`)
      for (const { file, cls, input, output, ...rest } of Object.values(all)) {
        const scaler = readSklearnScaler(referenceFile(`scalers/${file}`), file)
        assert.equal(`${scaler.method}scaler`, cls.toLowerCase())
        const names = file.includes('dataframe') ? SYSTEM_0 : undefined
        check(scaler, { input, output, inverse: rest.inverse_of_output, names })
        files++
      }
    }
    assert.equal(files, 22)
  })

  it('reads the scaler of system 0 (skipped where ../shared is absent)', function () {
    if (!hasReference) return this.skip()
    const scaler = readSklearnScaler(referenceFile('system0/scaler.pkl'), 'scaler.pkl')
    const { raw, input } = referenceJson<{ raw: number[][][]; input: number[] }>('system0/autoencoder.json')
    // The reference keeps its scaled values in single precision.
    assert.ok(worst(Float32Array.from(scale(scaler, raw.flat())), input) < 1e-7)
  })
})
