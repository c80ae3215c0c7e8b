import assert from 'node:assert/strict'
import { Calibration } from '../../../src/core/thresholds/calibration'
import { CalibrationScores } from '../../../src/core/thresholds/calibration-scores'
import { detachedTail, withoutTop } from '../../../src/core/thresholds/contamination'
import { explain } from '../../../src/core/thresholds/explain'
import { readCalibrationSettings } from '../../../src/core/thresholds/settings'
import { normals, uniforms } from './simulated-scores'

const TIMING = { hop: 1, window: 1 }
const calibrated = (scores: readonly number[], config: Record<string, unknown>): Calibration =>
  new Calibration(
    readCalibrationSettings({ rows: scores.length, ...config }, 99),
    TIMING,
    new CalibrationScores(scores),
  )
/** |z| of normal windows, and a spike of `height` in every 40th. */
const withSpikes = (count: number, height: number, seed: number): number[] => {
  const next = normals(seed)
  return Array.from({ length: count }, (_, i) => (i % 40 === 20 ? height : Math.abs(next())))
}

describe('a calibration with anomalies in it', () => {
  it('without their share left out puts the threshold at their level', () => {
    assert.equal(calibrated(withSpikes(109, 10, 1), {}).threshold, 10)
  })

  it('takes the conformal rank of the scores that remain, and their p-values', () => {
    const scores = Array.from({ length: 109 }, (_, i) => i + 1)
    const calibration = calibrated(scores, { contamination: 10 })
    assert.equal(calibration.n, 109)
    assert.equal(calibration.leftOut, 10)
    assert.equal(calibration.threshold, 99)
    assert.equal(calibration.promise.guaranteed, 0.01)
    assert.equal(calibration.pValue(200), 0.01)
    assert.equal(calibration.pValue(90), 11 / 100)
  })

  it('keeps alpha on normal windows where the share was the anomalies', () => {
    const runs = 400
    let above = 0
    for (let seed = 0; seed < runs; seed++) {
      const next = uniforms(seed)
      const scores = Array.from({ length: 120 }, (_, i) => (i % 20 === 0 ? 10 : next()))
      above += 1 - calibrated(scores, { contamination: 5, alpha: 1 }).threshold
    }
    assert.ok(above / runs <= 0.0105 && above / runs > 0.007, String(above / runs))
  })

  it('says how many false alarms the share costs where all was normal', () => {
    const settings = readCalibrationSettings({ rows: 109, contamination: 10 }, 99)
    const scores = new CalibrationScores(Array.from({ length: 109 }, (_, i) => i + 1))
    const words = explain(settings, new Calibration(settings, TIMING, scores))
    assert.deepEqual(words.at(-1), { key: 'threshold.leftOut', params: { left: 10, percent: 10 } })
  })

  it('is worked out anew from the same scores when it is taken up under another share', () => {
    const stored = JSON.parse(JSON.stringify(calibrated(withSpikes(109, 10, 2), { contamination: 5 }))) as {
      contamination: number
    }
    assert.equal(stored.contamination, 0.05)
    const none = readCalibrationSettings({ rows: 109 }, 99)
    assert.equal(Calibration.from(stored, none).threshold, 10)
  })

  it('needs so many windows more, and says how many', () => {
    assert.throws(() => readCalibrationSettings({ contamination: 10 }, 99), {
      message: /at least 109 calibration windows, but there are 99/,
    })
    assert.equal(readCalibrationSettings({ contamination: 10 }, 109).contamination, 0.1)
    assert.throws(() => readCalibrationSettings({ contamination: 50 }, 999), { message: /^contamination/ })
    assert.equal(
      readCalibrationSettings({ contamination: 10, method: 'fixed', value: 3 }, 99).contamination,
      0,
    )
  })

  it('has a budget go on until what remains supports it', () => {
    const calibration = calibrated(withSpikes(100, 10, 3), {
      goal: 'budget',
      budget: 1,
      per: 'hour',
      contamination: 50 / 2,
    })
    assert.equal(calibration.promise.extrapolated, true)
    assert.equal(calibration.promise.needed, Math.floor(3598 / 0.75) + 1)
  })

  it('gives mean and standard deviation of what remains', () => {
    const lower = withoutTop(new CalibrationScores([1, 2, 3, 4, 1e9]), 0.2)
    assert.deepEqual([lower.n, lower.max, lower.mean, lower.sd], [4, 4, 2.5, Math.sqrt(1.25)])
  })
})

describe('scores that stand apart', () => {
  it('are told where the threshold rests on them, and not where it lies below', () => {
    const scores = withSpikes(400, 10, 4)
    assert.deepEqual(calibrated(scores, {}).detached, { count: 10, from: 10 })
    assert.equal(calibrated(scores, { contamination: 2.5 }).detached, undefined)
    assert.equal(calibrated(scores, { alpha: 5 }).detached, undefined)
  })

  for (const [name, draw] of [
    [
      'half-normal',
      (seed: number): (() => number) =>
        (
          (next) => () =>
            Math.abs(next())
        )(normals(seed)),
    ],
    [
      'exponential',
      (seed: number): (() => number) =>
        (
          (next) => () =>
            -Math.log(next())
        )(uniforms(seed)),
    ],
  ] as const)
    it(`are hardly ever found among ${name} scores`, () => {
      let found = 0
      for (let seed = 0; seed < 1000; seed++) {
        const next = draw(seed)
        if (detachedTail(new CalibrationScores(Array.from({ length: 99 }, next))) !== undefined) found++
      }
      assert.ok(found <= 30, `${found} of 1000`)
    })

  it('do not exist among equal scores', () => {
    assert.equal(detachedTail(new CalibrationScores(new Array<number>(50).fill(2))), undefined)
  })
})
