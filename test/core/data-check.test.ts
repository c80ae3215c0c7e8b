import assert from 'node:assert/strict'
import { checkBlock } from '../../src/core/data-check'
import { FeatureStage } from '../../src/core/features/feature-stage'
import { readFeatureSettings } from '../../src/core/features/settings'
import type { Frame } from '../../src/core/frame'
import { WindowStage } from '../../src/core/window'
import { normal, uniform } from '../expectations/signal-core'

const names = (count: number): string[] => Array.from({ length: count }, (_, c) => `c${c}`)

/** Frames of one row each, one a second. */
function rows(count: number, value: (i: number, c: number) => number, channels = names(3)): Frame[] {
  return Array.from({ length: count }, (_, i) => ({
    channels,
    start: 1e12 + i * 1000,
    data: Float32Array.from(channels, (_, c) => value(i, c)),
  }))
}

const said = (frames: readonly Frame[]): string[] =>
  checkBlock(frames).map(({ key, params }) => `${key.split('.')[1]} ${params.channel ?? params.count}`)

/** Windows of noise that overlap by half, as features. */
function overlapping(seed: number, count: number): Frame[] {
  const next = normal(seed)
  const window = new WindowStage({
    length: { value: 64, unit: 'samples' },
    hop: { value: 32, unit: 'samples' },
  })
  const features = new FeatureStage(readFeatureSettings({}))
  const data = Float32Array.from({ length: (count + 1) * 32 * 3 }, next)
  const out: Frame[] = []
  for (const w of window.push({ channels: ['ax', 'ay', 'az'], rate: 200, start: 0, data })) {
    for (const frame of features.push(w)) if ('channels' in frame) out.push(frame)
  }
  return out
}

describe('checkBlock', () => {
  it('warns of white noise in less than 1 % of the blocks, for 1 to 84 channels and 20 to 300 frames', () => {
    for (const [count, channels, blocks] of [
      [20, 42, 100],
      [30, 3, 400],
      [60, 1, 400],
      [60, 42, 100],
      [300, 84, 10],
    ] as const) {
      for (const kind of ['normal', 'uniform', 'heavy'] as const) {
        const n = normal(count * channels)
        const u = uniform(count + channels)
        const draw = {
          normal: n,
          uniform: u,
          heavy: () => n() / Math.sqrt((n() ** 2 + n() ** 2 + n() ** 2) / 3),
        }[kind]
        let warned = 0
        for (let b = 0; b < blocks; b++) warned += Math.sign(said(rows(count, draw, names(channels))).length)
        // At a true rate of 1 %, more than this happens in less than 1 of 1000 tests.
        assert.ok(
          warned <= 0.01 * blocks + 3 * Math.sqrt(0.01 * blocks) - 1,
          `${warned} of ${blocks}: ${count} × ${channels}, ${kind}`,
        )
      }
    }
  })

  it('warns in less than 2 % of blocks of features of windows that overlap by half', () => {
    let warned = 0
    for (let seed = 1; seed <= 150; seed++) warned += Math.sign(said(overlapping(seed, 60)).length)
    assert.ok(warned <= 6, `${warned} of 150`)
  })

  it('warns of a constant channel, by name, to within the rounding of Float32', () => {
    const next = normal(1)
    assert.deepEqual(said(rows(60, (_, c) => (c === 1 ? 4096 : next()))), ['constantChannel c1'])
    assert.deepEqual(said(rows(60, (i, c) => (c === 1 ? 4096 + (i % 2) * 2 ** -12 : next()))), [
      'constantChannel c1',
    ])
    assert.deepEqual(said(rows(60, (i, c) => (c === 1 ? 4096 + ((i * 7) % 5) * 0.01 : next()))), [])
  })

  it('warns of two regimes: one after the other, in turns, or mixed', () => {
    for (const level of [
      (i: number): boolean => i < 40,
      (i: number): boolean => i % 20 < 8,
      (i: number): boolean => (i * 17) % 23 < 9,
    ]) {
      const next = normal(2)
      assert.deepEqual(said(rows(60, (i, c) => next() + (c === 2 && level(i) ? 12 : 0))), ['twoRegimes c2'])
    }
  })

  it('takes a click in every sixth window for no regime of its own, but a state that lasts as long for one', () => {
    const level = (isHigh: (i: number) => boolean): string[] => {
      const next = normal(9)
      return said(rows(60, (i, c) => next() + (c === 1 && isHigh(i) ? 12 : 0)))
    }
    assert.deepEqual(
      level((i) => (i * 7) % 6 === 0),
      [],
    )
    assert.deepEqual(
      level((i) => i >= 20 && i < 30),
      ['twoRegimes c1'],
    )
  })

  it('tells two lasting levels without noise from the flicker of a last digit', () => {
    const random = uniform(4)
    const next = normal(5)
    assert.deepEqual(said(rows(60, (i, c) => (c === 0 ? (i < 30 ? 600 : 1500) : next()))), ['twoRegimes c0'])
    assert.deepEqual(said(rows(60, (_, c) => (c === 0 ? 50 + 0.5 * Math.round(random()) : next()))), [])
    assert.deepEqual(said(rows(60, (_, c) => (c === 0 ? 50 + 0.5 * Math.floor(random() * 3) : next()))), [])
  })

  it('warns of a trend and says how many standard deviations it is', () => {
    const next = normal(3)
    const frames = rows(60, (i, c) => next() + (c === 0 ? (4 * i) / 59 : 0))
    const [warning, ...more] = checkBlock(frames)
    assert.deepEqual([warning!.key, warning!.params.channel, more.length], ['learning.trend', 'c0', 0])
    assert.ok(Math.abs(Number(warning!.params.sigma) - 4) < 1, String(warning!.params.sigma))
  })

  it('counts the gaps', () => {
    const next = normal(6)
    const frames = rows(60, next).map((frame, i) => ({
      ...frame,
      start: frame.start + (i > 20 ? 5000 : 0) + (i > 40 ? 700 : 0),
    }))
    assert.deepEqual(said(frames), ['gaps 2'])
  })

  it('judges windows of many rows by mean and spread', () => {
    const next = normal(7)
    const windows = (value: (f: number, i: number, c: number) => number): Frame[] =>
      Array.from({ length: 40 }, (_, f) => ({
        channels: ['ax', 'ay'],
        rate: 100,
        start: f * 500,
        data: Float32Array.from({ length: 100 }, (_, i) => value(f, i >> 1, i % 2)),
      }))
    assert.deepEqual(said(windows(next)), [])
    assert.deepEqual(said(windows((f, _, c) => next() * (c === 1 && f > 15 ? 3 : 1))), ['twoRegimes ay'])
    assert.deepEqual(said(windows((f, _, c) => next() + (c === 0 ? f / 40 : 0))), ['trend ax'])
  })

  it('refuses what cannot be learned from, in plain words', () => {
    const next = normal(8)
    const good = rows(60, next)
    const bad = good.map((frame, i) => (i === 7 ? { ...frame, data: Float32Array.of(1, NaN, 2) } : frame))
    assert.throws(() => checkBlock(bad), { name: 'InputError', message: /channel c1, row 0 is NaN/ })
    assert.throws(() => checkBlock(rows(60, (_, c) => c)), {
      name: 'InputError',
      message: /every channel is constant over all 60/,
    })
    assert.throws(() => checkBlock(good.slice(0, 29), 30), {
      name: 'InputError',
      message: /at least 30 windows, but only 29/,
    })
    assert.throws(() => checkBlock([]), { name: 'InputError' })
    const other = [...good, ...rows(1, next, ['x', 'y', 'z'])]
    assert.throws(() => checkBlock(other), { name: 'InputError', message: /c0,c1,c2.*x,y,z/ })
    const longer = [...good, { ...good[0]!, data: new Float32Array(6) }]
    assert.throws(() => checkBlock(longer), { name: 'InputError', message: /1 rows.*2 rows/ })
  })
})
