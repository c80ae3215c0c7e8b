import assert from 'node:assert/strict'
import { CalibrationScores } from '../../../src/core/thresholds/calibration-scores'
import { thresholdMethods, type MethodName } from '../../../src/core/thresholds/registry'
import { normals, uniforms } from './simulated-scores'

const DRAWS = 2000

/** False-alarm rates of 2,000 calibrations on scores whose distribution is known, so that each rate is exact. */
function rates(
  method: MethodName,
  n: number,
  alpha: number,
  draw: () => number,
  tail: (threshold: number) => number,
): number[] {
  const target = { alpha, delta: 0.1, k: 3, value: 0 }
  return Array.from({ length: DRAWS }, () => {
    const scores = new CalibrationScores(Array.from({ length: n }, draw))
    return tail(thresholdMethods[method].fit(scores, target).threshold)
  })
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length
const error = (values: readonly number[]): number => {
  const middle = mean(values)
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)) / values.length)
}
const exponential = (seed: number): [() => number, (t: number) => number] => {
  const next = uniforms(seed)
  return [() => -Math.log(next()), (t) => Math.exp(-t)]
}

describe('promises of the thresholds over 2,000 calibrations', () => {
  for (const [n, alpha] of [
    [99, 0.01],
    [99, 0.05],
    [150, 0.05],
    [45, 0.1],
  ] as const) {
    it(`conformal: the mean rate is at most ${alpha * 100} % with ${n} scores, and exact where (n + 1)·alpha is whole`, () => {
      const found = rates('conformal', n, alpha, ...exponential(11))
      const promised = Math.floor((n + 1) * alpha + 1e-9) / (n + 1)
      assert.ok(promised <= alpha + 1e-12)
      assert.ok(Math.abs(mean(found) - promised) < 3.5 * error(found), `${mean(found)} against ${promised}`)
    })
  }

  for (const [n, alpha] of [
    [99, 0.05],
    [230, 0.01],
    [400, 0.02],
  ] as const) {
    it(`PAC: at most 10 % of the calibrations lie above ${alpha * 100} % with ${n} scores`, () => {
      const found = rates('pac', n, alpha, ...exponential(12))
      const above = found.filter((rate) => rate > alpha).length / DRAWS
      assert.ok(above <= 0.1 + 2.5 * Math.sqrt(0.09 / DRAWS), `${above} of the calibrations`)
      assert.ok(above > 0.01, 'and it does not buy that with a threshold that nothing reaches')
    })
  }

  it('the plain quantile of 99 scores gives about 80 % too many alarms at 1 %, which conformal does not', () => {
    const found = mean(rates('quantile', 99, 0.01, ...exponential(13)))
    assert.ok(found > 0.015 && found < 0.022, `${found}`)
  })

  it('mean + 3 sd has no relation to a rate: the same rule, 1.8 % and 0.2 %', () => {
    const z = normals(14)
    assert.ok(mean(rates('mean-sd', 99, 0.01, ...exponential(15))) > 0.017)
    const normal = Array.from({ length: 300 }, () => {
      const { threshold } = thresholdMethods['mean-sd'].fit(
        new CalibrationScores(Array.from({ length: 99 }, () => 10 + z())),
        {
          alpha: 0.01,
          delta: 0.1,
          k: 3,
          value: 0,
        },
      )
      return threshold
    })
    assert.ok(mean(normal) > 12.8 && mean(normal) < 13.1, `${mean(normal)}`)
  })

  it('POT: beyond the scores the mean rate is off by less than 4 times; within them by less than a half', () => {
    const beyond = mean(rates('pot', 99, 0.001, ...exponential(16))) / 0.001
    const within = mean(rates('pot', 400, 0.01, ...exponential(17))) / 0.01
    assert.ok(beyond > 0.5 && beyond < 4, `one in a thousand from 99 scores: ${beyond} times what was asked`)
    assert.ok(within > 0.7 && within < 1.5, `1 % from 400 scores: ${within} times what was asked`)
  })
})
