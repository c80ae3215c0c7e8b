import assert from 'node:assert/strict'
import { Alarms } from '../../../src/core/alarm/alarms'
import { readAlarmSettings } from '../../../src/core/alarm/settings'
import type { Reason } from '../../../src/core/verdict'
import { normals, uniforms } from '../thresholds/simulated-scores'
import { judged, START, Watch } from './watching'

const fault = (reason: Reason): ReturnType<typeof judged> =>
  judged(null, {
    reason,
    threshold: null,
    detector: undefined,
    model: undefined,
    contributions: undefined,
    detail: 'ax does not move',
  })

describe('alarms: silence', () => {
  it('is an alarm of its own after the set time, once, and ends when verdicts come again', () => {
    const watch = new Watch({ noData: 's', noDataSeconds: 5, keep: 1 })
    for (let i = 0; i <= 10; i++) watch.at(i, 1)
    watch.until(100)
    assert.deepEqual(watch.told, ['begin fault @15'])
    assert.deepEqual(
      [watch.events[0]!.reason, watch.events[0]!.since, watch.events[0]!.duration],
      ['NO_DATA', START + 10_000, 5000],
    )
    assert.match(watch.words[0]!, /^fan: no data for 5 s/)
    watch.at(100, 1).at(101, 1)
    assert.deepEqual(watch.told, ['begin fault @15', 'end ok @101'])
    assert.deepEqual(watch.levels, [
      [15, true],
      [101, false],
    ])
  })

  it('knows the usual interval by itself: ten times as long, at least a minute', () => {
    const fast = new Watch()
    for (let i = 0; i < 40; i++) fast.at(i / 2, 1)
    assert.deepEqual(fast.until(500).told, ['begin fault @79.5'])
    const slow = new Watch()
    for (let i = 0; i < 10; i++) slow.at(i * 300, 1)
    assert.deepEqual(slow.until(9 * 300 + 2999).told, [])
    assert.equal(slow.until(9 * 300 + 3001).told.length, 1)
  })

  it('of a source that had no stream to tell of ends when its streams speak under names of their own', () => {
    const alarms = new Alarms(readAlarmSettings({ noData: 's', noDataSeconds: 5, keep: 1 }))
    const kinds = (events: ReturnType<typeof alarms.tick>): readonly string[] =>
      events.map(({ kind, level, stream }) => `${kind} ${level} ${stream}`)
    assert.deepEqual(kinds(alarms.push(fault('NO_DATA'), '', START)), ['begin fault '])
    alarms.push(judged(1), 'fan', START + 1000)
    assert.equal(alarms.level, true, 'another source may have spoken')
    alarms.push(fault('LEARNING'), '', START + 1000)
    alarms.push(judged(1), 'fan', START + 3000)
    assert.deepEqual(kinds(alarms.tick(START + 3000)), ['end ok '])
    assert.deepEqual([alarms.level, alarms.streamCount], [false, 1])
    // Its silence is nothing to tell of.
    for (let i = 4; i < 60; i++) {
      const told = [...alarms.push(judged(1), 'fan', START + 1000 * i), ...alarms.tick(START + 1000 * i)]
      assert.deepEqual(kinds(told), [])
    }
  })

  it('is not fooled by verdicts that were held back and arrive in a burst', () => {
    const alarms = new Alarms(readAlarmSettings({}))
    const push = (i: number, now: number): number =>
      alarms.push(
        judged(1, { window: { start: START + i * 300_000, end: START + (i + 1) * 300_000 } }),
        'slow',
        now,
      ).length
    let told = 0
    for (let i = 0; i < 60; i++) told += push(i, START)
    for (let now = START; now < START + 290_000; now = alarms.nextTick!) told += alarms.tick(now).length
    assert.equal(told + push(60, START + 300_000), 0)
  })

  it('tells of one detector that falls silent while the other speaks', () => {
    const other = judged(1, { detector: 'onnx-autoencoder' })
    const watch = new Watch({ noData: 's', noDataSeconds: 5, keep: 0 })
    for (let i = 0; i <= 20; i++) {
      watch.at(i, 1)
      if (i < 8 || i > 15) watch.at(i, other)
    }
    assert.deepEqual(watch.told, ['begin fault @12', 'end ok @16'])
    assert.equal(watch.events[0]!.detector, 'onnx-autoencoder')
    assert.match(watch.words[0]!, /^fan: no verdict of onnx-autoencoder for 5 s/)
  })

  it('does not alarm twice where the source reports the same silence', () => {
    const watch = new Watch({ noData: 's', noDataSeconds: 5, keep: 0 }).at(0, 1).at(1, 1)
    watch.at(4, fault('NO_DATA')).until(60)
    assert.deepEqual(watch.told, ['begin fault @4'])
    const late = new Watch({ noData: 's', noDataSeconds: 5, keep: 0 })
      .at(0, 1)
      .at(8, fault('NO_DATA'))
      .at(9, fault('NO_DATA'))
      .at(10, 1)
    assert.deepEqual(late.told, ['begin fault @5', 'end ok @10'])
  })

  it('keeps an alarm that was on when the data stopped', () => {
    const watch = new Watch({ noData: 's', noDataSeconds: 5 }).at(0, 12).until(600)
    assert.deepEqual(watch.told, ['begin alarm @0', 'begin fault @5'])
  })
})

describe('alarms: windows that are not scored', () => {
  const because = (reason: Reason, more: object = {}): ReturnType<typeof judged> =>
    judged(null, {
      reason,
      ...{ threshold: null, detector: undefined, model: undefined, contributions: undefined },
      detail: 'learned on 200 Hz, now 100 Hz',
      ...more,
    })

  for (const more of [{}, { detector: 'mahalanobis', model: { name: 'fan', version: 1 } }]) {
    it(`data that do not fit the model are no verdict of the detector ${JSON.stringify(more)}`, () => {
      const watch = new Watch({ noData: 's', noDataSeconds: 3, keep: 0 }).at(0, 1).at(1, 1)
      for (let i = 2; i <= 8; i++) watch.at(i, because('OUT_OF_CONTRACT', more))
      assert.deepEqual(watch.told, ['begin fault @4'])
      assert.equal(watch.events[0]!.reason, 'OUT_OF_CONTRACT')
      assert.equal(
        watch.words[0],
        'fan: mahalanobis has scored nothing for 3 s (OUT_OF_CONTRACT). learned on 200 Hz, now 100 Hz',
      )
      assert.deepEqual(watch.alarms.unscored, ['OUT_OF_CONTRACT'])
      assert.deepEqual(watch.restart().alarms.unscored, ['OUT_OF_CONTRACT'])
      assert.deepEqual(watch.at(9, 1).told, ['begin fault @4', 'end ok @9'])
      assert.deepEqual(watch.alarms.unscored, [])
    })
  }

  for (const reason of ['LEARNING', 'UNKNOWN_CONTEXT'] as const) {
    it(`${reason} is known of, and is no alarm`, () => {
      const watch = new Watch({ noData: 's', noDataSeconds: 3 }).at(0, 1)
      for (let i = 1; i <= 20; i++) watch.at(i, because(reason))
      assert.deepEqual([watch.told, watch.alarms.unscored], [[], [reason]])
    })
  }
})

describe('alarms: sensor faults', () => {
  it('begin at once, name the reason, and end when the sensor works', () => {
    const watch = new Watch({ keep: 2 })
      .at(0, 1)
      .at(1, fault('STUCK'))
      .at(2, fault('STUCK'))
      .at(3, 1)
      .at(4, 1)
      .at(5, 1)
    assert.deepEqual(watch.told, ['begin fault @1', 'end ok @5'])
    assert.equal(watch.words[0], 'fan: sensor fault STUCK. ax does not move')
    assert.equal(watch.events[0]!.score, null)
  })

  it('are left out where that is set', () => {
    assert.deepEqual(new Watch({ faults: false }).at(0, fault('SATURATED')).told, [])
  })

  it('ends one that was on when faults were switched off, and hears silence again', () => {
    const watch = new Watch({ noData: 's', noDataSeconds: 5, keep: 2 }).at(0, 1).at(1, fault('STUCK'))
    assert.equal(watch.alarms.level, true)
    watch.restart({ noData: 's', noDataSeconds: 5, keep: 2, faults: false }).until(4)
    assert.deepEqual([watch.told, watch.alarms.level], [['begin fault @1', 'end ok @3'], false])
    watch.until(10)
    assert.deepEqual(watch.told.slice(2), ['begin fault @6'])
    assert.equal(watch.events[2]!.reason, 'NO_DATA')
  })

  it('ends silence that was told of when its watch was switched off', () => {
    const watch = new Watch({ noData: 's', noDataSeconds: 5, keep: 2 }).at(0, 1).until(6)
    watch.restart({ noData: 'off', keep: 2 }).until(20)
    assert.deepEqual(watch.told, ['begin fault @5', 'end ok @7'])
    assert.equal(watch.alarms.level, false)
  })

  it('every reason for a fault is one, the others are none', () => {
    const faults: Reason[] = ['NO_DATA', 'DROPOUT', 'STUCK', 'SATURATED', 'RATE_OFF']
    const none: Reason[] = ['LEARNING', 'MACHINE_OFF', 'OUT_OF_CONTRACT', 'UNKNOWN_CONTEXT']
    for (const reason of faults)
      assert.deepEqual(new Watch().at(0, fault(reason)).told, ['begin fault @0'], reason)
    for (const reason of none) assert.deepEqual(new Watch().at(0, fault(reason)).told, [], reason)
  })
})

describe('alarms: clocks', () => {
  it('a clock that is set by an hour, back or forth, or to 1970, makes no alarm and ends none', () => {
    for (const jump of [3600_000, -3600_000, 86_400_000 * 300, -START]) {
      const alarms = new Alarms(
        readAlarmSettings({ hold: 30, holdUnit: 's', keep: 20, noData: 's', noDataSeconds: 40, repeat: 90 }),
      )
      const told: string[] = []
      let offset = 0
      const see = (second: number, score: number): void => {
        const now = START + second * 1000 + offset
        const window = { start: now - 1000, end: now }
        for (const event of alarms.push(judged(score, { window }), 'fan', now))
          told.push(`${event.kind}@${second}`)
      }
      for (let s = 0; s < 10; s++) see(s, 1)
      for (let s = 10; s < 20; s++) see(s, 12)
      offset += jump
      for (let s = 20; s < 60; s++) see(s, 12)
      assert.deepEqual(told, ['begin@41'], `jump by ${jump / 1000} s: the step itself does not count`)
      offset -= jump
      for (let s = 60; s < 70; s++) see(s, 1)
      offset += jump
      for (let s = 70; s < 95; s++) see(s, 1)
      assert.deepEqual(told, ['begin@41', 'end@81'], `and back, and again`)
    }
  })

  it('a snooze lasts as long as it was asked for, whatever the clock does', () => {
    const watch = new Watch({ noData: 'off' }).at(0, 1).do((alarms, now) => alarms.snooze('', 120_000, now))
    const wall = (second: number): number => START + second * 1000 + (second >= 30 ? 7200_000 : 0)
    const begun: number[] = []
    for (let s = 1; s < 200; s++)
      if (watch.alarms.push(judged(12), 'fan', wall(s)).some((event) => event.kind === 'begin')) begun.push(s)
    assert.deepEqual(begun, [121], 'one step of a second is lost with the jump')
  })
})

describe('alarms: restart', () => {
  it('goes on to the bit when it is restarted between any two verdicts', () => {
    const config = {
      hold: 2,
      keep: 3,
      coolDown: 8,
      latch: true,
      repeat: 4,
      repeatMax: 20,
      noData: 's',
      noDataSeconds: 6,
      warning: 'factor',
      warningFactor: 0.7,
    }
    const straight = new Watch(config)
    const restarted = new Watch(config)
    const z = normals(5)
    const next = uniforms(6)
    let second = 0
    for (let i = 0; i < 1500; i++) {
      second += next() < 0.02 ? 9 : 0.7
      const drift = 6 + 5 * Math.sin(i / 60)
      const chance = next()
      const verdict =
        chance < 0.02
          ? fault('STUCK')
          : judged(Math.abs(drift + 2 * z()), { detector: chance < 0.5 ? 'a' : 'b' })
      const stream = chance > 0.9 ? 'pump' : 'fan'
      for (const watch of [straight, restarted]) {
        watch.at(second, verdict, stream)
        if (i % 97 === 50) watch.do((alarms, now) => alarms.acknowledge('', now))
        if (i % 300 === 200) watch.do((alarms, now) => alarms.snooze(i % 200 === 0 ? '' : 'fan', 30_000, now))
      }
      if (i % 3 === 0) restarted.restart()
      assert.deepEqual(restarted.alarms.snapshot(), straight.alarms.snapshot(), `after ${i}`)
    }
    assert.deepEqual(restarted.events, straight.events)
    assert.deepEqual(restarted.levels, straight.levels)
    const kinds = new Set(straight.events.map((event) => `${event.kind} ${event.level}`))
    for (const kind of [
      'begin alarm',
      'begin warning',
      'begin fault',
      'repeat alarm',
      'acknowledged alarm',
      'end ok',
      'snoozed ok',
    ]) {
      assert.ok(kinds.has(kind), `${kind} was never told: the comparison proves too little`)
    }
  })

  it('after an hour away: an alarm is still on, a snooze is over, silence begins anew, a hold begins anew', () => {
    const watch = new Watch({ noData: 's', noDataSeconds: 5, hold: 3 })
    for (let i = 0; i < 3; i++) watch.at(i, 12)
    watch
      .at(2, 12, 'pump')
      .at(2.5, 12, 'pump')
      .do((alarms, now) => alarms.snooze('', 600_000, now))
    watch.restart()
    watch.now = START + 3600_000
    watch.do((alarms, now) => alarms.tick(now))
    assert.deepEqual(watch.told, ['begin alarm @2', 'snoozed ok @2.5', 'repeat alarm @3600'])
    watch.at(3601, 12, 'pump').at(3602, 12, 'pump').at(3602, 12)
    assert.equal(watch.told.length, 3)
    assert.deepEqual(watch.at(3603, 12, 'pump').told.at(-1), 'begin alarm @3603')
  })

  it('refuses what it did not save', () => {
    const alarms = new Alarms(readAlarmSettings({}))
    for (const bad of [
      undefined,
      null,
      3,
      {},
      { streams: [] },
      { streams: [{}], clock: { steady: 0 } },
      { streams: [{ stream: 'x' }], clock: { steady: 0, wall: 1 } },
    ]) {
      assert.throws(() => alarms.restore(bad), /not what this node saved/)
    }
  })
})
