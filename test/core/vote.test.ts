import assert from 'node:assert/strict'
import { Vote } from '../../src/core/vote'
import { uniforms } from './thresholds/simulated-scores'

describe('Vote', () => {
  it('exceeds a threshold exactly when at least k of the last n scores do', () => {
    const next = uniforms(3)
    for (const [k, n] of [
      [1, 1],
      [1, 4],
      [2, 3],
      [3, 5],
      [4, 4],
    ] as const) {
      const vote = new Vote(k, n)
      const seen: number[] = []
      for (let i = 0; i < 300; i++) {
        seen.push(next())
        const voted = vote.push(seen.at(-1)!, i)
        const last = seen.slice(-n)
        assert.equal(vote.full, seen.length >= n)
        assert.equal(vote.since, Math.max(0, seen.length - n))
        assert.equal(
          (voted ?? -Infinity) > 0.6,
          last.filter((score) => score > 0.6).length >= k,
          `${k} of ${n} at ${i}`,
        )
      }
    }
  })

  it('says nothing with fewer than k scores, also after a gap', () => {
    const vote = new Vote(2, 3)
    assert.equal(vote.push(9, 0), undefined)
    assert.equal(vote.push(8, 1), 8)
    vote.clear()
    assert.equal(vote.push(9, 2), undefined)
  })

  it('goes on after a restart as if there had been none', () => {
    const vote = new Vote(2, 3)
    for (const score of [1, 5, 3]) vote.push(score, score)
    const back = new Vote(2, 3)
    back.restore(JSON.parse(JSON.stringify(vote.snapshot())))
    assert.equal(back.push(4, 9), vote.push(4, 9))
    assert.deepEqual(back.snapshot(), vote.snapshot())
    for (const bad of [
      undefined,
      null,
      7,
      { scores: [1], starts: [] },
      { scores: ['1'], starts: [1] },
      { scores: [1, 2, 3, 4], starts: [1, 2, 3, 4] },
    ]) {
      assert.throws(() => back.restore(bad), /not what this node saved/)
    }
  })
})
