import assert from 'node:assert/strict'
import { confusion, exactInterval, promiseKept } from '../../src/core/evaluation/confusion'
import { rank } from '../../src/core/evaluation/ranking'

const near = (actual: number, expected: number, tolerance = 1e-9): void =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`)

describe('evaluation', () => {
  const normal = [
    1.3, 1.4, 0.1, -0.8, -1.1, 0.0, -1.0, -1.4, 0.2, 0.1, 0.5, -0.9, 0.0, -0.1, -1.5, 0.5, 0.3, 2.4, 0.2,
    -0.1, 1.2, 0.2, 0.9, -0.4, 0.2, 1.0, 0.7, 0.1, -1.1, 0.4, 0.1, 0.7, 0.2, 1.1, -0.1, 0.2, 0.7, -1.1, -0.4,
    -0.5,
  ]
  const anomalous = [
    3.2, 1.1, 1.9, 1.8, 0.9, -0.4, 2.2, 0.8, 1.9, -0.1, 0.8, 2.5, 2.6, -0.1, -0.1, 1.2, 1.9, 1.4, 1.5, 0.2,
    1.8, 2.3, 0.8, -0.2, 0.4,
  ]

  it('ranks with ties as scikit-learn does', () => {
    const { rocAuc, prAuc } = rank(normal, anomalous)
    near(rocAuc, 0.784)
    near(prAuc, 0.7422115739382608)
  })

  it('ranks a perfect, a reversed and an empty case', () => {
    assert.deepEqual(rank([1, 2], [3, 4]), { rocAuc: 1, prAuc: 1 })
    assert.equal(rank([3, 4], [1, 2]).rocAuc, 0)
    assert.ok(Number.isNaN(rank([], [1]).rocAuc))
  })

  it('refuses a score that has no place in a ranking', () => {
    for (const odd of [NaN, Infinity, -Infinity]) {
      assert.throws(() => rank([1, odd], [2]), RangeError(`a score of ${odd} cannot be ranked`))
      assert.throws(() => rank([1], [odd, 2]), RangeError)
    }
  })

  it('counts decisions and gives the exact interval of the false-alarm rate', () => {
    const result = confusion({ tp: 8, fp: 3, fn: 2, tn: 97 })
    near(result.precision, 8 / 11)
    near(result.recall, 0.8)
    near(result.f1, 16 / 21)
    near(result.far, 0.03)
    near(result.farInterval[0], 0.006229971538305176)
    near(result.farInterval[1], 0.08517605297427948)
    assert.deepEqual(exactInterval(0, 20)[0], 0)
    near(exactInterval(20, 20)[0], 0.8315665290169136)
  })

  it('tells bad luck from a broken promise by the beta-binomial distribution', () => {
    near(promiseKept(5, 147, 0.02, 146), 0.10855571973979039)
    near(promiseKept(6, 74, 0.05, 75), 0.13344061631492932)
    near(promiseKept(10, 100, 0.05, 99), 0.08496190380029478)
    assert.equal(promiseKept(0, 100, 0.05, 99), 1)
    assert.ok(Number.isNaN(promiseKept(1, 100, 0.001, 99)))
  })
})
