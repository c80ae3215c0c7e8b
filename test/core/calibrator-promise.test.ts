import assert from 'node:assert/strict'
import type { Calibrator } from '../../src/core/calibrator'
import { CalibrationScores } from '../../src/core/thresholds/calibration-scores'
import { Vote } from '../../src/core/vote'
import { average, calibrate, calibrator, spread } from './thresholds/calibrating'
import { normals, scored, uniforms } from './thresholds/simulated-scores'

describe('Calibrator: the promise, with the vote and with overlapping windows', () => {
  /** Scores of windows: independent, of half-overlapping windows (each shares half its noise), or slowly wandering. */
  function source(kind: 'independent' | 'overlapping', seed: number): () => number {
    const z = normals(seed)
    let before = z()
    return () => {
      if (kind === 'independent') return Math.abs(z())
      const now = z()
      const score = Math.abs(before + now)
      before = now
      return score
    }
  }
  const RUNS = 400
  const LIVE = 300

  for (const [kind, k, n] of [
    ['independent', 1, 1],
    ['independent', 2, 3],
    ['overlapping', 1, 1],
    ['overlapping', 2, 3],
    ['overlapping', 3, 5],
  ] as const) {
    it(`${k} of ${n} on ${kind} windows: mean false-alarm rate at most the 5 % asked`, () => {
      const found = Array.from({ length: RUNS }, (_, run) => {
        const target = calibrator({ alpha: 5, voteK: k, voteN: n }, 19)
        const next = source(kind, 500 + run)
        let i = calibrate(target, next)
        let alarms = 0
        for (let j = 0; j < LIVE; j++) if (target.push(scored(i++, next())).verdict.isAnomaly) alarms++
        return alarms / LIVE
      })
      assert.ok(average(found) <= 0.05 + 3 * spread(found), `${average(found)} ± ${spread(found)}`)
      assert.ok(average(found) >= 0.03, `${average(found)}: the threshold must not be bought with silence`)
    })
  }

  it('a calibration on overlapping votes would break it: 3 of 5 gives more than twice the alarms asked', () => {
    const found = Array.from({ length: RUNS }, (_, run) => {
      const next = source('overlapping', 500 + run)
      const vote = new Vote(3, 5)
      const scores = new CalibrationScores()
      while (scores.n < 19) {
        const voted = vote.push(next(), 0)
        if (vote.full) scores.add(voted!)
      }
      let alarms = 0
      for (let j = 0; j < LIVE; j++) if (vote.push(next(), 0)! > scores.max) alarms++
      return alarms / LIVE
    })
    assert.ok(average(found) > 0.1, `${average(found)}`)
  })

  it('shows the vote: the threshold is on the scale of the score, and the p-value is that of the voted score', () => {
    const target = calibrator({ alpha: 10, voteK: 2, voteN: 3 }, 9)
    let i = calibrate(target, uniforms(10))
    target.reset()
    const verdicts = [0.5, 9, 0.4, 8].map((score) => target.push(scored(i++, score)).verdict)
    assert.deepEqual(
      verdicts.map((verdict) => verdict.vote),
      [
        { k: 2, n: 3, score: null },
        { k: 2, n: 3, score: 0.5 },
        { k: 2, n: 3, score: 0.5 },
        { k: 2, n: 3, score: 8 },
      ],
    )
    assert.deepEqual(
      verdicts.map((verdict) => verdict.isAnomaly),
      [false, false, false, true],
    )
    assert.equal(verdicts[0]!.pValue, 1)
    assert.equal(verdicts[3]!.pValue, 0.1)
    assert.equal(verdicts[3]!.score, 8)
  })
})

describe('Calibrator: sliding', () => {
  /** Share of 8,000 windows flagged after 22,000 have slid through. */
  function rateAfterLongRun(target: Calibrator, seed: number): number {
    const z = normals(seed)
    const next = (): number => Math.abs(z())
    let i = calibrate(target, next)
    let flagged = 0
    for (let j = 0; j < 30_000; j++)
      if (target.push(scored(i++, next())).verdict.isAnomaly && j >= 22_000) flagged++
    return flagged / 8000
  }

  it('keeps its rate over 30,000 normal windows: single exceedances enter', () => {
    for (const [alpha, k, n] of [
      [1, 1, 1],
      [5, 1, 1],
      [5, 2, 3],
    ] as const) {
      const rate = rateAfterLongRun(calibrator({ alpha, sliding: true, voteK: k, voteN: n }), 31)
      assert.ok(rate > (0.4 * alpha) / 100 && rate < (1.8 * alpha) / 100, `${alpha} %, ${k} of ${n}: ${rate}`)
    }
  })

  it('leaving out every flagged score instead ratchets 1 % to more than half', () => {
    const next = normals(31)
    const kept = Array.from({ length: 99 }, () => Math.abs(next()))
    const scores = new CalibrationScores(kept)
    let flagged = 0
    for (let j = 0; j < 30_000; j++) {
      const score = Math.abs(next())
      if (score > scores.max) {
        if (j >= 22_000) flagged++
        continue
      }
      scores.remove(kept.shift()!)
      scores.add(score)
      kept.push(score)
    }
    assert.ok(flagged / 8000 > 0.5, `${flagged / 8000}`)
  })

  it('leaves out a run of exceedances as a whole, and keeps one or two', () => {
    const target = calibrator({ alpha: 10, sliding: true }, 9)
    let i = 0
    for (; i < 9; i++) target.push(scored(i, 1 + i / 10, {}, 1))
    const before = target.calibration!.threshold
    for (let j = 0; j < 30; j++)
      assert.equal(target.push(scored(i++, 50, {}, 1)).verdict.isAnomaly, true, 'a fault stays one')
    target.push(scored(i++, 1, {}, 1))
    assert.ok(target.calibration!.threshold <= before)
    target.push(scored(i++, 50, {}, 1))
    target.push(scored(i++, 1, {}, 1))
    assert.equal(target.calibration!.threshold, 50, 'a single exceedance belongs to normal operation')
  })

  it('follows a slow change, as its cost says; the fixed calibration does not', () => {
    const [slides, stays] = [calibrator({ alpha: 5, sliding: true }, 50), calibrator({ alpha: 5 }, 50)]
    const z = normals(33)
    let late = [0, 0]
    for (let i = 0; i < 6000; i++) {
      const score = Math.abs(z()) + i / 1500
      const flagged = [slides, stays].map((target) => target.push(scored(i, score, {}, 1)).verdict.isAnomaly)
      if (i >= 5000) late = late.map((count, j) => count + Number(flagged[j]))
    }
    assert.ok(late[0]! < 150, `sliding flags ${late[0]} of 1000`)
    assert.ok(late[1]! > 850, `fixed flags ${late[1]} of 1000`)
  })
})
