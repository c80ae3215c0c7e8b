import assert from 'node:assert/strict'
import { LeftOutJudge } from '../../src/sources/left-out-judge'

describe('LeftOutJudge', () => {
  it('tells once, with the counts of the first five seconds, as long as it goes on', () => {
    const judge = new LeftOutJudge()
    const told: unknown[] = []
    for (let now = 0; now <= 60_000; now += 1000) {
      const news = judge.take({ duplicates: now / 1000, late: 2 * (now / 1000) }, now)
      if (news !== undefined) told.push([now, news])
    }
    assert.deepEqual(told, [[6000, { duplicates: 6, late: 12, seconds: 5 }]])
  })

  it('tells of the next spell, and counts that one only', () => {
    const judge = new LeftOutJudge()
    assert.equal(judge.take({ duplicates: 1, late: 0 }, 1000), undefined)
    assert.deepEqual(judge.take({ duplicates: 1, late: 0 }, 6000), { duplicates: 1, late: 0, seconds: 5 })
    assert.equal(judge.take({ duplicates: 1, late: 0 }, 61_000), undefined)
    assert.equal(judge.take({ duplicates: 1, late: 4 }, 70_000), undefined)
    assert.deepEqual(judge.take({ duplicates: 1, late: 4 }, 75_500), { duplicates: 0, late: 4, seconds: 5.5 })
  })

  it('is not misled by a clock that is set', () => {
    const judge = new LeftOutJudge()
    judge.take({ duplicates: 1, late: 0 }, 1000)
    judge.clockSet(3_600_000)
    assert.equal(judge.take({ duplicates: 2, late: 0 }, 3_602_000), undefined)
    assert.equal(judge.take({ duplicates: 2, late: 0 }, 3_606_000)?.duplicates, 2)
  })
})
