import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Reason, Verdict } from '../../../src/core/verdict'
import { judged, START, Watch } from './watching'

/** A rule's verdict: it has no score. */
function rule(reason: 'NORMAL' | 'WARNING' | 'ANOMALY'): Verdict {
  const isAnomaly = reason === 'ANOMALY'
  const detail = isAnomaly ? { detail: 'cpu is 99, above 90' } : {}
  return judged(null, { threshold: null, isAnomaly, reason, detector: 'limits', model: undefined, contributions: undefined, ...detail }) // prettier-ignore
}
const learned = (score: number, more: Partial<Verdict> = {}): Verdict => judged(score, more)
const no = (reason: Reason, more: Partial<Verdict> = {}): Verdict =>
  judged(null, { reason, threshold: null, ...more })
const unnamed = { detector: undefined, model: undefined }

/** Seconds during which something is so: from the first, until before the second. */
type Span = readonly [from: number, to: number]
const within = (time: number, span: Span | undefined): boolean =>
  span !== undefined && time >= span[0] && time < span[1]

/** Limits at each full second and the learned detector half a second after it, for so many seconds. */
function both(watch: Watch, seconds: number, over: { limits?: Span; model?: Span }, from = 0): Watch {
  for (let i = from; i < seconds; i++) {
    watch.at(i, rule(within(i, over.limits) ? 'ANOMALY' : 'NORMAL'))
    watch.at(i + 0.5, learned(within(i + 0.5, over.model) ? 12 : 1))
  }
  return watch
}
const topic = (more: Record<string, unknown> = {}): Watch => new Watch({ each: 'topic', ...more })
const detectors = (watch: Watch): readonly (string | undefined)[] =>
  watch.events.map(({ detector }) => detector)

describe('one alarm for each topic', () => {
  it('begins with the first detector, goes on with the other, and ends when both are fine', () => {
    const over = { limits: [5, 11], model: [8, 15] } as const
    const watch = both(topic({ keep: 4 }), 30, over)
    // The detector is fine at 15.5; 4 s later it is over.
    assert.deepEqual(watch.told, ['begin alarm @5', 'end ok @19.5'])
    assert.deepEqual(watch.levels, [
      [5, true],
      [19.5, false],
    ])
    const [begin, end] = watch.events
    assert.deepEqual([begin!.detector, begin!.score, begin!.since], ['limits', null, START + 5000])
    assert.equal(watch.words[0], 'fan: anomaly. cpu is 99, above 90')
    // 6 windows of limits, then those of the detector from 11.5 to 14.5: no window twice.
    assert.deepEqual([end!.detector, end!.score, end!.count, end!.duration], ['mahalanobis', 12, 10, 14_500])
    assert.deepEqual(end!.contributions[0], { channel: 'ay', share: 0.5 })
    const each = both(new Watch({ keep: 4 }), 30, over)
    assert.deepEqual(each.told, ['begin alarm @5', 'begin alarm @8.5', 'end ok @15', 'end ok @19.5'])
  })

  it('counts the windows of one detector for its hold time, not those of two', () => {
    for (const [hold, begin] of [
      [3, 'begin alarm @7'],
      [4, 'begin alarm @8'],
    ] as const) {
      const watch = both(topic({ hold }), 20, { limits: [5, 12], model: [5, 12] })
      assert.equal(watch.told[0], begin)
      assert.deepEqual([watch.events[0]!.count, watch.events[0]!.since], [hold, START + 5000])
    }
    assert.deepEqual(both(topic({ hold: 3 }), 20, { limits: [5, 7], model: [5, 7] }).told, [])
    // One after the other: neither has lasted.
    assert.deepEqual(both(topic({ hold: 3 }), 20, { limits: [5, 7], model: [7, 9] }).told, [])
  })

  it('a NORMAL of one detector does not interrupt the hold time of the other', () => {
    assert.deepEqual(both(topic({ hold: 4 }), 9, { model: [2, 9] }).told, ['begin alarm @5.5'])
    const seconds = both(topic({ hold: 3, holdUnit: 's' }), 9, { model: [2, 9] })
    assert.deepEqual(seconds.told, ['begin alarm @5.5'])
    assert.equal(seconds.events[0]!.since, START + 2500)
  })

  it('begins with the one that lasted first, even where another began earlier', () => {
    const watch = topic({ hold: 3 }).at(0, rule('ANOMALY'))
    for (const at of [1, 1.5, 2]) watch.at(at, 12)
    assert.deepEqual([watch.told, detectors(watch)], [['begin alarm @2'], ['mahalanobis']])
    assert.deepEqual([watch.events[0]!.since, watch.events[0]!.count], [START + 1000, 3])
  })

  it('what began with one that is fine again counts from the first window of the other', () => {
    const watch = topic({ hold: 4 }).at(0, rule('ANOMALY')).at(0.5, 12).at(1, rule('NORMAL'))
    for (const at of [1.5, 2.5, 3.5]) watch.at(at, 12)
    assert.deepEqual([watch.told, watch.events[0]!.since, watch.events[0]!.count], [['begin alarm @3.5'], START + 500, 4]) // prettier-ignore
  })

  it('tells of the one that was over for longest where the one that led is fine', () => {
    const others = ['late', 'early'].map((detector) => (score: number) => learned(score, { detector }))
    const [late, early] = [others[0]!, others[1]!]
    const watch = topic()
      .at(0, late(1))
      .at(0, rule('ANOMALY'))
      .at(1, early(11))
      .at(2, late(12))
      .at(3, rule('NORMAL'))
    watch.do((alarms, now) => alarms.acknowledge('fan', now))
    assert.deepEqual(detectors(watch), ['limits', 'early'])
    assert.deepEqual([watch.events[1]!.score, watch.events[1]!.since], [11, START])
  })

  it('the one that leads an alarm which is on goes on leading it while it is over', () => {
    const watch = topic({ hold: 2 }).at(0, 12).at(1, 12).at(2, 1).at(3, rule('ANOMALY')).at(4, 12).at(5, 12)
    watch.do((alarms, now) => alarms.acknowledge('fan', now))
    assert.deepEqual(detectors(watch), ['mahalanobis', 'limits'])
    assert.deepEqual([watch.events[1]!.state, watch.events[1]!.count], ['alarm', 3])
  })

  it('ends only below the reset level, of those that were above their own', () => {
    const watch = topic({ keep: 2 })
    watch.at(0, 12).at(0.5, rule('NORMAL')).at(1, 9.5).at(1.5, rule('NORMAL')).until(8)
    assert.deepEqual(watch.told, ['begin alarm @0'])
    assert.deepEqual(watch.at(8, 8).until(12).told.slice(1), ['end ok @10'])
    // A score that is always close to its level, and never was above it, keeps no alarm of another on.
    const close = topic({ keep: 2 }).at(0, 9.5).at(1, rule('ANOMALY')).at(1.5, 9.5).at(2, rule('NORMAL'))
    close.at(2.5, 9.5).at(3.5, 9.5).until(5)
    assert.deepEqual(close.told, ['begin alarm @1', 'end ok @4'])
    // Nor where it was above it in an alarm of before.
    const before = topic({ keep: 2 })
      .at(0, 12)
      .at(1, 1)
      .at(1.5, rule('NORMAL'))
      .at(4, 9.5)
      .at(5, rule('ANOMALY'))
    before.at(5.5, 9.5).at(6, rule('NORMAL')).at(6.5, 9.5).until(9)
    assert.deepEqual(before.told.slice(2), ['begin alarm @5', 'end ok @8'])
  })

  it('an alarm of one covers the warning of the other, and the warning is left after it', () => {
    const watch = topic({ keep: 0 })
    watch.at(0, rule('WARNING')).at(0.5, 1).at(1, rule('WARNING')).at(1.5, 12).at(2, rule('WARNING'))
    watch.at(2.5, 1).at(3, rule('WARNING')).at(3.5, 1).at(4, rule('NORMAL')).at(4.5, 1)
    assert.deepEqual(watch.told, ['begin warning @0', 'begin alarm @1.5', 'end warning @2.5', 'end ok @4'])
    assert.deepEqual(detectors(watch), ['limits', 'mahalanobis', 'mahalanobis', 'limits'])
    assert.deepEqual(watch.levels, [
      [1.5, true],
      [2.5, false],
    ])
  })

  it('keeps streams apart', () => {
    const watch = topic({ keep: 0 }).at(0, rule('ANOMALY')).at(0, 12, 'pump').at(1, rule('NORMAL'))
    assert.deepEqual(
      watch.events.map(({ kind, stream }) => `${kind} ${stream}`),
      ['begin fan', 'begin pump', 'end fan'],
    )
  })

  it('begins and ends where the first alarm of each detector begins and the last one ends', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 2 }), fc.boolean(), fc.constantFrom(0.25, 1, 3)), { minLength: 5, maxLength: 60 }) // prettier-ignore
    let alarms = 0
    fc.assert(
      fc.property(steps, fc.constantFrom(0, 1, 4), (steps, keep) => {
        const run = (each: string): Watch => {
          const watch = new Watch({ each, keep, noData: 'off' })
          let time = 0
          for (const [who, over, wait] of steps)
            watch.at((time += wait), learned(over ? 12 : 1, { detector: `detector ${who}` }))
          return watch.until(time + 10)
        }
        const merged = run('topic')
        assert.deepEqual(merged.levels, run('detector').levels)
        const told = merged.levels.map(([at, on]) => `${on ? 'begin alarm' : 'end ok'} @${at}`)
        assert.deepEqual(merged.told, told)
        alarms += told.length
      }),
      { seed: 7, numRuns: 200 },
    )
    assert.ok(alarms > 300, `${alarms}`)
  })
})

describe('one alarm for each topic: what is no evidence', () => {
  it('a detector that learns anew while it leads neither keeps the alarm on nor hides the other', () => {
    const watch = topic({ keep: 3 }).at(0, 12).at(0.5, rule('NORMAL')).at(1, no('LEARNING')).until(3)
    assert.deepEqual(watch.at(3, no('LEARNING')).until(9).told, ['begin alarm @0', 'end ok @4'])
    const other = topic({ keep: 3 }).at(0, 12).at(0.5, rule('ANOMALY')).at(1, no('LEARNING')).at(1.5, rule('ANOMALY')) // prettier-ignore
    other.at(2, no('OUT_OF_CONTRACT')).at(9, rule('NORMAL')).until(20)
    assert.deepEqual([other.told, detectors(other)], [['begin alarm @0', 'end ok @12'], ['mahalanobis', 'limits']]) // prettier-ignore
  })

  it('the hold time begins anew after what was no evidence', () => {
    const watch = topic({ hold: 2, keep: 0 })
      .at(0, 12)
      .at(1, 12)
      .at(1.5, rule('NORMAL'))
      .at(2, no('LEARNING'))
    watch.at(3, 12)
    assert.deepEqual(watch.told, ['begin alarm @1', 'end ok @2'])
    assert.deepEqual(watch.at(4, 12).told.slice(2), ['begin alarm @4'])
  })

  it('where nothing is known of any, the alarm neither ends nor begins', () => {
    const watch = topic({ faults: false, noData: 'off' }).at(0, 12).at(0.5, rule('NORMAL'))
    watch.at(1, no('STUCK', unnamed)).until(300)
    assert.deepEqual(watch.told, ['begin alarm @0'])
    assert.deepEqual(watch.at(300, rule('NORMAL')).until(311).told.slice(1), ['end ok @310'])
    const pending = topic({ hold: 2, faults: false }).at(0, 12).at(0.5, no('DROPOUT', unnamed)).at(1, 12)
    assert.deepEqual(pending.told, [])
    assert.deepEqual(pending.at(2, 12).told, ['begin alarm @2'])
  })

  it('a detector that falls silent is told by its name, and its alarm ends with what others say', () => {
    const watch = topic({ noData: 's', noDataSeconds: 5, keep: 2 }).at(0, 12).at(1, 12)
    for (let i = 0; i < 10; i++) watch.at(1.5 + i, rule('NORMAL'))
    // Too old at 6: found out with the next verdict.
    assert.deepEqual(watch.told, ['begin alarm @0', 'begin fault @6', 'end ok @8.5'])
    assert.equal(watch.events[1]!.detector, 'mahalanobis')
    const off = topic({ noData: 'off', keep: 2 })
    for (let i = 0; i < 100; i++) off.at(i, i < 2 ? 12 : rule('NORMAL'))
    assert.deepEqual(off.told, ['begin alarm @0', 'end ok @63'])
  })

  it('silence of all ends no alarm', () => {
    const watch = topic({ noData: 's', noDataSeconds: 5, keep: 2 }).at(0, 12).at(0.5, rule('NORMAL'))
    assert.deepEqual(watch.at(1, 12).until(100).told, [
      'begin alarm @0',
      'begin fault @5.5',
      'begin fault @6',
    ])
    assert.deepEqual(detectors(watch).slice(1), ['limits', undefined])
    assert.equal(watch.alarms.on[0]!.kind, 'alarm')
  })

  it('limits go on guarding while the chain beside them gives no verdict', () => {
    for (const reason of ['LEARNING', 'OUT_OF_CONTRACT', 'UNKNOWN_CONTEXT', 'MACHINE_OFF'] as const) {
      const watch = topic({ hold: 3, keep: 0 })
      for (let i = 0; i < 8; i++)
        watch.at(i, rule(i >= 2 && i < 6 ? 'ANOMALY' : 'NORMAL')).at(i + 0.5, no(reason, unnamed))
      assert.deepEqual(watch.told, ['begin alarm @4', 'end ok @6'], reason)
      const left = topic({ keep: 0 }).at(0, 12)
      for (let i = 1; i < 4; i++) left.at(i, rule('NORMAL')).at(i + 0.5, no(reason, unnamed))
      assert.deepEqual(left.told, ['begin alarm @0', 'end ok @2.5'], `${reason} in the place of the alarm`)
    }
  })

  it('a verdict without the name of a detector is one more that has its say', () => {
    const watch = topic({ hold: 2, keep: 0 })
    for (let i = 0; i < 5; i++) watch.at(i, i < 3 ? 12 : 1).at(i + 0.5, learned(1, unnamed))
    assert.deepEqual(watch.told, ['begin alarm @1', 'end ok @3'])
  })
})

describe('one alarm for each topic: what people do', () => {
  it('a latched alarm of two detectors waits for one acknowledgement', () => {
    const watch = both(topic({ latch: true, keep: 1 }), 20, { limits: [5, 8], model: [6, 9] })
    assert.deepEqual(watch.told, ['begin alarm @5'])
    assert.equal(watch.alarms.on[0]!.condition.state, 'latched')
    both(watch, 23, { model: [21, 22] }, 20).do((alarms, now) => alarms.acknowledge('fan', now))
    watch.until(30)
    assert.deepEqual(watch.told, ['begin alarm @5', 'acknowledged alarm @22.5', 'end ok @23.5'])
  })

  it('repeats, and tells it again after a snooze, once for both', () => {
    const watch = both(topic({ repeat: 10, repeatFactor: 1 }), 32, { limits: [5, 60], model: [8, 60] })
    assert.deepEqual(watch.told, ['begin alarm @5', 'repeat alarm @15', 'repeat alarm @25'])
    watch.do((alarms, now) => alarms.snooze('fan', 8000, now))
    both(watch, 42, { model: [0, 60] }, 32)
    assert.deepEqual(watch.told.slice(3), ['snoozed ok @31.5', 'repeat alarm @39.5'])
    assert.equal(watch.events[4]!.detector, 'mahalanobis', 'limits are fine again')
    watch.do((alarms, now) => alarms.acknowledge('', now))
    assert.deepEqual(both(watch, 80, { model: [0, 80] }, 42).told.slice(5), ['acknowledged alarm @41.5'])
  })

  it('no detector begins a new alarm in the cool-down of another', () => {
    const watch = both(topic({ keep: 1, coolDown: 10, hold: 2 }), 30, { limits: [2, 5], model: [8, 25] })
    assert.deepEqual(watch.told, ['begin alarm @3', 'end ok @6', 'begin alarm @16.5', 'end ok @26.5'])
    assert.equal(watch.events[2]!.since, START + 8500)
  })

  it('reset tells the end once, and an alarm that still holds begins anew', () => {
    const watch = both(topic({ hold: 2 }), 6, { limits: [0, 60], model: [0, 60] })
    watch.do((alarms, now) => alarms.reset('fan', now))
    both(watch, 8, { limits: [0, 60], model: [0, 60] }, 6)
    assert.deepEqual(watch.told, ['begin alarm @1', 'end ok @5.5', 'begin alarm @7'])
  })
})

describe('one alarm for each topic: restart', () => {
  it('goes on to the bit when it is restarted between any two verdicts', () => {
    const config = {
      each: 'topic',
      hold: 2,
      keep: 3,
      coolDown: 4,
      repeat: 5,
      warning: 'factor',
      warningFactor: 0.6,
    }
    const [straight, restarted] = [new Watch(config), new Watch(config)]
    for (let i = 0; i < 400; i++) {
      for (const watch of [straight, restarted]) {
        watch.at(i, rule(i % 17 < 6 ? 'ANOMALY' : i % 13 < 5 ? 'WARNING' : 'NORMAL'))
        if (i % 29 === 0) watch.at(i + 0.2, no('UNKNOWN_CONTEXT', unnamed))
        watch.at(
          i + 0.5,
          i % 23 === 7 ? no('LEARNING') : [1, 12, 13, 9.5, 7, 7, 7, 7, 7, 7, 1, 1, 12, 11, 1][i % 15]!,
        )
      }
      restarted.restart()
      assert.deepEqual(restarted.alarms.snapshot(), straight.alarms.snapshot(), `after ${i}`)
    }
    assert.deepEqual(restarted.events, straight.events)
    const kinds = new Set(straight.told.map((text) => text.split(' @')[0]))
    for (const kind of ['begin alarm', 'begin warning', 'repeat alarm', 'end ok', 'end warning'])
      assert.ok(kinds.has(kind), `${kind} was never told: the comparison proves too little`)
  })

  it('in the middle of an alarm: the one that leads still leads', () => {
    const over = { limits: [2, 9], model: [4, 14] } as const
    const watch = both(topic({ keep: 2 }), 6, over).restart()
    both(watch, 20, over, 6)
    assert.deepEqual([watch.told, detectors(watch)], [['begin alarm @2', 'end ok @16.5'], ['limits', 'mahalanobis']]) // prettier-ignore
    assert.equal(watch.events[1]!.count, 12)
  })

  it('after an hour away, nothing is known: the alarm is on until somebody is fine', () => {
    const watch = both(topic({ keep: 2 }), 6, { limits: [2, 9] }).restart()
    watch.now = START + 3600_000
    watch.do((alarms, now) => alarms.tick(now))
    assert.deepEqual(watch.told, ['begin alarm @2'])
    assert.deepEqual(watch.at(3601, 1).until(3610).told.slice(1), ['end ok @3603'])
  })

  it('alarms of each detector become the one of the topic, which ends when all are fine', () => {
    const over = { limits: [2, 9], model: [4, 14] } as const
    const watch = both(new Watch({ keep: 2 }), 6, over).restart({ each: 'topic', keep: 2 })
    assert.deepEqual(watch.told, ['begin alarm @2', 'begin alarm @4.5'])
    both(watch, 30, over, 6)
    assert.deepEqual([watch.told.slice(2), watch.events[2]!.since, watch.alarms.level], [['end ok @16.5'], START + 2000, false]) // prettier-ignore
    // One that never speaks again does not keep it on.
    const gone = both(new Watch({ keep: 2 }), 6, over).restart({ each: 'topic', keep: 2 })
    for (let i = 6; i < 100; i++) gone.at(i, rule('NORMAL'))
    assert.deepEqual([gone.told[2], gone.alarms.level], ['begin fault @65.5', true])
    assert.deepEqual(gone.told.slice(3), ['end ok @68'])
    assert.deepEqual(
      gone.alarms.on.map(({ kind }) => kind),
      ['noVerdict'],
    )
  })

  it('the one alarm of the topic becomes that of the detector that led it', () => {
    const over = { limits: [2, 9], model: [4, 14] } as const
    const watch = both(topic({ keep: 2 }), 6, over).restart({ keep: 2 })
    both(watch, 30, over, 6)
    assert.deepEqual(watch.told, ['begin alarm @2', 'begin alarm @6.5', 'end ok @11', 'end ok @16.5'])
    assert.deepEqual(detectors(watch), ['limits', 'mahalanobis', 'limits', 'mahalanobis'])
    // Nobody was over: it ends by itself.
    const fine = topic({ keep: 2 }).at(0, 12).at(1, no('LEARNING')).restart({ keep: 2 }).until(10)
    assert.deepEqual([fine.told, fine.alarms.level], [['begin alarm @0', 'end ok @3'], false])
  })

  it('refuses what it did not save', () => {
    const saved = JSON.stringify(both(topic(), 6, { limits: [2, 9] }).alarms.snapshot())
    for (const [good, bad] of [
      ['"evidence":"over"', '"evidence":"above"'],
      ['"sources":[', '"sauces":['],
      ['"hold":["active"', '"hold":["actif"'],
    ] as const) {
      assert.ok(saved.includes(good), good)
      assert.throws(
        () => topic().alarms.restore(JSON.parse(saved.replace(good, bad))),
        /not what this node saved/,
      )
    }
  })
})

describe('one alarm for each detector', () => {
  it('tells of each detector exactly what it tells where there is no other', () => {
    const scores = fc.array(fc.constantFrom(1, 7, 9.5, 12, 'LEARNING' as const), {
      minLength: 10,
      maxLength: 60,
    })
    const settings = fc.record({
      hold: fc.constantFrom(1, 2, 3),
      keep: fc.constantFrom(0, 2),
      latch: fc.boolean(),
      warning: fc.constant('factor'),
      warningFactor: fc.constant(0.6),
    })
    let told = 0
    fc.assert(
      fc.property(scores, scores, settings, (a, b, settings) => {
        const run = (names: readonly string[], config: Record<string, unknown>): Watch => {
          const watch = new Watch({ ...settings, ...config })
          for (let i = 0; i < Math.max(a.length, b.length); i++)
            for (const [name, list] of [
              ['a', a],
              ['b', b],
            ] as const) {
              // prettier-ignore
              const score = list[i % list.length]!
              if (names.includes(name))
                watch.at(i, score === 'LEARNING' ? no(score, { detector: name }) : learned(score, { detector: name })) // prettier-ignore
            }
          return watch.until(100)
        }
        const mixed = run(['a', 'b'], { each: 'detector' })
        assert.deepEqual(run(['a', 'b'], {}).events, mixed.events)
        // Whether a state between two events was seen depends on when somebody looked.
        const of = (watch: Watch, name: string): readonly object[] =>
          watch.events
            .filter(({ detector, level }) => detector === name && level !== 'fault')
            .map((event) => ({ ...event, state: '', previous: '' }))
        for (const name of ['a', 'b']) assert.deepEqual(of(mixed, name), of(run([name], {}), name))
        told += mixed.events.length
      }),
      { seed: 5, numRuns: 100 },
    )
    assert.ok(told > 500, `${told}`)
  })
})
