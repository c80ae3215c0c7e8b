import assert from 'node:assert/strict'
import { Random } from '../../../src/core/random'
import { CalibrationScores } from '../../../src/core/thresholds/calibration-scores'
import { ScorePool } from '../../../src/core/thresholds/score-pool'

describe('ScorePool', () => {
  const random = new Random(5)
  const lists = [200, 1, 77].map((n, k) =>
    // Rounded, so that there are ties within and between the members.
    Array.from({ length: n }, () => Math.round(10 * Math.abs(random.normal()) + k) / 10),
  )
  const pool = new ScorePool(() => lists.map((list) => new CalibrationScores(list)))
  const one = new CalibrationScores(lists.flat())

  it('reads as one list of all scores', () => {
    assert.equal(pool.n, 278)
    assert.equal(pool.max, one.max)
    for (let rank = 1; rank <= 278; rank++) assert.equal(pool.smallest(rank), one.smallest(rank))
    for (const score of [-1, 0.1, 0.55, 1, 2, 99]) {
      assert.equal(pool.countAtLeast(score), one.countAtLeast(score))
      assert.equal(pool.pValue(score), one.pValue(score))
    }
    assert.ok(Math.abs(pool.mean - one.mean) < 1e-12)
    assert.ok(Math.abs(pool.sd - one.sd) < 1e-12)
  })

  it('reads binned members at their upper edges, as each does itself', () => {
    const many = Array.from({ length: 12_000 }, () => Math.abs(random.normal()))
    const binned = new CalibrationScores(many)
    const both = new ScorePool(() => [binned, new CalibrationScores(many.slice(0, 100))])
    assert.equal(both.n, 12_100)
    const sorted = [...many, ...many.slice(0, 100)].sort((a, b) => a - b)
    for (const rank of [1, 5000, 11_000, 12_050, 12_100]) {
      const exact = sorted[rank - 1]!
      const read = both.smallest(rank)
      assert.ok(read >= exact, 'errs to the safe side')
      assert.ok(read - exact < 0.05)
    }
  })
})
