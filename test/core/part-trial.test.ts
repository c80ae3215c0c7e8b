import assert from 'node:assert/strict'
import type { Frame } from '../../src/core/frame'
import { PartTrial } from '../../src/core/part-trial'
import { withoutScore, type Verdict } from '../../src/core/verdict'

const frame = (...data: readonly number[]): Frame => ({
  channels: ['ax', 'ay'],
  start: 0,
  end: 1,
  data: Float32Array.from(data),
})
const window = { start: 0, end: 1 }
const verdict = (score: number, contributions = { ax: 0.25, ay: 0.75 }): Verdict => ({
  ...withoutScore('LEARNING', window, []),
  score,
  contributions,
})

describe('the trial of a part', () => {
  let trial: PartTrial
  beforeEach(() => void (trial = new PartTrial('rig')))

  it('refuses a scaler that gives what is not finite or loses a channel, and names the channel', () => {
    trial.take(frame(1, 2), frame(-1, 1))
    assert.throws(
      () => trial.take(frame(1, 2), frame(0, Infinity)),
      /^InputError: rig: .* gives ay = Infinity/,
    )
    assert.throws(() => trial.take(frame(1, 2), frame(0, 1, NaN, 1)), /gives ax = NaN/)
    const other = { ...frame(0, 1), channels: ['ax', 'az'] }
    assert.throws(() => trial.take(frame(1, 2), other), /gives the channels ax,az instead of ax,ay/)
    assert.throws(() => trial.take(frame(1, 2), { ...frame(0), channels: ['ax'] }), /ax instead of ax,ay/)
    assert.equal(trial.hasScores, false)
  })

  it('refuses a score below 0 or beyond all numbers, a share that is none, and no answer at all', () => {
    trial.take(frame(1, 2), verdict(0))
    assert.throws(() => trial.take(frame(1, 2), verdict(-1)), /gives score = -1/)
    assert.throws(() => trial.take(frame(1, 2), verdict(Infinity)), /gives score = Infinity/)
    assert.throws(() => trial.take(frame(1, 2), verdict(1, { ax: 1, ay: NaN })), /gives ay = NaN/)
    assert.throws(() => trial.take(frame(1, 2), undefined), /gives score = undefined/)
    assert.equal(trial.hasScores, true)
  })

  it('doubts one score for windows that differ, and asks for one twice as far from the first as from the other', () => {
    const beyond = (): Float32Array | undefined => trial.doubtful?.data
    trial.take(frame(1, 2), verdict(3))
    trial.take(frame(1, 2), verdict(3))
    assert.equal(beyond(), undefined)
    trial.take(frame(1, 5), verdict(3))
    assert.deepEqual(beyond(), Float32Array.of(1, -1))
    trial.settle(verdict(3.5))
    trial.settle(undefined)
    assert.throws(() => trial.settle(verdict(3)), /the same score, 3, for all of 3 windows that differ/)
    trial.take(frame(1, 5), verdict(4))
    assert.equal(beyond(), undefined)
  })

  it('leaves out windows that the part says cannot be scored', () => {
    trial.take(frame(1, 2), withoutScore('STUCK', window, []))
    assert.equal(trial.hasScores, false)
  })

  it('compares medians over the same windows, and nothing where the part of before lacks one', () => {
    for (const score of [4, 1, 3, 2]) trial.take(frame(score, 0), verdict(score))
    assert.deepEqual(trial.compare([10, 40, 20, 70].map((score) => verdict(score))), {
      medianScore: 2.5,
      medianScoreBefore: 30,
    })
    assert.deepEqual(trial.compare([verdict(1), verdict(2), verdict(3), undefined]), {})
    assert.deepEqual(trial.compare([1, 2, 3, NaN].map((score) => verdict(score))), {})
  })
})
