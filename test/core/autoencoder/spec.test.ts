import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { presetLayers, PRESETS } from '../../../src/core/autoencoder/presets'
import { quantise } from '../../../src/core/autoencoder/quantise'
import { readSpec } from '../../../src/core/autoencoder/read-spec'
import {
  autoencoderSpec,
  KINDS,
  parameterBlocks,
  parameterCount,
  samePadding,
  type NetworkSpec,
} from '../../../src/core/autoencoder/spec'
import { InputError } from '../../../src/core/errors'

/** Widths between the layers of a dense network. */
function widths(spec: NetworkSpec): string {
  const units = spec.layers.map((layer) =>
    'units' in layer ? layer.units : 'filters' in layer ? layer.filters : '×',
  )
  return [spec.kind === 'dense' ? spec.steps * spec.columns : spec.columns, ...units].join('-')
}

describe('specification of an autoencoder', () => {
  it('mirrors the encoder: sizes and numbers of weights of the four networks of the benches', () => {
    const cases: readonly [NetworkSpec, string, number][] = [
      [autoencoderSpec('dense', 1, 30, [16, 8]), '30-16-8-16-30', 1286],
      [autoencoderSpec('dense', 50, 6, [64, 16]), '300-64-16-64-300', 40_892],
      [autoencoderSpec('conv1d', 128, 3, [16, 8]), '3-16-8-16-3', 2507],
      [autoencoderSpec('lstm', 50, 6, [32]), '6-32-×-32-6', 13_510],
    ]
    for (const [spec, expected, count] of cases) {
      assert.equal(widths(spec), expected)
      assert.equal(parameterCount(spec), count)
      assert.deepEqual(readSpec(JSON.parse(JSON.stringify(spec))), spec)
    }
  })

  it('pads as TensorFlow does: the odd zero behind', () => {
    assert.deepEqual(samePadding(128, 7, 2), { before: 2, behind: 3 })
    assert.deepEqual(samePadding(25, 7, 2), { before: 3, behind: 3 })
    assert.deepEqual(samePadding(10, 1, 3), { before: 0, behind: 0 })
  })

  it('fits together for every kind, preset and shape', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...KINDS),
        fc.constantFrom(...PRESETS),
        fc.integer({ min: 8, max: 70 }),
        fc.integer({ min: 1, max: 9 }),
        (kind, preset, steps, columns) => {
          const spec = autoencoderSpec(kind, steps, columns, presetLayers(kind, preset, steps, columns))
          assert.deepEqual(readSpec(spec), spec)
        },
      ),
    )
  })

  it('has a bottleneck of a third of the inputs, at most 16, by default', () => {
    assert.deepEqual(presetLayers('dense', 'medium', 1, 42), [42, 14])
    assert.deepEqual(presetLayers('dense', 'medium', 50, 6), [64, 16])
    assert.deepEqual(presetLayers('dense', 'small', 1, 3), [1, 1])
    assert.deepEqual(presetLayers('dense', 'large', 1, 3), [6, 3, 1])
  })

  it('is refused where layers do not fit together, or are beyond the bounds', () => {
    const dense = { type: 'dense', units: 6, activation: 'tanh' }
    const conv = { type: 'conv', filters: 4, kernel: 7, stride: 2, activation: 'tanh' }
    const back = {
      type: 'conv-transpose',
      filters: 2,
      kernel: 7,
      stride: 2,
      length: 10,
      activation: 'linear',
    }
    const lstm = { type: 'lstm', units: 4, sequence: false }
    const wrong: readonly unknown[] = [
      null,
      [],
      { kind: 'dense', steps: 1, columns: 6, layers: [] },
      { kind: 'dense', steps: 1, columns: 5, layers: [dense] },
      { kind: 'dense', steps: 1, columns: 6, layers: [{ ...dense, activation: 'swish' }] },
      { kind: 'dense', steps: 1, columns: 6, layers: [{ ...dense, units: 6.5 }] },
      { kind: 'dense', steps: 1e6, columns: 6, layers: [dense] },
      { kind: 'dense', steps: 1, columns: 6, layers: Array<unknown>(33).fill(dense) },
      { kind: 'conv1d', steps: 10, columns: 2, layers: [conv] },
      { kind: 'conv1d', steps: 10, columns: 2, layers: [conv, { ...back, length: 11 }] },
      { kind: 'conv1d', steps: 10, columns: 2, layers: [conv, back, dense] },
      { kind: 'conv1d', steps: 10, columns: 2, layers: [{ ...conv, kernel: 65 }, back] },
      { kind: 'lstm', steps: 10, columns: 4, layers: [lstm] },
      { kind: 'lstm', steps: 10, columns: 4, layers: [lstm, { ...lstm, sequence: true }] },
      { kind: 'lstm', steps: 10, columns: 4, layers: [{ ...lstm, units: 1025 }] },
      { kind: 'lstm', steps: 10, columns: 4, layers: [{ type: 'repeat' }] },
      { kind: 'lstm', steps: 10, columns: 4, layers: [lstm, { type: 'repeat' }, { ...dense, units: 4 }] },
      { kind: 'lstm', steps: 10, columns: 4, layers: [{ type: 'lstm', units: 4, sequence: 'yes' }] },
    ]
    for (const each of wrong) assert.throws(() => readSpec(each), InputError, JSON.stringify(each))
    assert.doesNotThrow(() => readSpec({ kind: 'conv1d', steps: 10, columns: 2, layers: [conv, back] }))
  })

  it('never throws anything but words on what is no specification', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        assert.throws(() => readSpec(value), InputError)
      }),
    )
  })
})

describe('weights in eight bits', () => {
  for (const kind of KINDS) {
    it(`are off by half a step of their output's scale at most, biases not at all: ${kind}`, () => {
      const spec = autoencoderSpec(kind, 16, 3, [5, 4])
      const weights = Float32Array.from(
        { length: parameterCount(spec) },
        (_, i) => Math.sin(i * i) * (1 + (i % 7)),
      )
      const { weights: rounded, blocks } = quantise(spec, weights)
      let at = 0
      parameterBlocks(spec).forEach((layer, i) =>
        layer.forEach(({ name, shape }, j) => {
          const size = shape.reduce((product, length) => product * length, 1)
          const half = Math.max(...(blocks[i]![j]?.scales ?? [0])) / 2
          for (let k = at; k < at + size; k++) {
            const off = Math.abs(rounded[k]! - weights[k]!)
            assert.ok(name === 'bias' ? off === 0 : off <= half * 1.0001, `${name}: ${off} of ${half}`)
          }
          if (name !== 'bias') assert.equal(Math.max(...blocks[i]![j]!.values.map(Math.abs)), 127)
          at += size
        }),
      )
    })
  }
})
