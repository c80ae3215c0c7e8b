import assert from 'node:assert/strict'
import type { AutoencoderModel } from '../../src/core/autoencoder/model'
import { autoencoderSpec, type NetworkSpec } from '../../src/core/autoencoder/spec'
import { initialWeights } from '../../src/train/initial-weights'
import { Scorer } from '../../src/train/scorer'
import { buildKernels } from './build-kernels'
import { SPECS, waves } from './examples'

function modelOf(spec: NetworkSpec, loss: 'mse' | 'mae' = 'mse'): AutoencoderModel {
  const columns = Array.from({ length: spec.columns }, (_, i) => i)
  return {
    spec,
    loss,
    weights: initialWeights(spec, 3),
    offset: Float32Array.from(columns, (i) => 0.1 * i),
    factor: Float32Array.from(columns, (i) => 1 + 0.5 * i),
    weight: Float32Array.from(columns, (i) => 1 / (1 + i)),
  }
}

/** The network by hand, in double precision: dense layers with tanh, the last one linear. */
function denseByHand({ spec, weights }: AutoencoderModel, z: readonly number[]): number[] {
  let at = 0
  return spec.layers.reduce(
    (x, layer) => {
      if (layer.type !== 'dense') return x
      const { units, activation } = layer
      const y = Array.from({ length: units }, (_, j) => {
        const sum = x.reduce(
          (total, value, i) => total + value * weights[at + i * units + j]!,
          weights[at + x.length * units + j]!,
        )
        return activation === 'tanh' ? Math.tanh(sum) : sum
      })
      at += (x.length + 1) * units
      return y
    },
    [...z],
  )
}

describe('scorer', () => {
  before(buildKernels)

  for (const loss of ['mse', 'mae'] as const) {
    it(`gives the weighted mean error per channel, its mean, and the reconstruction in the input's units: ${loss}`, () => {
      const spec = autoencoderSpec('dense', 2, 3, [4, 2])
      const model = modelOf(spec, loss)
      const windows = waves(spec, 3, 8)
      const { score, channelError, reconstruction } = new Scorer(model).score(windows, 3, {
        reconstruction: true,
      })
      for (let row = 0; row < 3; row++) {
        const x = [...windows.subarray(row * 6, row * 6 + 6)]
        const z = x.map((value, i) => (value - model.offset[i % 3]!) * model.factor[i % 3]!)
        const y = denseByHand(model, z)
        const errors = [0, 1, 2].map((c) => {
          const each = [c, c + 3].map((i) =>
            loss === 'mse' ? (z[i]! - y[i]!) ** 2 : Math.abs(z[i]! - y[i]!),
          )
          return (model.weight[c]! * (each[0]! + each[1]!)) / 2
        })
        errors.forEach((error, c) => assert.ok(Math.abs(channelError[row * 3 + c]! - error) < 1e-5))
        assert.ok(Math.abs(score[row]! - (errors[0]! + errors[1]! + errors[2]!) / 3) < 1e-5)
        y.forEach((value, i) => {
          const expected = value / model.factor[i % 3]! + model.offset[i % 3]!
          assert.ok(Math.abs(reconstruction![row * 6 + i]! - expected) < 1e-5)
        })
      }
    })
  }

  for (const [name, spec] of Object.entries(SPECS)) {
    it(`scores a window to the same bit alone, in any batch, on both engines, again and again: ${name}`, () => {
      const count = 37
      const size = spec.steps * spec.columns
      const windows = waves(spec, count, 6)
      const scorer = new Scorer(modelOf(spec))
      const all = scorer.score(windows, count)
      const again = scorer.score(windows, count)
      const plain = new Scorer(modelOf(spec), { engine: 'plain', batch: 5 }).score(windows, count)
      const single = Float32Array.from({ length: count }, (_, i) => {
        return scorer.score(windows.subarray(i * size, (i + 1) * size), 1).score[0]!
      })
      assert.deepEqual(again.score, all.score)
      assert.deepEqual(plain.score, all.score)
      assert.deepEqual(plain.channelError, all.channelError)
      assert.deepEqual(single, all.score)
    })

    it(`gives finite scores for every finite input: ${name}`, () => {
      const size = spec.steps * spec.columns
      for (const extreme of [3.4e38, -3.4e38, 1e-45]) {
        const { score, channelError } = new Scorer(modelOf(spec)).score(
          new Float32Array(size).fill(extreme),
          1,
        )
        assert.ok(Number.isFinite(score[0]) && score[0]! >= 0, `${score[0]}`)
        assert.ok(channelError.every((error) => Number.isFinite(error) && error >= 0))
      }
    })
  }
})
