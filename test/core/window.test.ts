import assert from 'node:assert/strict'
import type { Frame } from '../../src/core/frame'
import { spanOf } from '../../src/core/frame'
import { WindowStage, type WindowOptions } from '../../src/core/window'

const START = 1_700_000_000_000

/** Rows whose two values are their number and its negative. */
function ramp(first: number, rows: number, extra: Partial<Frame> = {}): Frame {
  const data = new Float32Array(rows * 2)
  for (let i = 0; i < rows; i++) {
    data[2 * i] = first + i
    data[2 * i + 1] = -(first + i)
  }
  return { channels: ['ax', 'ay'], units: ['g', 'g'], rate: 200, start: START + first * 5, data, ...extra }
}

function samples(length: number, hop: number, more: Partial<WindowOptions> = {}): WindowOptions {
  return { length: { value: length, unit: 'samples' }, hop: { value: hop, unit: 'samples' }, ...more }
}

/** First value of each window. */
const firsts = (windows: readonly Frame[]): number[] => windows.map((w) => w.data[0]!)

function feed(stage: WindowStage, total: number, size: number, from = 0): Frame[] {
  const out: Frame[] = []
  for (let i = from; i < total; i += size) out.push(...stage.push(ramp(i, Math.min(size, total - i))))
  return out
}

describe('WindowStage', () => {
  it('cuts the same windows whatever the size of the frames that come in', () => {
    const wanted = [0, 50, 100, 150, 200]
    for (const size of [1, 3, 10, 49, 50, 99, 100, 137, 300]) {
      const windows = feed(new WindowStage(samples(100, 50)), 300, size)
      assert.deepEqual(firsts(windows), wanted, `frames of ${size}`)
      for (const w of windows) {
        assert.equal(w.data.length, 200)
        for (let i = 0; i < 100; i++) assert.equal(w.data[2 * i], w.data[0]! + i)
        assert.equal(w.data[199], -(w.data[0]! + 99))
        assert.equal(w.start, START + w.data[0]! * 5)
        assert.equal(spanOf(w).end, START + (w.data[0]! + 100) * 5)
      }
    }
  })

  it('leaves samples out where the hop is longer than the window', () => {
    assert.deepEqual(firsts(feed(new WindowStage(samples(10, 25)), 100, 7)), [0, 25, 50, 75])
  })

  it('begins a window every half length without a hop, at least one row apart', () => {
    const starts = (value: number, unit: 'samples' | 'seconds', rows: number): number[] =>
      firsts(feed(new WindowStage({ length: { value, unit } }), rows, 10))
    assert.deepEqual(starts(10, 'samples', 21), [0, 5, 10])
    assert.deepEqual(starts(5, 'samples', 11), [0, 3, 6])
    assert.deepEqual(starts(1, 'samples', 3), [0, 1, 2])
    // 0.255 s at 200 Hz are 51 rows.
    assert.deepEqual(starts(0.255, 'seconds', 103), [0, 26, 52])
  })

  it('reads seconds at the rate of the frames', () => {
    const stage = new WindowStage({
      length: { value: 1, unit: 'seconds' },
      hop: { value: 0.25, unit: 'seconds' },
    })
    const windows = feed(stage, 300, 10)
    assert.deepEqual(firsts(windows), [0, 50, 100])
    assert.equal(windows[0]!.data.length, 400)
  })

  it('refuses seconds where frames have no rate, and names the field', () => {
    const stage = new WindowStage({
      length: { value: 1, unit: 'seconds' },
      hop: { value: 10, unit: 'samples' },
    })
    assert.throws(() => stage.push(ramp(0, 10, { rate: undefined })), {
      name: 'InputError',
      message: /^length /,
    })
    assert.throws(() => stage.push(ramp(0, 10, { rate: 0.1 })), {
      name: 'InputError',
      message: /^length: 1 s at 0.1 Hz/,
    })
  })

  it('refuses options that make no window, and names the field', () => {
    const bad: [WindowOptions, RegExp][] = [
      [samples(0, 1), /^length\.value/],
      [samples(1.5, 1), /^length\.value/],
      [samples(10, 0), /^hop\.value/],
      [{ length: { value: 0, unit: 'seconds' }, hop: { value: 1, unit: 'samples' } }, /^length\.value/],
      [samples(10, 10, { gapMs: -1 }), /^gapMs/],
      [samples(10, 10, { resampleRate: 0 }), /^resampleRate/],
    ]
    for (const [options, message] of bad)
      assert.throws(() => new WindowStage(options), { name: 'ConfigError', message })
  })

  it('writes rows, not the hop, into the contract, and shares one array', () => {
    const windows = feed(new WindowStage(samples(100, 50)), 300, 10)
    assert.deepEqual(windows[0]!.contract, ['channels ax,ay', 'window 100'])
    assert.equal(windows[0]!.contract, windows[4]!.contract)
    const stage = new WindowStage(samples(5, 5, { resampleRate: 100 }))
    const [w] = stage.push(ramp(0, 20, { contract: ['source ax,ay g 200 Hz'] }))
    assert.deepEqual(w!.contract, ['source ax,ay g 200 Hz', 'window 5 resample 100 Hz'])
    assert.equal(w!.rate, 100)
  })

  it('gives each window a buffer of its own', () => {
    const windows = feed(new WindowStage(samples(10, 5)), 40, 10)
    const before = windows.map((w) => w.data.join())
    for (const w of windows) assert.equal(w.data.buffer.byteLength, w.data.byteLength)
    windows[0]!.data.fill(99)
    assert.deepEqual(
      windows.slice(1).map((w) => w.data.join()),
      before.slice(1),
    )
  })

  it('begins anew after a gap, a jump forward and a jump backward, and counts them', () => {
    for (const jump of [101, 3_600_000, -101, -3_600_000, -START]) {
      const stage = new WindowStage(samples(20, 20))
      assert.equal(stage.push(ramp(0, 19)).length, 0)
      const later = (first: number, rows: number): Frame =>
        ramp(first, rows, { start: START + first * 5 + jump })
      assert.equal(stage.push(later(19, 19)).length, 0, `jump of ${jump} ms`)
      assert.deepEqual(firsts(stage.push(later(38, 1))), [19])
      assert.equal(stage.gaps, 1)
    }
  })

  it('goes on over the jitter of arrival times', () => {
    for (const jitter of [99, -99, 24]) {
      const stage = new WindowStage(samples(20, 20))
      stage.push(ramp(0, 10))
      assert.equal(stage.push(ramp(10, 10, { start: START + 50 + jitter })).length, 1)
      assert.equal(stage.gaps, 0)
    }
  })

  it('takes 5 sampling periods for a gap where that is longer than 100 ms, or what is set', () => {
    const at = (row: number, ms: number): Frame => ramp(row, 1, { rate: 1, start: START + ms })
    const slow = new WindowStage(samples(2, 2))
    slow.push(at(0, 0))
    assert.equal(slow.push(at(1, 5900)).length, 1)
    slow.push(at(2, 6900))
    assert.equal(slow.push(at(3, 13_000)).length, 0)
    const strict = new WindowStage(samples(2, 2, { gapMs: 500 }))
    strict.push(at(0, 0))
    assert.equal(strict.push(at(1, 1600)).length, 0)
    assert.equal(strict.push(at(2, 3000)).length, 1)
  })

  it('begins anew where channels, units, rate or contract change', () => {
    const changes: Partial<Frame>[] = [
      { channels: ['ax', 'az'] },
      { units: ['m/s²', 'g'] },
      { rate: 201 },
      { contract: ['source other'] },
    ]
    for (const change of changes) {
      const stage = new WindowStage(samples(10, 10))
      stage.push(ramp(0, 9))
      assert.equal(stage.push(ramp(9, 9, change)).length, 0, JSON.stringify(change))
      assert.deepEqual(firsts(stage.push(ramp(18, 1, change))), [9])
    }
  })

  it('keeps the times of irregular rows', () => {
    const stage = new WindowStage(samples(4, 2))
    const times = Float64Array.from([0, 30, 70, 95, 130, 170], (ms) => START + ms)
    const windows = stage.push(ramp(0, 6, { times, rate: undefined, start: START }))
    assert.deepEqual(
      windows.map((w) => Array.from(w.times!, (t) => t - START)),
      [
        [0, 30, 70, 95],
        [70, 95, 130, 170],
      ],
    )
    assert.equal(windows[1]!.start, START + 70)
  })

  it('parts irregular rows at a pause of more than 10 usual intervals, inside and between frames', () => {
    const stage = new WindowStage(samples(5, 5))
    const out: Frame[] = []
    let time = START
    for (let i = 0; i < 60; i++) {
      time += i === 32 || i === 47 ? 700 : 25 + (i % 5) * 5
      out.push(...stage.push(ramp(i, 1, { rate: undefined, start: time })))
    }
    assert.equal(stage.gaps, 2)
    assert.deepEqual(firsts(out), [0, 5, 10, 15, 20, 25, 32, 37, 42, 47, 52])
    const times = Float64Array.from([0, 20, 40, 1500, 1520, 1540, 1560, 1580, 1600], (ms) => time + ms)
    assert.deepEqual(firsts(stage.push(ramp(0, 9, { rate: undefined, start: time, times }))), [57, 3])
  })

  it('follows a source that slows down for good', () => {
    const stage = new WindowStage(samples(2, 2))
    let time = START
    let windows = 0
    for (let i = 0; i < 100; i++) {
      time += i < 40 ? 1000 : 60_000
      const n = stage.push(ramp(i, 1, { rate: undefined, start: time })).length
      if (i >= 80) windows += n
    }
    assert.equal(windows, 10)
  })

  it('never gives a window over a pause, at random cuts and sizes', () => {
    let seed = 7
    const random = (): number => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648
    for (let round = 0; round < 50; round++) {
      const stage = new WindowStage(samples(16, 1 + Math.floor(random() * 24)))
      let time = START
      let value = 0
      for (let i = 0; i < 60; i++) {
        const rows = 1 + Math.floor(random() * 30)
        if (random() < 0.15) {
          time += 200 + random() * 1000
          value += 1000
        }
        for (const w of stage.push(ramp(value, rows, { start: time }))) {
          for (let r = 1; r < 16; r++) assert.equal(w.data[2 * r]! - w.data[2 * r - 2]!, 1)
        }
        time += rows * 5
        value += rows
      }
    }
  })

  it('goes on to the bit after snapshot and restore through JSON', () => {
    const kinds: [WindowOptions, (i: number) => Frame][] = [
      [samples(20, 7), (i) => ramp(i * 3, 3)],
      [samples(20, 7), (i) => ramp(i, 1, { rate: undefined, start: START + i * 31 + (i % 3) })],
      [samples(20, 7, { resampleRate: 130 }), (i) => ramp(i * 3, 3, { start: START + i * 15 + (i % 4) })],
      [samples(9, 30), (i) => ramp(i * 3, 3, { contract: ['a', 'b'] })],
    ]
    for (const [options, frame] of kinds) {
      for (let cut = 0; cut < 30; cut += 3) {
        const whole = new WindowStage(options)
        const first = new WindowStage(options)
        const expected: Frame[] = []
        for (let i = 0; i < 80; i++) {
          const windows = whole.push(frame(i))
          if (i >= cut) expected.push(...windows)
          if (i < cut) first.push(frame(i))
        }
        const second = new WindowStage(options)
        second.restore(JSON.parse(JSON.stringify(first.snapshot())))
        const got: Frame[] = []
        for (let i = cut; i < 80; i++) got.push(...second.push(frame(i)))
        assert.deepEqual(got, expected)
        assert.ok(got.length > 2)
        assert.equal(second.gaps, whole.gaps)
      }
    }
  })

  it('refuses a state of another window or of something else', () => {
    const stage = new WindowStage(samples(10, 5))
    stage.push(ramp(0, 7))
    const state: unknown = JSON.parse(JSON.stringify(stage.snapshot()))
    assert.throws(() => new WindowStage(samples(10, 6)).restore(state), {
      name: 'InputError',
      message: /^state/,
    })
    for (const foreign of [
      undefined,
      null,
      3,
      'x',
      [],
      {},
      { gaps: 'x' },
      { gaps: 1, buffer: 7 },
      { gaps: 0, buffer: {} },
    ]) {
      assert.throws(
        () => new WindowStage(samples(10, 5)).restore(foreign),
        { name: 'InputError' },
        JSON.stringify(foreign),
      )
    }
  })

  it('forgets the buffer at reset', () => {
    const stage = new WindowStage(samples(10, 10))
    stage.push(ramp(0, 9))
    stage.reset()
    assert.deepEqual(firsts(stage.push(ramp(9, 10))), [9])
    assert.equal(stage.gaps, 0)
  })
})
