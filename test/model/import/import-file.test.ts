import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { zipSync } from 'fflate'
import { detectFile } from '../../../src/model/import/detect'
import { importFile } from '../../../src/model/import/import-file'
import { binary, fixture, hasReference, referenceFile, refused } from './fixture'

const SENSAD =
  '{"type": "baseline_robust_z", "columns": ["a"], "med": {"a": 1}, "mad": {"a": 2}, "threshold": 3, "agg": "max"}'

describe('importing a file', () => {
  const KINDS = {
    'minmax.joblib': 'scaler',
    'minmax_zlib.joblib': 'scaler',
    'minmax_clip.joblib': 'scaler',
    'standard_p2.pkl': 'scaler',
    'stored.npz': 'mahalanobis',
    'deflated.npz': 'mahalanobis',
    'model.h': 'mahalanobis',
    'keras2.h5': 'dense-autoencoder',
    'keras3.h5': 'dense-autoencoder',
    'dense.tflite': 'dense-autoencoder',
    'dense.h': 'dense-autoencoder',
  } as const

  it('knows each format by its content, whatever the file is called', () => {
    for (const [name, kind] of Object.entries(KINDS)) {
      for (const called of [name, 'file', 'file.txt', 'model.onnx']) {
        const file = fixture(name)
        // Compressed data has no mark of its own beyond its first bytes, so a name that says otherwise is believed.
        if (called === 'model.onnx' && /zlib|clip/.test(name)) continue
        assert.equal(importFile(called, file).kind, kind, `${name} as ${called}`)
      }
    }
    assert.equal(importFile('x', binary(SENSAD)).kind, 'robust-z')
  })

  it('reads a TFLite model out of a C header as out of its own file', () => {
    assert.deepEqual(
      importFile('dense.h', fixture('dense.h')),
      importFile('dense.tflite', fixture('dense.tflite')),
    )
  })

  it('guards an ONNX model and hands on its bytes', () => {
    const folder = path.resolve(__dirname, '../fixtures')
    const name = existsSync(folder) ? readdirSync(folder).find((file) => file.endsWith('.onnx')) : undefined
    const bytes = name === undefined ? tinyOnnx() : new Uint8Array(readFileSync(path.join(folder, name)))
    const imported = importFile('some file', bytes)
    assert.ok(imported.kind === 'onnx' && imported.bytes === bytes && imported.model.inputs.length === 1)
  })

  it('hands a model exported here on', () => {
    const bytes = zipSync({ 'bundle.json': binary('{}') })
    assert.deepEqual(importFile('fan.zip', bytes), { kind: 'bundle', bytes })
  })

  it('says what to do with what it cannot import', () => {
    const say = (name: string, bytes: Uint8Array, key: string, words: string): void => {
      refused(() => importFile(name, bytes), key, name)
      refused(() => importFile(name, bytes), key, words)
    }
    say('a.npy', fixture('c_little_f8.npy'), 'files.notAlone', 'numpy.savez')
    say('m.keras', fixture('refused.keras'), 'files.notAlone', "model.save('model.h5')")
    say('m.pt', zipSync({ 'archive/data.pkl': binary('x') }), 'files.notAlone', 'torch.onnx.export')
    say(
      'meta.json',
      binary('{"model": "baseline", "device": "cpu", "n_rows": 1, "columns": []}'),
      'files.notAlone',
      'baseline.json',
    )
    say('data.csv', binary('time,a\n1,2\n'), 'files.notAlone', 'replay node')
    say('data_log.txt', binary('1,2,3\n4,5,6\n'), 'files.notAlone', 'replay node')
    say('notes.md', binary('time,a\n1,2\n'), 'files.unknownFile', '.npz')
    say('other.zip', zipSync({ 'a.txt': binary('x') }), 'files.unknownFile', '.npz')
    say('x.bin', Uint8Array.of(1, 2, 3), 'files.unknownFile', 'baseline.json')
    say('empty.pkl', new Uint8Array(), 'files.lacks', 'content')
    say('model.onnx', Uint8Array.of(1, 2, 3), 'model.onnxMalformed', 'export it again')
    say('s.pkl', binary('cos\nsystem\n(S"x"\ntR.'), 'files.notThatKind', 'protocol 2')
    say('s.joblib', fixture('refused_bz2.joblib'), 'files.unsupported', 'without compress')
  })

  it('never throws while it detects', () => {
    for (const magic of [
      '\x89HDF\r\n\x1a\n',
      '\x93NUMPY',
      'PK\x03\x04',
      'xxxxTFL3',
      '\x80\x04',
      '\x08',
      '{',
      '\x1f\x8b',
      '',
    ]) {
      assert.equal(typeof detectFile('x', binary(magic)), 'string')
    }
  })

  it('knows every model file of the five systems (skipped where ../shared is absent)', function () {
    if (!hasReference) return this.skip()
    const kinds: readonly (readonly [string, string])[] = [
      ['system0/scaler.pkl', 'scaler'],
      ['system0/autoencoder.onnx', 'onnx'],
      ['onnx_dynamo/gru_ae_50x3.onnx', 'onnx'],
      ['onnx_torch113/mlp_3_2_3.onnx', 'onnx'],
      ['scalers/robust_sk161.pkl', 'scaler'],
      ['scalers/minmax_zlib_sk121.pkl', 'scaler'],
      ['system1/md_model-moving.npz', 'mahalanobis'],
      ['system1/md_model_reference_f32_fortran.npz', 'mahalanobis'],
      ['system1/fan_low_model.h5', 'dense-autoencoder'],
      ['system1/fan_low_model-deploy.tflite', 'dense-autoencoder'],
      ['system3/baseline.json', 'robust-z'],
      ['system4/optimized_autoencoder.h5', 'dense-autoencoder'],
      ['system4/optimized_autoencoder.tflite', 'dense-autoencoder'],
    ]
    for (const [name, kind] of kinds) assert.equal(importFile('file', referenceFile(name)).kind, kind, name)
    refused(
      () => importFile('x.npz', referenceFile('system1/normal_anomaly_samples.npz')),
      'files.lacks',
      'model_mu',
    )
  })
})

/** An ONNX model with one Relu between an input and an output of one value. */
function tinyOnnx(): Uint8Array {
  const part = (field: number, content: readonly number[]): number[] => [
    field * 8 + 2,
    content.length,
    ...content,
  ]
  const text = (field: number, value: string): number[] => part(field, [...binary(value)])
  const tensor = part(2, part(1, [8, 1, ...part(2, part(1, [8, 1]))]))
  const node = [...text(1, 'x'), ...text(2, 'y'), ...text(4, 'Relu')]
  const graph = [
    ...part(1, node),
    ...text(2, 'g'),
    ...part(11, [...text(1, 'x'), ...tensor]),
    ...part(12, [...text(1, 'y'), ...tensor]),
  ]
  return Uint8Array.from([8, 8, ...part(7, graph), ...part(8, [16, 13])])
}
