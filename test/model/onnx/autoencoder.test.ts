import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import type { Session } from '../../../src/model/engines/engine'
import { defaultEngines, openModel } from '../../../src/model/engines/choose'
import { OnnxAutoencoder, type ForeignSettings } from '../../../src/model/onnx/autoencoder'
import { frameOf } from './fake-session'

const FIXTURES = path.resolve(__dirname, '../fixtures')
const EXPECTATIONS = path.resolve(__dirname, '../../expectations/onnx_autoencoder.json')
const SHARED = path.resolve(__dirname, '../../../../shared/reference')

interface Expected {
  readonly rows: number
  readonly channels: number
  readonly input: readonly (readonly number[])[]
  readonly models: Readonly<
    Record<
      string,
      { readonly mae: readonly (readonly number[])[]; readonly mse: readonly (readonly number[])[] }
    >
  >
}

interface Reference {
  readonly input: readonly number[]
  readonly output: readonly number[]
  readonly input_shape: readonly number[]
  readonly mae: readonly number[]
  readonly mse?: readonly number[]
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

function near(actual: number | undefined, expected: number, tolerance: number, what: string): void {
  assert.ok(Math.abs((actual ?? NaN) - expected) <= tolerance, `${what}: ${actual} instead of ${expected}`)
}

describe('a foreign ONNX autoencoder', () => {
  const engines = defaultEngines()
  const installed: string[] = []
  const opened: OnnxAutoencoder[] = []
  const load = (file: string, settings: ForeignSettings, engine = 'auto'): OnnxAutoencoder => {
    const open = (): Promise<Session> => openModel(engines, fs.readFileSync(file), { trusted: true, engine })
    const model = new OnnxAutoencoder(open, settings)
    opened.push(model)
    return model
  }
  before(async () => {
    for (const engine of engines) if ((await engine.check()) === undefined) installed.push(engine.name)
  })
  afterEach(() => opened.splice(0).forEach((model) => model.dispose()))

  it('finds both ONNX Runtimes here', () => {
    assert.deepEqual(installed, ['onnxruntime-node', 'onnxruntime-web'])
  })

  describe('in both ONNX Runtimes', () => {
    const { rows, channels, input, models } = JSON.parse(fs.readFileSync(EXPECTATIONS, 'utf8')) as Expected
    for (const name of Object.keys(models)) {
      it(`${name}: scores and contributions are numpy's, alone and in a batch`, async () => {
        const frames = input.map((values) => frameOf(values, channels))
        assert.equal(frames[0]?.data.length, rows * channels)
        const errors = name.startsWith('folded') ? (['mse'] as const) : (['mae', 'mse'] as const)
        for (const [error, engine] of errors.flatMap((each) =>
          installed.map((engine) => [each, engine] as const),
        )) {
          const model = load(path.join(FIXTURES, `${name}.onnx`), { error }, engine)
          const together = await model.apply(frames)
          for (const [i, frame] of frames.entries()) {
            const expected = models[name]?.[error][i] ?? []
            const alone = (await model.apply([frame]))[0]
            for (const score of [together[i], alone]) {
              near(score?.score, mean(expected), 1e-6, `score ${i}`)
              if (name === 'folded_score') continue
              const total = expected.reduce((sum, value) => sum + value, 0)
              expected.forEach((value, c) =>
                near(score?.contributions[`c${c}`], value / total, 1e-5, `share ${c} of ${i}`),
              )
            }
          }
        }
      })
    }

    it('folded_score: without channel errors every channel has the same share', async () => {
      const scores = await load(path.join(FIXTURES, 'folded_score.onnx'), { error: 'mae' }).apply([
        frameOf(input[0] ?? [], channels),
      ])
      assert.deepEqual(scores[0]?.contributions, { c0: 1 / 3, c1: 1 / 3, c2: 1 / 3 })
    })

    it('gives the same score to the bit, run for run', async () => {
      const frames = input.map((values) => frameOf(values, channels))
      for (const engine of installed) {
        const model = load(path.join(FIXTURES, 'conv_channels.onnx'), { error: 'mse' }, engine)
        assert.deepEqual(await model.apply(frames), await model.apply(frames))
        const again = load(path.join(FIXTURES, 'conv_channels.onnx'), { error: 'mse' }, engine)
        assert.deepEqual(await again.apply(frames), await model.apply(frames))
      }
    })
  })

  describe('of the reference models (../shared/reference), in both ONNX Runtimes', () => {
    before(function () {
      if (!fs.existsSync(SHARED)) this.skip()
    })

    const names = ['dense_ae_50x6', 'lstm_ae_50x3', 'gru_ae_50x3', 'conv1d_ae_128x3', 'mlp_3_2_3']
    const files = ['onnx_torch113', 'onnx_dynamo'].flatMap((folder) =>
      names.map((name) => `${folder}/${name}`),
    )
    for (const file of [...files, 'system0/autoencoder']) {
      it(`${file}: every window has torch's output and error to 1e-5`, async () => {
        const reference = JSON.parse(fs.readFileSync(path.join(SHARED, `${file}.json`), 'utf8')) as Reference
        const { input, output, input_shape: shape } = reference
        const size = shape.slice(1).reduce((product, dim) => product * dim, 1)
        const frames = Array.from({ length: shape[0] ?? 0 }, (_, i) =>
          frameOf(input.slice(i * size, (i + 1) * size), shape.at(-1) ?? 0),
        )
        for (const engine of installed) {
          for (const error of ['mae', 'mse'] as const) {
            const expected = reference[error]
            if (expected === undefined) continue
            const model = load(path.join(SHARED, `${file}.onnx`), { error }, engine)
            const together = await model.apply(frames)
            for (const [i, frame] of frames.entries()) {
              near(
                together[i]?.score,
                expected[i] ?? NaN,
                1e-5,
                `${engine}, ${error} of window ${i} in a batch`,
              )
              near(
                (await model.apply([frame]))[0]?.score,
                expected[i] ?? NaN,
                1e-5,
                `${engine}, ${error} of window ${i} alone`,
              )
            }
          }
          const session = await openModel(engines, fs.readFileSync(path.join(SHARED, `${file}.onnx`)), {
            trusted: true,
            engine,
          })
          const name = session.outputs[0]?.name ?? ''
          const values = (await session.run(Float32Array.from(input), shape, [name])).get(name)?.data
          output.forEach((value, i) => near(values?.[i], value, 1e-5, `${engine}, output ${i}`))
          const again = (await session.run(Float32Array.from(input), shape, [name])).get(name)?.data
          assert.deepEqual(again, values, `${engine}, run for run`)
          await session.dispose()
        }
      })
    }
  })
})
