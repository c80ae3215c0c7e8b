import assert from 'node:assert/strict'
import { ConfigError, InputError } from '../../../src/core/errors'
import type { Frame } from '../../../src/core/frame'
import { readLimits } from '../../../src/core/limits/limit'
import { LimitsStage } from '../../../src/core/limits/limits-stage'
import type { Verdict } from '../../../src/core/verdict'

const START = 1_700_000_000_000

/** One row a second from `at` seconds on. */
function frame(values: readonly number[], at = 0, channel = 'temp'): Frame {
  return {
    channels: [channel],
    units: ['°C'],
    rate: 1,
    start: START + 1000 * at,
    data: Float32Array.from(values),
    contract: ['source'],
  }
}

function stage(...rows: readonly Record<string, unknown>[]): LimitsStage {
  return new LimitsStage(readLimits(rows))
}

function judge(one: LimitsStage, input: Frame): Verdict {
  const verdicts = one.push(input)
  assert.equal(verdicts.length, 1)
  return verdicts[0]!
}

describe('fixed limits', () => {
  it('take what is no number for beyond no limit', () => {
    const limits = stage({ channel: 'temp', low: 0, high: 70 })
    assert.equal(judge(limits, frame([NaN])).reason, 'NORMAL')
    assert.equal(judge(limits, frame([NaN, 71], 1)).detail, judge(stage({ channel: 'temp', low: 0, high: 70 }), frame([71])).detail) // prettier-ignore
  })

  it('pass at the limit and fall just beyond it, from the first frame on', () => {
    const limits = stage({ channel: 'temp', low: 10, high: 70 })
    const seen = [70, 70.25, 10, 9.75].map((value, i) => judge(limits, frame([value], i)))
    assert.deepEqual(
      seen.map(({ reason }) => reason),
      ['NORMAL', 'ANOMALY', 'NORMAL', 'ANOMALY'],
    )
    const high = seen[1]!
    assert.equal(high.isAnomaly, true)
    assert.equal(high.score, null)
    assert.equal(high.detector, 'limits')
    assert.equal(high.detail, 'temp is 70.25 °C, above 70 °C')
    assert.deepEqual(high.contributions, { temp: 1 })
    assert.deepEqual(high.contract, ['source', 'limits'])
    assert.deepEqual(high.window, { start: START + 1000, end: START + 2000 })
    assert.equal(seen[3]!.detail, 'temp is 9.75 °C, below 10 °C')
  })

  it('name the value farthest outside in a window', () => {
    const verdict = judge(stage({ channel: 'temp', high: 70 }), frame([20, 71, 88, 72, 20]))
    assert.equal(verdict.detail, 'temp is 88 °C, above 70 °C')
  })

  it('tell a warning below an alarm, and of both only the alarm decides', () => {
    const limits = stage(
      { channel: 'temp', high: 60, level: 'warning' },
      { channel: 'temp', high: 70, level: 'alarm' },
    )
    const warned = judge(limits, frame([65]))
    assert.equal(warned.reason, 'WARNING')
    assert.equal(warned.isAnomaly, false)
    const alarmed = judge(limits, frame([75], 1))
    assert.equal(alarmed.reason, 'ANOMALY')
    assert.equal(alarmed.detail, 'temp is 75 °C, above 70 °C; temp is 75 °C, above 60 °C')
  })

  it('wait for as long as set, over frames, and begin anew after one sample inside', () => {
    const limits = stage({ channel: 'temp', high: 70, hold: 5 })
    // Above from 0 to 4 s: held for 4 s. Inside at 5 s. Above from 6 s on: held for 5 s at 11 s.
    const values = [80, 80, 80, 80, 80, 20, 80, 80, 80, 80, 80, 80, 80, 20]
    const reasons = values.map((value, i) => judge(limits, frame([value], i)).reason)
    assert.equal(reasons.indexOf('ANOMALY'), 11)
    assert.deepEqual(reasons.slice(11), ['ANOMALY', 'ANOMALY', 'NORMAL'])
    assert.match(judgeAll(limits, 30), /above 70 °C for 5 s/)
  })

  function judgeAll(limits: LimitsStage, from: number): string {
    return judge(limits, frame([80, 80, 80, 80, 80, 80], from)).detail ?? ''
  }

  it('count the time of overlapping windows once', () => {
    const whole = stage({ channel: 'temp', high: 70, hold: 6 })
    // Windows of 4 rows, one every 2: rows 0-3, 2-5, 4-7. Held for 6 s only at row 6.
    const reasons = [0, 2, 4].map((at) => judge(whole, frame([80, 80, 80, 80], at)).reason)
    assert.deepEqual(reasons, ['NORMAL', 'NORMAL', 'ANOMALY'])
  })

  it('see a jump, a ramp and a swing within the time set, and no slower one', () => {
    const limits = (): LimitsStage => stage({ channel: 'temp', change: 5, within: 10 })
    const ramp = (perSecond: number): number[] => Array.from({ length: 60 }, (_, i) => 20 + perSecond * i)
    // 0.4 °C/s make 4 °C in 10 s, 0.6 °C/s make 6 °C.
    assert.equal(judge(limits(), frame(ramp(0.4))).reason, 'NORMAL')
    assert.equal(judge(limits(), frame(ramp(0.6))).reason, 'ANOMALY')
    assert.equal(
      judge(limits(), frame([20, 20, 26, 26])).detail,
      'temp changed by 6 °C within 10 s, more than 5 °C',
    )
    assert.equal(judge(limits(), frame([20, 22, 24, 20, 18])).reason, 'ANOMALY')
    assert.equal(judge(limits(), frame([20, 24, 20, 24])).reason, 'NORMAL')
  })

  it('take of samples further apart than the time set the mean speed between them', () => {
    const limits = stage({ channel: 'temp', change: 5, within: 1 })
    assert.equal(judge(limits, frame([20], 0)).reason, 'NORMAL')
    // 20 °C in a minute are 0.33 °C in a second.
    assert.equal(judge(limits, frame([40], 60)).reason, 'NORMAL')
    assert.equal(judge(limits, frame([46], 61)).reason, 'ANOMALY')
  })

  it('know a change over a restart, and how long a value was outside', () => {
    const limits = (): LimitsStage =>
      stage({ channel: 'temp', change: 5, within: 10 }, { channel: 'temp', high: 30, hold: 3 })
    const before = limits()
    judge(before, frame([20, 31, 31]))
    const after = limits()
    after.restore(JSON.parse(JSON.stringify(before.snapshot())))
    const verdict = judge(after, frame([38, 38], 3))
    assert.equal(
      verdict.detail,
      'temp changed by 7 °C within 10 s, more than 5 °C; temp is 38 °C, above 30 °C for 3 s',
    )
    assert.throws(() => stage({ channel: 'temp', high: 1 }).restore(before.snapshot()), InputError)
  })

  it('begin anew where the clock was set back by an hour', () => {
    const limits = stage({ channel: 'temp', high: 70, hold: 5 })
    judge(limits, frame([80], 3600))
    assert.equal(judge(limits, frame([80], 0)).reason, 'NORMAL')
    assert.equal(judge(limits, frame([80], 4)).reason, 'NORMAL')
    assert.equal(judge(limits, frame([80], 5)).reason, 'ANOMALY')
  })

  it('go on for the channels that are there, and tell once of one that is missing', () => {
    const missing: string[] = []
    const limits = new LimitsStage(
      readLimits([
        { channel: 'tmep', high: 70 },
        { channel: 'temp', high: 70 },
      ]),
      (channel) => missing.push(channel),
    )
    assert.equal(judge(limits, frame([71])).reason, 'ANOMALY')
    assert.equal(judge(limits, frame([71], 1)).reason, 'ANOMALY')
    assert.deepEqual(missing, ['tmep'])
    assert.throws(
      () => limits.push(frame([1], 2, 'pressure')),
      /none of the channels that have limits \(tmep, temp\); it has pressure/,
    )
    assert.equal(judge(limits, frame([71], 3)).reason, 'ANOMALY')
  })

  it('need constant memory however fast the samples come', () => {
    const limits = stage({ channel: 'temp', change: 5, within: 86_400 })
    for (let i = 0; i < 200; i++)
      judge(limits, { ...frame(new Array<number>(1000).fill(20)), rate: 1000, start: START + 1000 * i })
    assert.ok(JSON.stringify(limits.snapshot()).length < 200)
    assert.equal(judge(limits, frame([26], 300)).reason, 'ANOMALY')
  })
})

describe('settings of limits', () => {
  it('name the row and the field that is wrong', () => {
    const refused = (rows: unknown, text: RegExp): void =>
      assert.throws(() => readLimits(rows), (error: unknown) => error instanceof ConfigError && text.test(error.message)) // prettier-ignore
    refused([], /limits is empty/)
    refused('x', /limits is empty/)
    refused([{ channel: 'a', high: '70' }, { channel: 'b' }], /limits 2, channel: this limit has no low/)
    refused([{ channel: 'a', low: 5, high: 4 }], /limits 1, low \(5\) must not be above the high limit \(4\)/)
    refused([{ high: 4 }], /limits 1, channel is empty/)
    refused([{ channel: 'a', high: 'x' }], /limits 1, high must be a number/)
    refused([{ channel: 'a', change: 1, within: 0 }], /limits 1, within must be from 0.001/)
  })
})
