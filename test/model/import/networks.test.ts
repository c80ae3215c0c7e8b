import assert from 'node:assert/strict'
import { readModel, writeModel } from '../../../src/core/autoencoder/model'
import {
  applyDense,
  reconstructionError,
  type DenseAutoencoder,
} from '../../../src/model/import/dense-network'
import { readKerasH5 } from '../../../src/model/import/keras-h5'
import { readTflite } from '../../../src/model/import/tflite'
import { toAutoencoderModel } from '../../../src/model/import/to-autoencoder'
import { Scorer } from '../../../src/train/scorer'
import { expected, fixture, hasReference, referenceFile, referenceJson, refused, worst } from './fixture'

function read(name: string, bytes: Uint8Array): DenseAutoencoder {
  return name.endsWith('.h5') ? readKerasH5(bytes, name) : readTflite(bytes, name)
}

/** A copy of the file with one text replaced by another of the same length, wherever it stands. */
function replaced(file: Uint8Array, from: string, to: string): Uint8Array {
  assert.equal(from.length, to.length)
  const text = Buffer.from(file).toString('latin1')
  assert.ok(text.includes(from))
  return Uint8Array.from(Buffer.from(text.replaceAll(from, to), 'latin1'))
}

describe('dense autoencoders of Keras and TFLite', () => {
  interface Case {
    readonly input: readonly (readonly number[])[]
    readonly output: readonly (readonly number[])[]
    readonly activations: readonly string[]
    readonly kernels: readonly (readonly (readonly number[])[])[]
  }
  const cases: Readonly<Record<string, Case>> = expected.networks
  for (const [name, { input, output, activations, kernels }] of Object.entries(cases)) {
    it(`${name}: layers, weights and outputs as numpy reckons them, to 1e-12`, () => {
      const { inputs, layers } = read(name, fixture(name))
      assert.equal(inputs, input[0]!.length)
      assert.deepEqual(
        layers.map((layer) => layer.activation),
        activations,
      )
      layers.forEach((layer, i) => {
        const kernel = kernels[i]!
        assert.deepEqual([inputsOf(layer), layer.units], [kernel.length, kernel[0]!.length])
        assert.deepEqual([...layer.kernel], Array.from(Float32Array.from(kernel.flat())))
      })
      input.forEach((x, i) => assert.ok(worst(applyDense(layers, x), output[i]!) < 1e-12))
    })
  }

  it('refuses what is no dense autoencoder of floats, and says why', () => {
    const keras = (from: string, to: string) => () =>
      readKerasH5(replaced(fixture('keras2.h5'), from, to), 'm.h5')
    refused(
      () => readKerasH5(fixture('refused_chunked.h5'), 'm.h5'),
      'files.unsupported',
      'compressed or chunked',
    )
    refused(() => readKerasH5(fixture('refused_latest.h5'), 'm.h5'), 'files.unsupported', 'newer HDF5 layout')
    refused(
      () => readTflite(fixture('refused_int8.tflite'), 'm.tflite'),
      'files.unsupported',
      'quantised weights',
    )
    refused(keras('"Dropout"', '"Softmax"'), 'files.unsupported', 'the layer Softmax (dropout_1)')
    refused(keras('"relu"', '"selu"'), 'files.unsupported', 'the activation selu (dense_1)')
    refused(keras('"units": 2', '"units": 4'), 'files.wrongValue', 'inputs × 4 values')
    refused(keras('model_config', 'model_confix'), 'files.lacks', 'model_config')
    refused(keras('model_weights', 'model_weightx'), 'files.lacks', 'model_weights')
    refused(keras('{"class_name": "Seq', '["class_name": "Seq'), 'files.notThatKind', 'model_config')
    refused(keras('kernel:0', 'colonel0'), 'files.lacks', 'kernel or bias')
    refused(keras('"name": "dense_1"', '"name": "dense_3"'), 'files.lacks', 'weights of dense_3')
    const branch = replaced(fixture('keras3.h5'), '"keras_history": ["mid"', '"keras_history": ["enc"')
    refused(() => readKerasH5(branch, 'm.h5'), 'files.unsupported', 'a branch (at dec)')
  })

  it('refuses weights that are not finite', () => {
    const file = fixture('keras2.h5')
    const { layers } = readKerasH5(file, 'm.h5')
    const bytes = Buffer.from(layers[0]!.kernel.buffer)
    const at = Buffer.from(file).indexOf(bytes)
    assert.ok(at > 0)
    file.set([0, 0, 0xc0, 0x7f], at)
    refused(() => readKerasH5(file, 'm.h5'), 'files.notFinite', 'layer 1')
  })

  it('lends no view of the file', () => {
    for (const name of ['keras2.h5', 'dense.tflite']) {
      const file = fixture(name)
      const { layers } = read(name, file)
      const before = layers.flatMap(({ kernel, bias }) => [...kernel, ...bias])
      file.fill(0)
      assert.deepEqual(
        layers.flatMap(({ kernel, bias }) => [...kernel, ...bias]),
        before,
      )
    }
  })

  it('becomes a model of our own engine, its weights in the order of the layers', () => {
    const network = readTflite(fixture('dense.tflite'), 'dense.tflite')
    const model = toAutoencoderModel(network, ['a', 'b'], 'mse', 'dense.tflite')
    assert.deepEqual([model.spec.kind, model.spec.steps, model.spec.columns], ['dense', 2, 2])
    assert.deepEqual(
      model.spec.layers,
      [
        [3, 'relu'],
        [2, 'tanh'],
        [3, 'elu'],
        [4, 'sigmoid'],
      ].map(([units, activation]) => ({ type: 'dense', units, activation })),
    )
    const flat = network.layers.flatMap(({ kernel, bias }) => [...kernel, ...bias])
    assert.deepEqual([...model.weights], flat)
    assert.deepEqual(
      [[...model.offset], [...model.factor], [...model.weight]],
      [
        [0, 0],
        [1, 1],
        [1, 1],
      ],
    )
    refused(
      () => toAutoencoderModel(network, ['a', 'b', 'c'], 'mse', 'm.tflite'),
      'files.wrongValue',
      '4 inputs',
    )
    refused(
      () => toAutoencoderModel(network, ['a', 'a'], 'mse', 'm.tflite'),
      'frame.duplicateChannel',
      'm.tflite',
    )
  })

  it('scores on our own engine as it does on paper, to single precision', () => {
    for (const [name, { input }] of Object.entries(cases)) {
      const network = read(name, fixture(name))
      const channels = input[0]!.map((_, i) => `c${i}`)
      const { body, blobs } = writeModel(toAutoencoderModel(network, channels, 'mse', name))
      const scorer = new Scorer(readModel(JSON.parse(JSON.stringify(body)), blobs))
      const { score } = scorer.score(Float32Array.from(input.flat()), input.length)
      const wanted = input.map((x) => reconstructionError(x, applyDense(network.layers, x)))
      assert.ok(worst(score, wanted) < 1e-6, name)
    }
  })

  it('gives the outputs of the models of system 1 to 1e-6 (skipped where ../shared is absent)', function () {
    if (!hasReference) return this.skip()
    interface Expected {
      files: Record<string, { mad: number[] }>
      autoencoder: Record<string, { reconstruction: Record<string, number[]>; mse: Record<string, number> }>
      tflite_sample_outputs: Record<string, Record<string, { mad: number[]; tflite: number[] }>>
    }
    const all = referenceJson<Expected>('system1/expected.json')
    let compared = 0
    for (const [name, { reconstruction, mse }] of Object.entries(all.autoencoder)) {
      const { layers } = readKerasH5(referenceFile(`system1/${name}`), name)
      for (const [file, wanted] of Object.entries(reconstruction)) {
        const { mad } = all.files[file]!
        const output = applyDense(layers, mad)
        assert.ok(worst(output, wanted) < 1e-9, `${name} ${file}`)
        assert.ok(
          Math.abs(reconstructionError(mad, output) - mse[file]!) < 1e-9 * mse[file]! + 1e-15,
          `${name} ${file}`,
        )
        compared++
      }
    }
    for (const [name, samples] of Object.entries(all.tflite_sample_outputs)) {
      const { layers } = readTflite(referenceFile(`system1/${name}`), name)
      for (const { mad, tflite } of Object.values(samples)) {
        assert.ok(worst(applyDense(layers, mad), tflite) < 1e-8, name)
        compared++
      }
    }
    assert.equal(compared, 3 * 18 + 3 * 2)
  })

  it('gives the outputs of the models of system 4 to 1e-6 (skipped where ../shared is absent)', function () {
    if (!hasReference) return this.skip()
    const { input, output, mse } = referenceJson<{ input: number[][]; output: number[][]; mse: number[] }>(
      'system4/expected.json',
    )
    for (const name of ['optimized_autoencoder.h5', 'optimized_autoencoder.tflite']) {
      const { layers } = read(name, referenceFile(`system4/${name}`))
      input.forEach((x, i) => {
        const got = applyDense(layers, x)
        assert.ok(worst(got, output[i]!) < 1e-12)
        assert.ok(Math.abs(reconstructionError(x, got) - mse[i]!) < 1e-12)
      })
    }
  })
})

function inputsOf({ kernel, units }: DenseAutoencoder['layers'][number]): number {
  return kernel.length / units
}
