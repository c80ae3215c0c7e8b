import assert from 'node:assert/strict'
import { Calibrator } from '../../src/core/calibrator'
import { readCalibrationSettings } from '../../src/core/thresholds/settings'
import type { Verdict } from '../../src/core/verdict'
import { calibrate, calibrator } from './thresholds/calibrating'
import { CONTRACT, normals, scored, uniforms } from './thresholds/simulated-scores'

const reasons = (verdicts: readonly Verdict[]): string[] => verdicts.map((verdict) => verdict.reason)

describe('Calibrator: what enters the calibration', () => {
  it('takes windows that share no data: 99 of 197 at half overlap, then judges', () => {
    const target = calibrator()
    const next = uniforms(1)
    const scores: number[] = []
    const draw = (): number => (scores.push(next()), scores.at(-1)!)
    const used = calibrate(target, draw)
    assert.equal(used, 197)
    const taken = scores.filter((_, i) => i % 2 === 0).sort((a, b) => a - b)
    assert.equal(target.calibration!.n, 99)
    assert.equal(target.calibration!.threshold, taken[98])
    assert.deepEqual(target.calibration!.toJSON().scores.tail, taken)
    const { verdict } = target.push(scored(used, taken[98]! + 1e-9))
    assert.equal(verdict.isAnomaly, true)
    assert.equal(verdict.reason, 'ANOMALY')
    assert.equal(verdict.pValue, 0.01)
    assert.equal(verdict.threshold, taken[98])
    const normal = target.push(scored(used + 1, taken[49]!)).verdict
    assert.deepEqual([normal.isAnomaly, normal.reason, normal.pValue], [false, 'NORMAL', (1 + 50) / 100])
  })

  it('takes every window where windows only touch, also when their stamps jitter', () => {
    const target = calibrator({ alpha: 10 }, 9)
    const jitter = normals(2)
    for (let i = 0; i < 9; i++) {
      const verdict = scored(i, i, {}, 1)
      const start = verdict.window.start + 10 * jitter()
      target.push({ ...verdict, window: { start, end: start + 1000 } })
    }
    assert.equal(target.calibration!.n, 9)
  })

  it('spaces by the whole span of a vote: 3 of 5 at half overlap takes every sixth window', () => {
    const target = calibrator({ alpha: 10, voteK: 3, voteN: 5 }, 9)
    const used = calibrate(target, uniforms(3))
    assert.equal(used, 5 + 8 * 6)
  })

  it('says LEARNING without a threshold until it is calibrated, and no anomaly however high the score', () => {
    const target = calibrator({ alpha: 10 }, 9)
    const next = uniforms(4)
    const verdicts = Array.from(
      { length: 17 },
      (_, i) => target.push(scored(i, i === 5 ? 1e9 : next())).verdict,
    )
    assert.deepEqual(new Set(reasons(verdicts)), new Set(['LEARNING']))
    assert.ok(
      verdicts.every(
        (verdict) => !verdict.isAnomaly && verdict.threshold === null && verdict.pValue === null,
      ),
    )
    assert.deepEqual(target.status, { state: 'ready', have: 9, need: 9 })
  })

  it('never lets in-sample scores into calibration or vote', () => {
    const target = calibrator({ alpha: 10, voteK: 2, voteN: 2 }, 9)
    for (let i = 0; i < 60; i++) {
      const { verdict } = target.push(scored(i, 1e6, { inSample: true }), 'run')
      assert.deepEqual([verdict.reason, verdict.isAnomaly, verdict.threshold], ['LEARNING', false, null])
    }
    const used = calibrate(target, uniforms(5), 60)
    assert.ok(target.calibration!.toJSON().scores.tail.every((score) => score < 1))
    target.push(scored(used, 1e6, { inSample: true }))
    const { verdict } = target.push(scored(used + 1, 1e6))
    assert.equal(verdict.isAnomaly, false, 'one score above is no vote of 2 of 2')
    assert.equal(target.push(scored(used + 2, 1e6)).verdict.isAnomaly, true)
  })

  it('begins on the windows after a learning run whose own frames are in-sample, although it has a calibration', () => {
    const target = calibrator({ alpha: 10 }, 9)
    const next = uniforms(6)
    let i = calibrate(target, next)
    const contract = [...CONTRACT.slice(0, 2), 'mahalanobis ledoit-wolf#fedcba9876543210']
    assert.equal(target.push(scored(i++, 1, { contract })).verdict.reason, 'OUT_OF_CONTRACT')
    for (let j = 0; j < 5; j++) target.push(scored(i++, 99, { contract, inSample: true }), 'again')
    const first = target.push(scored(i, 1, { contract }))
    assert.equal(first.verdict.reason, 'LEARNING')
    for (let j = 1; j < 18; j++) target.push(scored(i + j, next(), { contract }))
    assert.equal(target.push(scored(i + 18, 50, { contract })).verdict.isAnomaly, true)
    assert.equal(
      target.push(scored(i + 19, 50)).verdict.isAnomaly,
      true,
      'the calibration of the old contract still works',
    )
  })

  it('names the line that differs where verdicts of another chain arrive', () => {
    const target = calibrator({ alpha: 10 }, 9)
    const used = calibrate(target, uniforms(7))
    const { verdict, difference } = target.push(
      scored(used, 1, { contract: ['channels ax', 'window 400', 'mahalanobis x#0'] }),
    )
    assert.equal(verdict.reason, 'OUT_OF_CONTRACT')
    assert.deepEqual(difference, { expected: 'window 200', got: 'window 400' })
    assert.deepEqual([verdict.threshold, verdict.isAnomaly], [null, false])
  })

  it('waits for Learn where it may not calibrate by itself, and calibrates anew on command with the old one at work', () => {
    const settings = { ...readCalibrationSettings({ alpha: 10, whenEmpty: false }, 9) }
    const target = new Calibrator(settings)
    for (let i = 0; i < 40; i++) target.push(scored(i, 1))
    assert.equal(target.status.state, 'waiting')
    target.learn('a')
    let i = 40
    target.push(scored(i++, 1))
    i = calibrate(target, () => 1, i)
    assert.equal(target.calibration!.threshold, 1)
    target.learn('b')
    for (let j = 0; j < 16; j++) assert.equal(target.push(scored(i++, 2)).verdict.reason, 'ANOMALY')
    const last = target.push(scored(i++, 2))
    assert.equal(last.fitted?.calibration.threshold, 2)
    assert.equal(target.push(scored(i++, 2)).verdict.reason, 'NORMAL')
  })

  it('reports a calibration that began anew since the contract changed under way', () => {
    const target = calibrator({ alpha: 10 }, 9)
    for (let i = 0; i < 8; i++) target.push(scored(i, 1))
    const { restarted } = target.push(scored(8, 1, { contract: ['channels ax', 'window 100'] }))
    assert.deepEqual(restarted, { expected: 'window 200', got: 'window 100' })
    assert.deepEqual(target.status, { state: 'learning', have: 1, need: 9 })
  })

  it('passes verdicts without a score unchanged; a gap clears the vote, a rule without a score does not', () => {
    const target = calibrator({ alpha: 10, voteK: 2, voteN: 3 }, 9)
    const used = calibrate(target, uniforms(8))
    for (const [reason, votes] of [
      ['STUCK', false],
      ['NO_DATA', false],
      ['MACHINE_OFF', false],
      ['ANOMALY', true],
    ] as const) {
      target.reset()
      target.push(scored(used, 9))
      const between = scored(used + 1, null, { reason })
      assert.equal(target.push(between).verdict, between)
      assert.equal(target.push(scored(used + 2, 9)).verdict.isAnomaly, votes, reason)
    }
  })

  it('refuses scores that are not finite', () => {
    for (const score of [NaN, Infinity, -Infinity])
      assert.throws(() => calibrator().push(scored(0, score)), /not a finite number/)
  })
})

describe('Calibrator: several streams that share a calibration', () => {
  it('calibrates on all of them together, and votes for each by itself', () => {
    const target = calibrator({ alpha: 10, voteK: 2, voteN: 2 }, 9)
    const next = uniforms(9)
    let i = 0
    while (target.status.state !== 'ready') {
      target.push(scored(i, next()), undefined, 'a')
      target.push(scored(i++, next()), undefined, 'b')
    }
    assert.ok(i < 17, `${i} windows of each`)
    target.reset()
    target.push(scored(i, 9), undefined, 'a')
    assert.equal(
      target.push(scored(i, 9), undefined, 'b').verdict.isAnomaly,
      false,
      'one score each is no vote',
    )
    assert.equal(target.push(scored(i + 1, 9), undefined, 'b').verdict.isAnomaly, true)
  })

  it('refuses more streams than set', () => {
    const target = new Calibrator(readCalibrationSettings({}, 99), 2)
    target.push(scored(0, 1), undefined, 'a')
    target.push(scored(0, 1), undefined, '__proto__')
    assert.throws(() => target.push(scored(0, 1), undefined, 'c'), /one stream more than the 2/)
  })
})

describe('Calibrator: one calibration for detectors that learn each of their own stream', () => {
  const of = (hash: string): Partial<Verdict> => ({
    contract: [...CONTRACT, `mahalanobis ledoit-wolf#${hash}`],
  })
  const A = of('0123456789abcdef')
  const B = of('fedcba9876543210')

  it('counts the scores of all, and judges each', () => {
    const target = new Calibrator(readCalibrationSettings({ alpha: 10 }, 10), 10, undefined, 'recipe')
    for (let i = 0; i < 10; i++) {
      const one = i % 2 === 0
      const { restarted } = target.push(scored(i, i, one ? A : B, 1), undefined, one ? 'a' : 'b')
      assert.equal(restarted, undefined)
    }
    assert.equal(target.calibration?.n, 10)
    assert.equal(target.push(scored(10, 9.5, A, 1), undefined, 'a').verdict.isAnomaly, true)
    assert.equal(target.push(scored(11, 8.5, B, 1), undefined, 'b').verdict.isAnomaly, false)
  })

  it('is made anew when one of them has learned anew, and works until then', () => {
    const target = new Calibrator(readCalibrationSettings({ alpha: 10 }, 10), 10, undefined, 'recipe')
    for (let i = 0; i < 10; i++) target.push(scored(i, i, A, 1), undefined, 'a')
    const fresh = of('00000000000000ff')
    target.push({ ...scored(10, 5, fresh, 1), inSample: true }, 'run', 'a')
    assert.equal(target.push(scored(11, 20, fresh, 1), undefined, 'a').verdict.isAnomaly, true)
    for (let i = 12; i < 21; i++) target.push(scored(i, 100, fresh, 1), undefined, 'a')
    assert.equal(target.calibration?.threshold, 100)
    assert.equal(target.giveUp(), undefined)
  })
})
