import assert from 'node:assert/strict'
import { clockAt } from '../../src/core/clock'
import { InputError } from '../../src/core/errors'
import { readVerdict } from '../../src/core/read-verdict'
import { withoutScore } from '../../src/core/verdict'
import { scored } from './thresholds/simulated-scores'

const now = 1000
const read = (anomaly: unknown, payload?: unknown): unknown => readVerdict(anomaly, payload, clockAt(now))

describe('readVerdict', () => {
  it('gives back a whole verdict as the very object', () => {
    const verdicts = [
      scored(1, 2, { contributions: { ax: 0.4, ay: 0.6 }, vote: { k: 2, n: 3, score: null } }),
      withoutScore('STUCK', { start: 1, end: 2 }, ['a'], 'ax does not move'),
    ]
    for (const verdict of verdicts) assert.equal(read(verdict), verdict)
  })

  it('takes a score written by hand: a number as payload, or a verdict that leaves things out', () => {
    const plain = {
      threshold: null,
      pValue: null,
      isAnomaly: false,
      reason: 'LEARNING',
      inSample: false,
      window: { start: now, end: now },
      contract: ['scores'],
    }
    assert.deepEqual(read(undefined, 4.2), { score: 4.2, ...plain })
    assert.deepEqual(read({ score: 4.2, detector: 'mine' }), { ...plain, score: 4.2, detector: 'mine' })
    assert.deepEqual(read({ score: 4.2, isAnomaly: false }), { ...plain, score: 4.2, reason: 'NORMAL' })
    assert.deepEqual(read({ score: null, isAnomaly: true }), {
      ...plain,
      score: null,
      isAnomaly: true,
      reason: 'ANOMALY',
    })
  })

  it('refuses what is no verdict, and names the property', () => {
    const throwing = new Proxy({}, { get: () => { throw new Error('trap') } }) // prettier-ignore
    const cases: [unknown, unknown, RegExp][] = [
      [undefined, [1, 2], /^msg.anomaly is missing/],
      [undefined, undefined, /^msg.anomaly is missing/],
      [undefined, NaN, /^msg.payload must be a finite number/],
      ['x', 1, /^msg.anomaly must be an object/],
      [[1], 1, /^msg.anomaly must be an object/],
      [{}, 1, /^msg.anomaly.score must be a finite number or null, not missing/],
      [{ score: Infinity }, 1, /^msg.anomaly.score/],
      [{ score: '3' }, 1, /^msg.anomaly.score/],
      [{ score: 1, threshold: NaN }, 1, /^msg.anomaly.threshold/],
      [{ score: 1, isAnomaly: 'yes' }, 1, /^msg.anomaly.isAnomaly must be true or false/],
      [{ score: 1, reason: 'BAD' }, 1, /^msg.anomaly.reason must be/],
      [{ score: 1, window: { start: 'now', end: 1 } }, 1, /^msg.anomaly.window.start/],
      [{ score: 1, window: 3 }, 1, /^msg.anomaly.window must be an object with start and end/],
      [{ score: 1, contract: 'x' }, 1, /^msg.anomaly.contract/],
      [{ score: 1, model: null }, 1, /^msg.anomaly.model/],
      [{ score: 1, vote: { k: 1, n: 2, score: '1' } }, 1, /^msg.anomaly.vote.score/],
      [{ score: 1, contributions: { ax: NaN } }, 1, /^msg.anomaly.contributions.ax/],
      [{ score: 1, detector: 5 }, 1, /^msg.anomaly.detector must be text/],
      [5e-324, 1, /^msg.anomaly must be an object, not 5e-324/],
      [Symbol('s'), 1, /^msg.anomaly must be an object, not a symbol/],
      [{ score: 1 }, -Infinity, /^msg.payload must be a finite number, not -Infinity/],
      [{ score: null }, NaN, /^msg.payload must be a finite number, not NaN/],
      [throwing, 1, /^msg.anomaly must be an object that can be read/],
    ]
    for (const [anomaly, payload, pattern] of cases) {
      assert.throws(
        () => read(anomaly, payload),
        (error) => error instanceof InputError && pattern.test(error.message),
        String(pattern),
      )
    }
  })
})
