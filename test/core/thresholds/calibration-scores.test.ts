import assert from 'node:assert/strict'
import { CalibrationScores, EXACT_SCORES } from '../../../src/core/thresholds/calibration-scores'
import { uniforms } from './simulated-scores'

describe('CalibrationScores', () => {
  it('ranks, counts and removes as a sorted array does', () => {
    const next = uniforms(1)
    const values = Array.from({ length: 500 }, () => Math.round(next() * 100))
    const scores = new CalibrationScores(values)
    const gone = values.splice(100, 200)
    for (const value of gone) assert.equal(scores.remove(value), true)
    assert.equal(scores.remove(-1), false)
    const sorted = [...values].sort((a, b) => a - b)
    assert.equal(scores.n, 300)
    sorted.forEach((value, i) => assert.equal(scores.smallest(i + 1), value))
    for (let s = -1; s <= 101; s++) {
      assert.equal(scores.countAtLeast(s), sorted.filter((value) => value >= s).length)
      assert.equal(scores.pValue(s), (1 + sorted.filter((value) => value >= s).length) / 301)
    }
  })

  it('keeps the largest of 200,000 scores exactly and the rest within a thousandth, erring high, in bounded memory', () => {
    const next = uniforms(2)
    const values = new Float64Array(200_000)
    const scores = new CalibrationScores()
    for (let i = 0; i < values.length; i++) scores.add((values[i] = next()))
    values.sort()
    const stored = scores.toJSON()
    assert.equal(scores.n, 200_000)
    assert.ok(
      stored.tail.length <= EXACT_SCORES && stored.edges!.length <= 1200,
      `${stored.tail.length} and ${stored.edges!.length}`,
    )
    for (const rank of [200_000, 199_999, 199_000, 196_000])
      assert.equal(scores.smallest(rank), values[rank - 1], `rank ${rank}`)
    for (const rank of [1, 50_000, 100_000, 180_000]) {
      const off = scores.smallest(rank) - values[rank - 1]!
      assert.ok(off >= 0 && off < 0.01, `rank ${rank} is off by ${off}`)
    }
    for (const score of [0.2, 0.5, 0.9, 0.99, 0.9999]) {
      const exact = values.length - values.findIndex((value) => value >= score)
      const off = scores.countAtLeast(score) - exact
      assert.ok(off >= 0 && off / values.length < 0.01, `count at ${score} is off by ${off}`)
    }
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    assert.ok(Math.abs(scores.mean - mean) < 1e-12)
    assert.ok(
      Math.abs(
        scores.sd - Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length),
      ) < 1e-9,
    )
  })

  it('comes back from JSON text to the bit, and goes on equally', () => {
    for (const n of [1, 99, EXACT_SCORES, 25_000]) {
      const next = uniforms(n)
      const scores = new CalibrationScores(Array.from({ length: n }, next))
      const back = CalibrationScores.from(JSON.parse(JSON.stringify(scores)))
      for (let i = 0; i < 200; i++) {
        const score = next()
        scores.add(score)
        back.add(score)
      }
      assert.deepEqual(back.toJSON(), scores.toJSON())
      assert.equal(back.n, n + 200)
    }
  })

  it('refuses what is not a stored calibration, and scores that are not finite', () => {
    const bad: unknown[] = [
      undefined,
      null,
      5,
      {},
      { tail: 'x' },
      { tail: [2, 1] },
      { tail: [1, NaN] },
      { tail: [1], edges: [1] },
      { tail: [1], edges: [0], counts: [-5] },
      { tail: [1], edges: [0], counts: [1.5] },
      { tail: [1], mean: 'x' },
    ]
    for (const stored of bad)
      assert.throws(() => CalibrationScores.from(stored), /cannot be read/, JSON.stringify(stored))
    assert.throws(() => new CalibrationScores([1, NaN]), /not a finite number/)
    assert.throws(() => new CalibrationScores([Infinity]), /not a finite number/)
  })
})
