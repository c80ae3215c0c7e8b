import assert from 'node:assert/strict'
import type { Frame } from '../../../src/core/frame'
import { SCALER_METHODS } from '../../../src/core/scalers/registry'
import { makeScaler, readScalerOptions, type ScalerOptions } from '../../../src/core/scalers/scaler'
import { ScalerModel, readScaler } from '../../../src/core/scalers/scaler-model'
import type { FittedPart } from '../../../src/core/stage'
import { expected, normal, worst } from '../../expectations/signal-core'

const { columns, data, probe, cases, constant } = expected.scalers
const CHANNELS = ['a', 'b', 'c', 'd']

/** One row per frame, as they are in the expectations: in double precision. */
function rows(values: readonly number[], channels = CHANNELS): Frame[] {
  const width = channels.length
  return Array.from({ length: values.length / width }, (_, i) => ({
    channels,
    start: i * 1000,
    data: doubles(values.slice(i * width, (i + 1) * width)),
  }))
}

/** Frames hold Float32; a Float64Array in its place lets the numbers be compared before they are stored. */
function doubles(values: readonly number[]): Float32Array {
  return Float64Array.from(values) as unknown as Float32Array
}

function fit(options: ScalerOptions, frames: readonly Frame[]): FittedPart {
  return makeScaler(options).fit(frames) as FittedPart
}

describe('scaler', () => {
  for (const { name, options, expected: wanted } of cases) {
    const settings = options as unknown as ScalerOptions

    it(`${name}: equals scikit-learn to 1e-9 in double precision`, () => {
      const model = new ScalerModel(readScaler(fit(settings, rows(data)).body))
      const out: number[] = []
      model.scaleInto(probe, out)
      assert.ok(worst(out, wanted, 1e-3) < 1e-9, `differs by ${worst(out, wanted, 1e-3)}`)
    })

    it(`${name}: equals scikit-learn to 1e-6 where Float32 is stored`, () => {
      const stored = rows(data).map((frame) => ({ ...frame, data: Float32Array.from(frame.data) }))
      const learner = makeScaler(settings)
      const model = learner.load((learner.fit(stored) as FittedPart).body)
      const probes = rows(probe).map((frame) => ({ ...frame, data: Float32Array.from(frame.data) }))
      const out = (model.apply(probes) as readonly Frame[]).flatMap((frame) => Array.from(frame.data))
      assert.ok(worst(out, wanted, 1e-3) < 1e-6, `differs by ${worst(out, wanted, 1e-3)}`)
    })
  }

  it('names a constant channel and divides it by 0.1 % of its value', () => {
    for (const method of ['standard', 'minmax', 'robust'] as const) {
      const { body, report } = fit({ method }, rows(data))
      assert.deepEqual(report.warnings, [{ key: 'learning.constantChannel', params: { channel: 'd' } }])
      const out: number[] = []
      new ScalerModel(readScaler(body)).scaleInto([0, 1e4, 5, 3.25 * 1.002], out)
      assert.ok(Math.abs(out[3]! - 2) < 1e-9, `${method}: ${out[3]}`)
    }
    const zero = data.map((x, i) => (i % columns === constant ? 0 : x))
    const out: number[] = []
    new ScalerModel(readScaler(fit({ method: 'standard' }, rows(zero)).body)).scaleInto([0, 1e4, 5, 7], out)
    assert.equal(out[3], 7)
  })

  it('takes the standard deviation where half the values of a channel are equal', () => {
    const next = normal(4)
    const values = Array.from({ length: 200 }, (_, i) => (i % 2 === 0 || i % 10 === 1 ? next() : 0.2))
    const { body, report } = fit({ method: 'robust' }, rows(values, ['x', 'y']))
    assert.deepEqual(report.warnings, [])
    assert.ok(readScaler(body).scale[1]! > 0.3)
  })

  it('learns from all rows of windows, and keeps rows, times and contract', () => {
    const next = normal(9)
    const windows = Array.from({ length: 30 }, (_, w) => ({
      channels: ['a', 'b'],
      units: ['g', 'g'],
      rate: 100,
      start: w * 500,
      contract: ['source', 'window 50'],
      data: Float32Array.from({ length: 100 }, (_, i) => 3 * next() + (i % 2) * 10),
    }))
    const learner = makeScaler({ method: 'standard' })
    const part = learner.fit(windows) as FittedPart
    const [first, ...rest] = learner.load(part.body).apply(windows) as readonly Frame[]
    assert.deepEqual({ ...first, data: undefined }, { ...windows[0], data: undefined })
    const all = [first!, ...rest].flatMap((frame) => Array.from(frame.data))
    for (const column of [0, 1]) {
      const values = all.filter((_, i) => i % 2 === column)
      const mean = values.reduce((sum, x) => sum + x, 0) / values.length
      const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length
      assert.ok(Math.abs(mean) < 1e-6 && Math.abs(variance - 1) < 1e-6)
    }
  })

  it('keeps what lies outside at the ends of the range where it clips', () => {
    const part = fit({ method: 'minmax', range: [-1, 1], clip: true }, rows([0, 10, 5], ['a']))
    const out: number[] = []
    new ScalerModel(readScaler(part.body)).scaleInto([-100, 0, 5, 10, 100], out)
    assert.deepEqual(out, [-1, -1, 0, 1, 1])
  })

  it('has a contract line of its settings', () => {
    assert.equal(makeScaler({ method: 'standard', range: [3, 4] }).line, 'scaler standard')
    assert.equal(makeScaler({ method: 'minmax' }).line, 'scaler minmax 0..1')
    assert.equal(
      makeScaler({ method: 'minmax', range: [-1, 1], clip: true }).line,
      'scaler minmax -1..1 clip',
    )
  })

  it('leaves values as they are with none', () => {
    const frames = rows(data).map((frame) => ({ ...frame, data: Float32Array.from(frame.data) }))
    const learner = makeScaler({ method: 'none' })
    const out = learner.load((learner.fit(frames) as FittedPart).body).apply(frames) as readonly Frame[]
    assert.deepEqual(
      out.map((frame) => frame.data),
      frames.map((frame) => frame.data),
    )
  })

  for (const method of SCALER_METHODS) {
    describe(`contract of ${method}`, () => {
      const learner = makeScaler({ method })
      const frames = rows(data).map((frame) => ({ ...frame, data: Float32Array.from(frame.data) }))
      const part = learner.fit(frames) as FittedPart

      it('gives the same output to the bit after a round trip through JSON', () => {
        const fitted = learner.load(part.body).apply(frames) as readonly Frame[]
        const loaded = learner.load(JSON.parse(JSON.stringify(part.body))).apply(frames) as readonly Frame[]
        assert.deepEqual(loaded, fitted)
      })

      it('gives each frame a buffer of its own and changes none that came in', () => {
        const before = frames.map((frame) => frame.data.slice())
        const out = learner.load(part.body).apply(frames) as readonly Frame[]
        assert.equal(new Set([...out, ...frames].map((frame) => frame.data.buffer)).size, 2 * frames.length)
        assert.deepEqual(
          frames.map((frame) => frame.data),
          before,
        )
      })

      it('refuses by name what is not finite, what other channels give, and a foreign part', () => {
        const model = learner.load(part.body)
        const bad = { ...frames[0]!, data: Float32Array.of(1, NaN, 3, 4) }
        assert.throws(() => model.apply([bad]), { name: 'InputError', message: /channel b, row 0 is NaN/ })
        assert.throws(() => learner.fit([...frames, bad]), {
          name: 'InputError',
          message: /channel b, row 0 is NaN/,
        })
        const other = { ...frames[0]!, channels: ['a', 'b', 'd', 'c'] }
        assert.throws(() => model.apply([other]), { name: 'InputError', message: /a,b,c,d.*a,b,d,c/ })
        assert.throws(() => learner.fit(frames.slice(0, 1)), { name: 'InputError', message: /at least 2/ })
        const body = part.body as Record<string, unknown>
        for (const foreign of [
          null,
          5,
          [],
          {},
          { ...body, version: 2 },
          { ...body, scale: [1] },
          { ...body, scale: [1, 1, 1, 0] },
        ]) {
          assert.throws(() => learner.load(foreign), { name: 'InputError', message: /^scaler\./ })
        }
      })
    })
  }

  it('refuses what leaves the range of Float32, by channel', () => {
    const learner = makeScaler({ method: 'standard' })
    const model = learner.load((learner.fit(rows(data)) as FittedPart).body)
    const far = { ...rows(data)[0]!, data: Float32Array.of(0, 1e4, 3e38, 3) }
    assert.throws(() => model.apply([far]), {
      name: 'InputError',
      message: /channel c is 3\.0000000054977558e\+38/,
    })
  })

  it('refuses settings by name', () => {
    const bad: [Record<string, unknown>, RegExp][] = [
      [{ method: 'zscore' }, /^method/],
      [{ method: 'minmax', range: '1' }, /^range/],
      [{ method: 'minmax', range: [1, 1] }, /^range/],
      [{ method: 'minmax', range: '0, x' }, /^range/],
      [{ method: 'minmax', clip: 'maybe' }, /^clip/],
    ]
    for (const [settings, message] of bad)
      assert.throws(() => readScalerOptions(settings), { name: 'ConfigError', message })
    assert.deepEqual(readScalerOptions({}), { method: 'standard' })
  })
})
