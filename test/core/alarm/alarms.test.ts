import assert from 'node:assert/strict'
import type { Reason, Verdict } from '../../../src/core/verdict'
import { uniforms } from '../thresholds/simulated-scores'
import { judged, START, Watch } from './watching'

/** Verdicts once a second from `from` on. */
function feed(watch: Watch, from: number, scores: readonly number[]): Watch {
  scores.forEach((score, i) => watch.at(from + i, score))
  return watch
}

describe('alarms: begin and end', () => {
  it('tells one alarm and its end after the score stayed away for the keep time', () => {
    const watch = feed(new Watch({ keep: 5 }), 0, [1, 1, 12, 13, 12, 1, 1, 1, 1, 1, 1, 1])
    assert.deepEqual(watch.told, ['begin alarm @2', 'end ok @10'])
    assert.deepEqual(watch.levels, [
      [2, true],
      [10, false],
    ])
    const [begin, end] = watch.events
    assert.deepEqual(
      [begin!.state, begin!.previous, end!.state, end!.previous],
      ['alarm', 'normal', 'normal', 'alarm'],
    )
    assert.deepEqual([end!.since, end!.duration, end!.count], [START + 2000, 8000, 3])
    assert.deepEqual(
      [begin!.stream, begin!.detector, begin!.model, begin!.reason],
      ['fan', 'mahalanobis', 'fan', 'ANOMALY'],
    )
    assert.deepEqual(begin!.contributions, [
      { channel: 'ay', share: 0.5 },
      { channel: 'az', share: 0.3 },
      { channel: 'ax', share: 0.1 },
    ])
    assert.deepEqual(watch.words, [
      'fan: anomaly. Score 12, threshold 10, mostly ay 50 %, az 30 %, ax 10 %',
      'fan: back to normal after 8 s, 3 windows above the level',
    ])
  })

  it('tells at most one alarm and one end of 1,000 crossings in a minute', () => {
    for (const [low, high] of [
      [9.9, 10.1],
      [1, 100],
    ] as const) {
      const watch = new Watch({ noData: 'off' })
      for (let i = 0; i < 1000; i++) watch.at(i * 0.06, i % 2 === 0 ? high : low)
      watch.at(60, 1).until(200)
      assert.deepEqual(
        watch.told.map((text) => text.split(' @')[0]),
        ['begin alarm', 'end ok'],
        `${low} to ${high}`,
      )
    }
    const noisy = new Watch({ noData: 'off' })
    const next = uniforms(1)
    for (let i = 0; i < 1000; i++) noisy.at(i * 0.06, 20 * next())
    assert.equal(noisy.at(60, 1).until(200).events.length, 2)
  })

  it('does not end between the reset level and the alarm level', () => {
    const watch = new Watch({ keep: 0, reset: 80 })
    feed(watch, 0, [12, 9.9, 8, 8.1, 7.9, 12])
    assert.deepEqual(watch.told, ['begin alarm @0', 'end ok @4', 'begin alarm @5'])
  })

  it('goes back to alarm, not to a second one, when the score rises while it recovers', () => {
    const watch = feed(new Watch({ keep: 3 }), 0, [12, 1, 1, 12, 1, 1, 9.5, 1, 1, 1, 1])
    assert.deepEqual(watch.told, ['begin alarm @0', 'end ok @10'])
  })

  it('tells nothing of a spike that is shorter than the hold time, in windows or in seconds', () => {
    for (const config of [{ hold: 3 }, { hold: 2, holdUnit: 's' }]) {
      const watch = feed(new Watch(config), 0, [1, 12, 12, 1, 12, 1, 12, 12, 1])
      assert.deepEqual(
        watch.until(100).told.filter((text) => text.includes('alarm')),
        [],
      )
    }
    assert.deepEqual(feed(new Watch({ hold: 3, keep: 1 }), 0, [1, 12, 12, 12, 12]).told, ['begin alarm @3'])
    assert.deepEqual(feed(new Watch({ hold: 2, holdUnit: 's' }), 0, [1, 12, 12, 12, 12]).told, [
      'begin alarm @3',
    ])
  })

  it('adds no second vote to a voted verdict, and holds its voted score against the levels', () => {
    const voted = (score: number, k2: number): ReturnType<typeof judged> =>
      judged(score, {
        isAnomaly: k2 > 10,
        reason: k2 > 10 ? 'ANOMALY' : 'NORMAL',
        vote: { k: 2, n: 3, score: k2 },
      })
    const watch = new Watch({ hold: 5, keep: 0 })
    watch.at(0, voted(30, 2)).at(1, voted(30, 30)).at(2, voted(1, 30)).at(3, voted(1, 1))
    assert.deepEqual(watch.told, ['begin alarm @1', 'end ok @3'])
    assert.equal(watch.events[0]!.score, 30)
  })

  it('begins no new alarm in the cool-down, and begins it then if it still holds', () => {
    const watch = feed(new Watch({ keep: 0, coolDown: 5 }), 0, [12, 1, 12, 1, 12, 12, 12, 12, 1])
    assert.deepEqual(watch.told, ['begin alarm @0', 'end ok @1', 'begin alarm @6', 'end ok @8'])
    assert.equal(watch.events[2]!.since, START + 4000)
  })

  it('takes a factor of the threshold as its level where that is set', () => {
    const watch = feed(new Watch({ level: 'factor', factor: 2, keep: 0 }), 0, [12, 19, 21, 19, 17, 21])
    assert.deepEqual(watch.told, ['begin warning @0', 'begin alarm @2', 'end warning @4', 'begin alarm @5'])
  })

  it('goes by isAnomaly where there is no threshold: rules', () => {
    const rule = (isAnomaly: boolean): ReturnType<typeof judged> =>
      judged(null, {
        threshold: null,
        isAnomaly,
        reason: isAnomaly ? 'ANOMALY' : 'NORMAL',
        detail: 'ax is above 3 g',
        contributions: undefined,
      })
    const watch = new Watch({ keep: 0 }).at(0, rule(false)).at(1, rule(true)).at(2, rule(false))
    assert.deepEqual(watch.told, ['begin alarm @1', 'end ok @2'])
    assert.equal(watch.words[0], 'fan: anomaly. ax is above 3 g')
  })
})

describe('alarms: warnings', () => {
  it('tells a warning, then the alarm, then the warning that is left', () => {
    const warned = (score: number): ReturnType<typeof judged> =>
      judged(score, score > 10 ? {} : { reason: score > 6 ? 'WARNING' : 'NORMAL' })
    const watch = new Watch({ keep: 0, reset: 100 })
    ;[1, 7, 7, 12, 12, 7, 1].forEach((score, i) => watch.at(i, warned(score)))
    assert.deepEqual(watch.told, ['begin warning @1', 'begin alarm @3', 'end warning @5', 'end ok @6'])
    assert.deepEqual(
      watch.levels,
      [
        [3, true],
        [5, false],
      ],
      'a warning does not sound',
    )
  })

  it('tells no warning of an alarm that comes at once, nor where warnings are off', () => {
    assert.deepEqual(feed(new Watch({ keep: 0 }), 0, [1, 12, 1]).told, ['begin alarm @1', 'end ok @2'])
    const watch = new Watch({ warning: 'off' }).at(0, judged(7, { reason: 'WARNING' }))
    assert.deepEqual(watch.told, [])
  })

  it('has a level of its own where that is set', () => {
    assert.deepEqual(
      feed(new Watch({ warning: 'factor', warningFactor: 0.5, keep: 0, reset: 80 }), 0, [4, 6, 4.5, 3.9])
        .told,
      ['begin warning @1', 'end ok @3'],
    )
  })
})

describe('alarms: what is no evidence', () => {
  it('LEARNING, faults and foreign data neither begin nor end an alarm', () => {
    const watch = new Watch({ keep: 2, faults: false, noData: 'off' }).at(0, 12)
    for (const [i, reason] of (
      ['LEARNING', 'OUT_OF_CONTRACT', 'STUCK', 'UNKNOWN_CONTEXT', 'NO_DATA'] as Reason[]
    ).entries()) {
      watch.at(1 + i, judged(reason === 'LEARNING' ? 1 : null, { reason, threshold: null }))
    }
    assert.deepEqual(watch.until(60).told, ['begin alarm @0'])
    const quiet = new Watch()
    quiet.at(0, judged(99, { reason: 'LEARNING', isAnomaly: true }))
    assert.deepEqual(quiet.told, [])
  })

  it('a gap breaks a hold that is under way', () => {
    const watch = new Watch({ hold: 3, faults: false }).at(0, 12).at(1, 12)
    watch.at(2, judged(null, { reason: 'LEARNING', threshold: null, detector: undefined }))
    watch.at(3, 12).at(4, 12)
    assert.deepEqual(watch.told, [])
    assert.deepEqual(watch.at(5, 12).told, ['begin alarm @5'])
  })

  for (const reason of ['LEARNING', 'OUT_OF_CONTRACT', 'MACHINE_OFF'] as const)
    for (const [order, delay] of [
      ['after', 0],
      ['before', -0.2],
    ] as const)
      it(`${reason} of a chain, told ${order} the limits beside it speak of the same window, breaks no hold of theirs`, () => {
        const watch = new Watch({ hold: 3, keep: 0 })
        const passed = judged(null, {
          reason: 'ANOMALY',
          threshold: null,
          isAnomaly: true,
          detector: 'limits',
        })
        const unscored = judged(null, { reason, threshold: null, detector: undefined })
        for (let second = 1; second <= 4; second++) {
          const window = { start: START + 1000 * (second - 1), end: START + 1000 * second }
          const tell = (verdict: Verdict, at: number): unknown =>
            watch.until(at).do((alarms, now) => alarms.push({ ...verdict, window }, 'fan', now))
          if (delay < 0) tell(unscored, second + delay)
          tell(passed, second)
          if (delay === 0) tell(unscored, second)
        }
        assert.deepEqual(watch.told, ['begin alarm @3'])
      })

  it('a machine that is off is not in alarm', () => {
    const watch = new Watch({ keep: 0 })
      .at(0, 12)
      .at(1, judged(null, { reason: 'MACHINE_OFF', threshold: null }))
    assert.deepEqual(watch.told, ['begin alarm @0', 'end ok @1'])
  })
})

describe('alarms: acknowledge, latch, repeat, snooze', () => {
  it('a latched alarm ends only once somebody has seen it', () => {
    const watch = feed(new Watch({ latch: true, keep: 2 }), 0, [12, 1, 1, 1, 1, 1])
    assert.deepEqual(watch.told, ['begin alarm @0'])
    assert.equal(watch.alarms.level, true)
    assert.equal(watch.alarms.on[0]!.condition.state, 'latched')
    watch
      .at(10, 12)
      .at(11, 1)
      .until(20)
      .do((alarms, now) => alarms.acknowledge('fan', now))
    assert.deepEqual(watch.told, ['begin alarm @0', 'acknowledged alarm @20', 'end ok @20'])
    assert.equal(watch.alarms.level, false)
    assert.deepEqual(
      watch.do((alarms, now) => alarms.acknowledge('', now)).told.length,
      3,
      'nothing left to acknowledge',
    )
  })

  it('one that was acknowledged while it lasted ends by itself', () => {
    const watch = new Watch({ latch: true, keep: 2 })
      .at(0, 12)
      .until(1)
      .do((alarms, now) => alarms.acknowledge('', now))
    feed(watch, 2, [12, 1, 1, 1, 1])
    assert.deepEqual(watch.told, ['begin alarm @0', 'acknowledged alarm @1', 'end ok @5'])
  })

  it('repeats with back-off at exact times until acknowledged', () => {
    const watch = new Watch({ repeat: 10, repeatFactor: 2, repeatMax: 30 })
    for (let i = 0; i <= 140; i++) watch.at(i, i === 0 ? 1 : 12)
    assert.deepEqual(watch.told, [
      'begin alarm @1',
      'repeat alarm @11',
      'repeat alarm @31',
      'repeat alarm @61',
      'repeat alarm @91',
      'repeat alarm @121',
    ])
    assert.equal(watch.words[2], 'fan: still in alarm after 30 s. Score 12, threshold 10')
    watch.do((alarms, now) => alarms.acknowledge('fan', now))
    for (let i = 141; i <= 200; i++) watch.at(i, 12)
    assert.deepEqual(watch.told.slice(6), ['acknowledged alarm @140'])
  })

  it('repeats between verdicts too', () => {
    const watch = new Watch({ repeat: 0.5, repeatFactor: 1, noData: 'off' }).at(0, 12).until(2.2)
    assert.deepEqual(watch.told, [
      'begin alarm @0',
      'repeat alarm @0.5',
      'repeat alarm @1',
      'repeat alarm @1.5',
      'repeat alarm @2',
    ])
  })

  it('is silent while snoozed, ends what it had told, and tells again what is left afterwards', () => {
    const watch = new Watch({ keep: 0, repeat: 10, noData: 'off' }).at(0, 12)
    watch
      .at(0, 12, 'pump')
      .until(1)
      .do((alarms, now) => alarms.snooze('', 60_000, now))
    assert.equal(watch.alarms.level, false)
    watch.at(2, 1, 'pump')
    for (let i = 3; i <= 62; i++) watch.at(i, 12).at(i, 12, 'mill')
    assert.deepEqual(watch.told, [
      'begin alarm @0',
      'begin alarm @0',
      'snoozed ok @1',
      'end ok @2',
      'repeat alarm @61',
      'begin alarm @61',
    ])
    assert.deepEqual(watch.levels, [
      [0, true],
      [1, false],
      [61, true],
    ])
  })

  it('snoozes one stream, and ends a snooze on command', () => {
    const watch = new Watch()
      .at(0, 1)
      .at(0, 1, 'pump')
      .do((alarms, now) => alarms.snooze('fan', 600_000, now))
    watch.at(1, 12).at(1, 12, 'pump')
    assert.deepEqual(watch.told, ['snoozed ok @0', 'begin alarm @1'])
    assert.equal(watch.events[1]!.stream, 'pump')
    watch.until(2).do((alarms, now) => alarms.snooze('fan', 0, now))
    assert.deepEqual(watch.told.slice(2), ['resumed ok @2', 'begin alarm @2'])
  })

  it('a stream that never spoke can be snoozed, and is none for that', () => {
    const watch = new Watch({ noData: 's', noDataSeconds: 60, maxStreams: 2 })
      .at(0, 1)
      .do((alarms, now) => alarms.snooze('typo', 1000, now))
    for (let i = 1; i < 200; i++) watch.at(i, 1)
    assert.deepEqual(watch.told, ['snoozed ok @0'])
    assert.deepEqual([watch.alarms.streamCount, watch.alarms.level], [1, false])
    watch.do((alarms, now) => alarms.snooze('pump', 60_000, now))
    assert.deepEqual(watch.at(200, 12, 'pump').told.slice(2), [])
    assert.deepEqual(watch.restart().at(255, 1).until(259).told.slice(2), ['begin alarm @259'])
  })

  it('refuses to snooze more streams than there may be', () => {
    const watch = new Watch({ maxStreams: 2 })
    for (const stream of ['', 'a', 'b', 'a']) watch.do((alarms, now) => alarms.snooze(stream, 5000, now))
    assert.throws(
      () => watch.alarms.snooze('c', 5000, watch.now),
      /msg.topic names one stream more than the 2/,
    )
    watch.until(6).do((alarms, now) => alarms.snooze('c', 5000, now))
    assert.deepEqual(watch.told.slice(-1), ['snoozed ok @6'])
  })

  it('an acknowledged alarm is not told again after a snooze', () => {
    const watch = new Watch({ noData: 'off' }).at(0, 12).do((alarms, now) => alarms.acknowledge('', now))
    watch
      .do((alarms, now) => alarms.snooze('', 5000, now))
      .at(3, 12)
      .at(8, 12)
    assert.deepEqual(watch.told, ['begin alarm @0', 'acknowledged alarm @0', 'snoozed ok @0'])
  })
})

describe('alarms: streams and detectors', () => {
  it('keeps them apart, and is loud while any is in alarm', () => {
    const other = (score: number): ReturnType<typeof judged> =>
      judged(score, { detector: 'onnx-autoencoder' })
    const watch = new Watch({ keep: 0, hold: 2 })
    for (let i = 0; i < 6; i++)
      watch
        .at(i, 12)
        .at(i, other(1))
        .at(i, i < 4 ? 12 : 1, 'pump')
    assert.deepEqual(
      watch.events.map((event) => [event.kind, event.stream, event.detector]),
      [
        ['begin', 'fan', 'mahalanobis'],
        ['begin', 'pump', 'mahalanobis'],
        ['end', 'pump', 'mahalanobis'],
      ],
    )
    assert.deepEqual(watch.levels, [[1, true]])
    assert.deepEqual(watch.at(6, 1).levels.at(-1), [6, false])
  })

  it('takes hostile stream names, and refuses more streams than set', () => {
    const watch = new Watch({ maxStreams: 3 }).at(0, 12, '__proto__').at(0, 12, 'constructor').at(0, 12, '')
    assert.equal(watch.told.length, 3)
    assert.throws(() => watch.at(1, 12, 'fourth'), /msg.topic names one stream more than the 3/)
    assert.equal(({} as Record<string, unknown>)['told'], undefined)
  })

  it('reset clears the states and tells that they are over; forget drops the stream', () => {
    const watch = new Watch({ latch: true })
      .at(0, 12)
      .at(0, 12, 'pump')
      .until(1)
      .do((alarms, now) => alarms.reset('fan', now))
    assert.deepEqual(watch.told.slice(2), ['end ok @1'])
    watch.do((alarms, now) => alarms.forget('', now))
    assert.deepEqual([watch.alarms.streamCount, watch.alarms.level, watch.told.length], [0, false, 4])
    assert.deepEqual(watch.until(100_000).told.length, 4, 'a forgotten stream is never silent')
  })

  it('the test button makes one event and three seconds of level', () => {
    const watch = new Watch().do((alarms, now) => alarms.test(now)).until(60)
    assert.deepEqual(watch.told, ['test alarm @0'])
    assert.deepEqual(watch.levels, [
      [0, true],
      [3, false],
    ])
  })
})
