import assert from 'node:assert/strict'
import type { Verdict } from '../../src/core/verdict'
import type { Delivery } from '../../src/sources/rate-judge'
import { Watchdog, type WatchdogOptions } from '../../src/sources/watchdog'

const START = 1_700_000_000_000
const CONTRACT = ['source x 100 Hz']

function watchdog(options: Partial<WatchdogOptions> = {}): Watchdog {
  return new Watchdog({ noDataAfter: 10_000, rateTolerance: 0.1, ...options })
}

/** Ticks four times a second; what it said, with the second at which it did. */
function ticks(dog: Watchdog, from: number, to: number): [second: number, verdict: Verdict][] {
  const said: [number, Verdict][] = []
  for (let now = from; now <= to; now += 250) {
    for (const verdict of dog.tick(now, CONTRACT)) said.push([(now - START) / 1000, verdict])
  }
  return said
}

describe('Watchdog: NO_DATA', () => {
  it('comes once per outage, after the set time', () => {
    const dog = watchdog()
    dog.data({ rows: 1, arrival: START }, START, CONTRACT)
    const said = ticks(dog, START, START + 60_000)
    assert.equal(said.length, 1)
    const [second, verdict] = said[0]!
    assert.equal(second, 10)
    assert.deepEqual([verdict.reason, verdict.score, verdict.isAnomaly], ['NO_DATA', null, false])
    assert.deepEqual([verdict.window, verdict.contract], [{ start: START, end: START + 10_000 }, CONTRACT])
    assert.match(verdict.detail!, /10 s/)
    assert.ok(dog.silent)
    dog.data({ rows: 1, arrival: START + 60_000 }, START + 60_000, CONTRACT)
    assert.ok(!dog.silent)
    assert.equal(ticks(dog, START + 60_250, START + 90_000).length, 1)
  })

  it('does not come while data come', () => {
    const dog = watchdog()
    for (let now = START; now < START + 100_000; now += 250) {
      if (now % 9000 === 0) dog.data({ rows: 1, arrival: now }, now, CONTRACT)
      assert.deepEqual(dog.tick(now, CONTRACT), [])
    }
  })

  it('comes where nothing ever came, and not where it is switched off', () => {
    assert.equal(ticks(watchdog(), START, START + 30_000).length, 1)
    assert.equal(ticks(watchdog({ noDataAfter: 0 }), START, START + 30_000).length, 0)
  })

  it('does not take a clock that is set by an hour for silence', () => {
    for (const step of [3_600_000, -3_600_000, -START]) {
      const dog = watchdog()
      dog.data({ rows: 1, arrival: START }, START, CONTRACT)
      assert.equal(ticks(dog, START, START + 5000).length, 0)
      assert.equal(ticks(dog, START + step + 5000, START + step + 9500).length, 0)
      assert.equal(ticks(dog, START + step + 9750, START + step + 12_000).length, 1)
    }
  })
})

describe('Watchdog: RATE_OFF and DROPOUT', () => {
  /** Feeds batches of ten rows at `rate` Hz for so many seconds. */
  function feed(
    dog: Watchdog,
    seconds: number,
    rate: number,
    rest: (n: number) => Partial<Delivery>,
  ): Verdict[] {
    const said: Verdict[] = []
    for (let n = 0; n < (seconds * rate) / 10; n++) {
      const arrival = START + (n * 10_000) / rate
      said.push(...dog.data({ rows: 10, arrival, ...rest(n) }, arrival, CONTRACT, 100))
    }
    return said
  }

  it('tells a rate that is off by arrival, once per 30 s', () => {
    const said = feed(watchdog(), 95, 80, () => ({}))
    assert.deepEqual(
      said.map(({ reason }) => reason),
      ['RATE_OFF', 'RATE_OFF', 'RATE_OFF'],
    )
    assert.match(said[0]!.detail!, /80 Hz where 100 Hz/)
    assert.deepEqual(said[0]!.window, { start: START, end: START + 30_000 })
  })

  it('says nothing of a rate within the tolerance, or where it is switched off', () => {
    assert.deepEqual(
      feed(watchdog(), 95, 92, () => ({})),
      [],
    )
    assert.deepEqual(
      feed(watchdog({ rateTolerance: 0 }), 95, 50, () => ({})),
      [],
    )
  })

  it('tells a rate that is off by the device’s times within 10 s', () => {
    const steps = Array.from({ length: 10 }, () => 20)
    const said = feed(watchdog(), 21, 100, () => ({ steps, missing: 10 }))
    assert.deepEqual(
      said.map(({ reason }) => reason),
      ['RATE_OFF', 'RATE_OFF'],
    )
    assert.match(said[0]!.detail!, /50 Hz where 100 Hz/)
  })

  it('takes lost samples for a dropout, not for a wrong rate', () => {
    const said = feed(watchdog(), 25, 70, () => ({ missing: 4 }))
    assert.deepEqual(
      said.map(({ reason }) => reason),
      ['DROPOUT', 'DROPOUT'],
    )
    assert.match(said[0]!.detail!, /29 %/)
  })

  it('takes a few lost samples for nothing', () => {
    assert.deepEqual(
      feed(watchdog(), 65, 91, () => ({ missing: 1 })),
      [],
    )
  })
})
