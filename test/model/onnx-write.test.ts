import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { quantise } from '../../src/core/autoencoder/quantise'
import { guardOnnx } from '../../src/model/onnx/guard'
import { Scorer } from '../../src/train/scorer'
import expectations from '../expectations/train.json'
import { buildKernels } from '../train/build-kernels'
import { onnxFile, ONNX_EXAMPLES, scaledWindows, type OnnxExample } from '../train/reference-examples'

interface Expected {
  readonly sha256: string
  readonly checker: string
  readonly score: readonly number[]
  readonly channel_error: readonly number[]
  readonly reconstruction: readonly number[]
}

const EXPECTED: Readonly<Record<string, Expected>> = expectations.onnx

/** The same numbers from our own engine: the scaler before it, its reconstruction back in the units of the input. */
function ownNumbers(example: OnnxExample): {
  score: ArrayLike<number>
  channelError: ArrayLike<number>
  reconstruction: number[]
} {
  const { model, scaling, int8, dims } = example
  const columns = model.spec.columns
  const scorer = new Scorer(int8 ? { ...model, weights: quantise(model.spec, model.weights).weights } : model)
  const { score, channelError, reconstruction } = scorer.score(scaledWindows(example), dims[0]!, {
    reconstruction: true,
  })
  return {
    score,
    channelError,
    reconstruction: Array.from(
      reconstruction!,
      (value, i) => (value - scaling.offset) * scaling.scale[i % columns]! + scaling.center[i % columns]!,
    ),
  }
}

function assertClose(
  what: string,
  got: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
): void {
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(got[i]! - expected[i]!)
    assert.ok(
      difference <= tolerance * Math.max(1, Math.abs(expected[i]!)),
      `${what}[${i}]: ${got[i]}, expected ${expected[i]}`,
    )
  }
}

describe('ONNX files of learned autoencoders', () => {
  before(buildKernels)

  for (const example of ONNX_EXAMPLES) {
    it(`are the very files that the official checker accepted, and score as in onnxruntime: ${example.name}`, () => {
      const expected = EXPECTED[example.name]!
      assert.equal(expected.checker, 'ok')
      assert.equal(createHash('sha256').update(onnxFile(example)).digest('hex'), expected.sha256)
      const own = ownNumbers(example)
      assertClose('score', own.score, expected.score, 1e-6)
      assertClose('channel_error', own.channelError, expected.channel_error, 1e-5)
      // Values around 1000 in single precision have steps of 6e-5.
      assertClose('reconstruction', own.reconstruction, expected.reconstruction, 1e-7)
    })
  }

  it('pass our own guard, and say what they take, give and hold', () => {
    for (const example of ONNX_EXAMPLES) {
      const model = guardOnnx(onnxFile(example))
      assert.deepEqual(
        model.inputs.map(({ name }) => name),
        ['input'],
      )
      assert.deepEqual(
        model.outputs.map(({ name }) => name),
        ['reconstruction', 'channel_error', 'score'],
      )
    }
  })

  it('are a fourth as large in eight bits', () => {
    const { model, scaling } = ONNX_EXAMPLES.find(({ model: { spec } }) => spec.kind === 'dense')!
    const spec = {
      ...model.spec,
      steps: 1,
      columns: 300,
      layers: [{ type: 'dense', units: 300, activation: 'linear' }],
    } as const
    const wide = { ...model, spec, weights: new Float32Array(300 * 301).fill(0.5) }
    const size = (int8: boolean): number =>
      onnxFile({
        name: '',
        model: {
          ...wide,
          offset: new Float32Array(300),
          factor: new Float32Array(300).fill(1),
          weight: new Float32Array(300).fill(1),
        },
        scaling,
        int8,
        windows: new Float32Array(0),
        dims: [],
      }).length
    assert.ok(size(true) < 0.29 * size(false), `${size(true)} of ${size(false)}`)
  })

  it('give the same in onnxruntime-node', async function () {
    const ort = await import('onnxruntime-node').catch(() => undefined)
    if (ort === undefined) {
      this.test!.title += ' (skipped: onnxruntime-node is not installed)'
      this.skip()
    }
    for (const example of ONNX_EXAMPLES) {
      const session = await ort.InferenceSession.create(onnxFile(example), { intraOpNumThreads: 1 })
      const feeds = { input: new ort.Tensor('float32', example.windows, example.dims) }
      const { score, channel_error, reconstruction } = await session.run(feeds)
      const own = ownNumbers(example)
      assertClose(`${example.name}: score`, own.score, score!.data as Float32Array, 1e-6)
      assertClose(
        `${example.name}: channel_error`,
        own.channelError,
        channel_error!.data as Float32Array,
        1e-5,
      )
      assertClose(
        `${example.name}: reconstruction`,
        own.reconstruction,
        reconstruction!.data as Float32Array,
        1e-7,
      )
      await session.release()
    }
  })
})
