import assert from 'node:assert/strict'
import { InputError } from '../../../src/core/errors'
import { CalibrationScores } from '../../../src/core/thresholds/calibration-scores'
import { conformalNeeds } from '../../../src/core/thresholds/conformal'
import { fitGeneralizedPareto, paretoQuantile } from '../../../src/core/thresholds/generalized-pareto'
import { betaCdf, betaTail, binomialCdf } from '../../../src/core/thresholds/incomplete-beta'
import type { Target, ThresholdMethod } from '../../../src/core/thresholds/method'
import { pacNeeds, pacRank } from '../../../src/core/thresholds/pac'
import { thresholdMethods, type MethodName } from '../../../src/core/thresholds/registry'
import expected from '../../expectations/thresholds.json'
import { uniforms } from './simulated-scores'

const target: Target = { alpha: 0.05, delta: 0.1, k: 3, value: 7 }
const fit = (name: MethodName, scores: readonly number[], more: Partial<Target> = {}) =>
  thresholdMethods[name].fit(new CalibrationScores(scores), { ...target, ...more })
const oneTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1)

function close(got: number, want: number, relative: number, what: string): void {
  const error = Math.abs(got - want)
  assert.ok(
    error <= relative * Math.max(Math.abs(want), 1e-300) || error < 1e-300,
    `${what}: ${got} is not ${want}`,
  )
}

describe('incomplete beta function', () => {
  it('agrees with scipy to 1e-10, up to 1.2 million calibration scores', () => {
    for (const [x, a, b, cdf, sf] of expected.beta as [number, number, number, number, number][]) {
      assert.ok(
        Math.abs(betaCdf(x, a, b) - cdf) < 1e-10,
        `cdf(${x}, ${a}, ${b}) = ${betaCdf(x, a, b)}, not ${cdf}`,
      )
      assert.ok(
        Math.abs(betaTail(x, a, b) - sf) < 1e-10,
        `tail(${x}, ${a}, ${b}) = ${betaTail(x, a, b)}, not ${sf}`,
      )
      if (cdf > 1e-280 && cdf < 0.5) close(betaCdf(x, a, b), cdf, 1e-9, `small cdf(${x}, ${a}, ${b})`)
    }
  })

  it('gives the binomial distribution', () => {
    for (const [m, n, p, cdf] of expected.binomial as [number, number, number, number][]) {
      assert.ok(Math.abs(binomialCdf(m, n, p) - cdf) < 1e-12, `binomial(${m}, ${n}, ${p})`)
    }
  })
})

describe('conformal', () => {
  it('takes the ceil((n + 1)(1 - alpha))-th smallest score', () => {
    for (const [n, alpha, rank] of [
      [99, 0.01, 99],
      [99, 0.05, 95],
      [99, 0.07, 93],
      [999, 0.001, 999],
      [100, 0.05, 96],
      [19, 0.05, 19],
      [150, 0.1, 136],
    ] as const) {
      assert.equal(fit('conformal', oneTo(n), { alpha }).threshold, rank, `n ${n}, alpha ${alpha}`)
    }
  })

  it('refuses fewer scores than 1/alpha - 1 and says how many it takes', () => {
    assert.deepEqual([0.1, 0.05, 0.01, 0.001, 1e-4].map(conformalNeeds), [9, 19, 99, 999, 9999])
    assert.throws(
      () => fit('conformal', oneTo(98), { alpha: 0.01 }),
      (error) => {
        assert.ok(error instanceof InputError)
        assert.match(error.message, /1 % needs at least 99 calibration windows, but there are 98/)
        return true
      },
    )
    assert.throws(() => fit('conformal', oneTo(998), { alpha: 0.001 }), /0\.1 % needs at least 999/)
    assert.equal(fit('conformal', oneTo(99), { alpha: 0.01 }).guaranteed, 0.01)
  })

  it('calls exactly those scores anomalous whose p-value is at most alpha', () => {
    const next = uniforms(5)
    for (let run = 0; run < 200; run++) {
      const n = 19 + Math.floor(next() * 200)
      const alpha = 0.05 + 0.3 * next()
      // Rounding makes ties.
      const scores = new CalibrationScores(Array.from({ length: n }, () => Math.round(next() * 50)))
      const { threshold } = thresholdMethods.conformal.fit(scores, { ...target, alpha })
      for (let score = 0; score <= 51; score++)
        assert.equal(score > threshold, scores.pValue(score) <= alpha, `${n} ${alpha} ${score}`)
    }
  })
})

describe('PAC', () => {
  it('finds the smallest rank whose Beta margin holds, as trying all of them with scipy does', () => {
    for (const [n, alpha, delta, rank] of expected.pacRanks as [number, number, number, number | null][]) {
      assert.equal(pacRank(n, alpha, delta) ?? null, rank, `n ${n}, alpha ${alpha}, delta ${delta}`)
    }
  })

  it('needs ln(delta) / ln(1 - alpha) scores', () => {
    assert.equal(pacNeeds(0.01, 0.1), 230)
    assert.equal(pacNeeds(0.05, 0.1), 45)
    assert.throws(
      () => fit('pac', oneTo(229), { alpha: 0.01 }),
      /90 % sure of a false-alarm rate of 1 % needs at least 230/,
    )
    assert.equal(fit('pac', oneTo(230), { alpha: 0.01 }).threshold, 230)
  })
})

describe('quantile and mean + k·sd', () => {
  it('are numpy.quantile and numpy.mean + k numpy.std', () => {
    const samples = expected.samples as Record<string, number[]>
    for (const [name, alpha, quantile, mean3sd] of expected.quantiles as [string, number, number, number][]) {
      close(fit('quantile', samples[name]!, { alpha }).threshold, quantile, 1e-14, `${name} ${alpha}`)
      close(fit('mean-sd', samples[name]!).threshold, mean3sd, 1e-12, name)
    }
  })

  it('promise nothing', () => {
    assert.equal(fit('quantile', oneTo(99), { alpha: 0.01 }).guaranteed, null)
    assert.equal(fit('mean-sd', oneTo(99)).guaranteed, null)
    assert.equal(fit('quantile', oneTo(98), { alpha: 0.01 }).extrapolated, true)
    assert.equal(fit('quantile', oneTo(99), { alpha: 0.01 }).extrapolated, false)
  })
})

describe('peaks over threshold', () => {
  it('fits the generalized Pareto distribution by Zhang and Stephens, within one unit of the largest likelihood', () => {
    for (const { excesses, shape, scale, ml, loglik } of expected.paretoFits) {
      const got = fitGeneralizedPareto(excesses)
      close(got.shape, shape, 1e-7, 'shape')
      close(got.scale, scale, 1e-9, 'scale')
      assert.ok(loglik > ml[2]! - 1, `log likelihood ${loglik} against ${ml[2]}`)
    }
  })

  it('reads quantiles as scipy.stats.genpareto.isf', () => {
    for (const [shape, scale, tail, value] of expected.paretoQuantiles as [
      number,
      number,
      number,
      number,
    ][]) {
      close(paretoQuantile({ shape, scale }, tail), value, 1e-10, `${shape} ${tail}`)
    }
  })

  it('labels what lies beyond the scores, and never goes below the largest of them there', () => {
    const scores = expected.samples.chi
    const near = fit('pot', scores, { alpha: 0.01 })
    assert.equal(near.extrapolated, false)
    assert.equal(near.guaranteed, null)
    const far = fit('pot', scores, { alpha: 0.001 })
    assert.equal(far.extrapolated, true)
    assert.equal(far.needed, 999)
    assert.ok(far.threshold >= Math.max(...scores))
    assert.throws(() => fit('pot', oneTo(49)), /at least 50/)
  })

  it('stays finite on constant and tied scores', () => {
    assert.equal(fit('pot', new Array<number>(99).fill(2), { alpha: 0.001 }).threshold, 2)
    const tied = Array.from({ length: 99 }, (_, i) => i % 3)
    assert.ok(Number.isFinite(fit('pot', tied, { alpha: 0.0001 }).threshold))
  })
})

describe('every threshold method', () => {
  for (const [name, method] of Object.entries(thresholdMethods) as [MethodName, ThresholdMethod][]) {
    it(`${name} fits from its minimum on, and refuses less in words that name the field`, () => {
      const least = method.minimum(target)
      const { threshold, needed } = method.fit(new CalibrationScores(oneTo(Math.max(least, 1))), target)
      assert.ok(Number.isFinite(threshold) && needed >= 0)
      if (least > 1) {
        assert.throws(
          () => method.fit(new CalibrationScores(oneTo(least - 1)), target),
          (error) => {
            assert.ok(error instanceof InputError && error.params['field'] === 'windows')
            return true
          },
        )
      }
    })

    it(`${name} does not depend on the order of the scores, and scales with them`, () => {
      const scores = expected.samples.lognormal
      const once = fit(name, scores).threshold
      assert.equal(fit(name, [...scores].reverse()).threshold, once)
      if (method.asks !== 'value')
        close(
          fit(
            name,
            scores.map((score) => score * 1000),
          ).threshold,
          once * 1000,
          1e-9,
          name,
        )
    })
  }
})
