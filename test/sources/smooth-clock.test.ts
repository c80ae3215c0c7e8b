import assert from 'node:assert/strict'
import { SmoothClock } from '../../src/sources/smooth-clock'

const START = 1_700_000_000_000

/** Small deterministic generator of numbers from 0 to 1. */
function random(seed: number): () => number {
  let state = seed
  return () => (state = (state * 16807) % 2147483647) / 2147483647
}

interface Run {
  readonly starts: readonly number[]
  readonly broken: readonly string[]
}

/** Batches of `rows` at `actual` Hz, each late by a random delay of up to `jitter` ms, timed at `nominal` Hz. */
function run(seconds: number, rows: number, nominal: number, actual: number, jitter: number): Run {
  const clock = new SmoothClock()
  const next = random(7)
  const starts: number[] = []
  const broken: string[] = []
  let arrival = 0
  for (let n = 1; (n * rows) / actual < seconds; n++) {
    arrival = Math.max(arrival, START + (n * rows * 1000) / actual + jitter * next())
    const timing = clock.take(rows, 1000 / nominal, arrival)
    starts.push(timing.start)
    if (timing.broken !== undefined) broken.push(timing.broken)
  }
  return { starts, broken }
}

describe('SmoothClock', () => {
  it('times the first batch so that it ends at its arrival', () => {
    assert.equal(new SmoothClock().take(100, 5, START).start, START - 500)
  })

  it('makes no gap of network jitter of up to 200 ms, with single samples and with batches', () => {
    for (const rows of [1, 10, 100]) {
      const { starts, broken } = run(120, rows, 200, 200, 200)
      assert.deepEqual(broken, [])
      for (let i = 1; i < starts.length; i++) {
        const off = starts[i]! - starts[i - 1]! - rows * 5
        assert.ok(
          Math.abs(off) <= Math.min(0.1 * rows * 5, 80) + 1e-3,
          `${off} ms off after ${i} batches of ${rows}`,
        )
      }
    }
  })

  it('stays within the jitter of arrival over an hour although the true rate is 1 or 5 % off', () => {
    for (const actual of [198, 202, 190, 210]) {
      const { starts, broken } = run(3600, 20, 200, actual, 20)
      assert.deepEqual(broken, [])
      const last = START + ((starts.length - 1) * 20 * 1000) / actual
      assert.ok(
        Math.abs(starts[starts.length - 1]! - last) < 150,
        `${starts[starts.length - 1]! - last} ms off at ${actual} Hz`,
      )
    }
  })

  it('finds a pause longer than 250 ms, or than three batches', () => {
    const short = new SmoothClock()
    short.take(10, 5, START)
    assert.equal(short.take(10, 5, START + 50 + 240).broken, undefined)
    assert.deepEqual(short.take(10, 5, START + 10_000), { start: START + 9950, broken: 'gap' })
    const long = new SmoothClock()
    long.take(200, 5, START)
    assert.equal(long.take(200, 5, START + 1000 + 2900).broken, undefined)
    assert.equal(long.take(200, 5, START + 20_000).broken, 'gap')
  })

  it('takes a burst after a stall for one gap, not for steps of the clock', () => {
    const clock = new SmoothClock()
    const broken: unknown[] = []
    clock.take(1, 10, START)
    for (let i = 0; i < 200; i++) broken.push(clock.take(1, 10, START + 2000).broken)
    for (let i = 1; i < 1000; i++) broken.push(clock.take(1, 10, START + 2000 + 10 * i).broken)
    assert.deepEqual(
      broken.filter((word) => word !== undefined),
      ['gap'],
    )
  })

  it('times what a broker kept during an outage one behind the other, and then goes back to the time', () => {
    const clock = new SmoothClock()
    const broken: unknown[] = []
    const starts: number[] = []
    for (let i = 0; i < 100; i++) clock.take(1, 10, START + 10 * i)
    for (let i = 0; i < 3000; i++) {
      const timing = clock.take(1, 10, START + 31_000 + 0.1 * i)
      starts.push(timing.start)
      broken.push(timing.broken)
    }
    for (let i = 1; i < 500; i++) broken.push(clock.take(1, 10, START + 31_300 + 10 * i).broken)
    assert.deepEqual(
      broken.filter((word) => word !== undefined),
      ['gap', 'jump'],
    )
    assert.ok(Math.abs(starts[2999]! - starts[0]! - 29_990) < 3000)
    for (let i = 1; i < 3000; i++) assert.ok(starts[i]! - starts[i - 1]! > 8.9)
    assert.ok(Math.abs(clock.last! - (START + 31_300 + 4990)) < 1)
  })

  it('tells a clock that was set back by an hour, once', () => {
    const clock = new SmoothClock()
    const broken: unknown[] = []
    for (let i = 0; i < 100; i++) broken.push(clock.take(10, 5, START + 50 * i).broken)
    for (let i = 0; i < 100; i++) broken.push(clock.take(10, 5, START - 3_600_000 + 50 * i).broken)
    assert.deepEqual(
      broken.filter((word) => word !== undefined),
      ['jump'],
    )
  })

  it('trusts a count more than arrival: lost rows move time on, a stall does not', () => {
    const clock = new SmoothClock()
    clock.take(10, 10, START, 0)
    const stalled = clock.take(10, 10, START + 1000, 0)
    assert.equal(stalled.broken, undefined)
    assert.ok(Math.abs(stalled.start - START) <= 10)
    const lost = clock.take(10, 10, START + 1100, 5)
    assert.ok(Math.abs(lost.start - (stalled.start + 100 + 50)) <= 10)
  })

  it('follows a clock that was set after 5 s, where a count says that nothing is missing', () => {
    const clock = new SmoothClock()
    const broken: unknown[] = []
    for (let i = 0; i < 100; i++) broken.push(clock.take(10, 10, START + 100 * i, 0).broken)
    for (let i = 100; i < 300; i++) broken.push(clock.take(10, 10, START + 3_600_000 + 100 * i, 0).broken)
    assert.deepEqual(
      broken.filter((word) => word !== undefined),
      ['jump'],
    )
    assert.ok(Math.abs(clock.last! - (START + 3_600_000 + 100 * 299)) < 20)
  })

  it('has no more to say than the arrival where the rate is not known', () => {
    const clock = new SmoothClock()
    clock.take(3, 0, START)
    assert.deepEqual(clock.take(3, 0, START + 60_000), { start: START + 60_000 })
  })
})
