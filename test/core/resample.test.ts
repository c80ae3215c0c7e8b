import assert from 'node:assert/strict'
import type { Frame } from '../../src/core/frame'
import { LinearResampler } from '../../src/core/resample'
import { WindowStage } from '../../src/core/window'
import { expected, worst } from '../expectations/signal-core'

describe('LinearResampler', () => {
  for (const { times, rate, data, expected: wanted } of expected.resampling) {
    it(`equals numpy.interp on a grid of ${rate} Hz, in one piece and in many`, () => {
      const rows = Float32Array.from(data)
      for (const piece of [1, 7, times.length]) {
        const got: number[] = []
        const first: number[] = []
        const stage = new LinearResampler(1000 / rate, 2, (out, count, at) => {
          got.push(...out.slice(0, count * 2))
          for (let i = 0; i < count; i++) first.push(at + (i * 1000) / rate)
        })
        for (let i = 0; i < times.length; i += piece)
          stage.push(rows, i, Math.min(times.length, i + piece), (row) => times[row]!)
        // Stored as Float32: half a step of values up to 4.
        assert.ok(worst(got, wanted) < 2.5e-7, `differs by ${worst(got, wanted)}`)
        assert.ok(
          worst(
            first,
            first.map((_, k) => times[0]! + (k * 1000) / rate),
            1,
          ) < 1e-9,
        )
      }
    })
  }

  it('gives a sine of another rate in windows at the new rate, with their times', () => {
    const stage = new WindowStage({
      length: { value: 1, unit: 'seconds' },
      hop: { value: 1, unit: 'seconds' },
      resampleRate: 250,
    })
    const windows: Frame[] = []
    for (let i = 0; i < 40; i++) {
      const data = Float32Array.from({ length: 100 }, (_, k) =>
        Math.sin((2 * Math.PI * 5 * (i * 100 + k)) / 1000),
      )
      windows.push(...stage.push({ channels: ['a'], rate: 1000, start: 1e12 + i * 100, data }))
    }
    assert.equal(windows.length, 4)
    for (const w of windows) {
      assert.equal(w.data.length, 250)
      const sine = Array.from(w.data, (_, k) =>
        Math.sin(2 * Math.PI * 5 * ((w.start - 1e12) / 1000 + k / 250)),
      )
      assert.ok(worst(w.data, sine) < 1e-6, String(worst(w.data, sine)))
    }
  })

  it('never fills a pause with interpolated rows', () => {
    const stage = new WindowStage({
      length: { value: 10, unit: 'samples' },
      hop: { value: 10, unit: 'samples' },
      resampleRate: 100,
    })
    let made = 0
    for (const [i, t] of [0, 1e6, 2e6, 1e15, 1e15 + 5].entries()) {
      made += stage.push({ channels: ['a'], start: t, data: Float32Array.of(i) }).length
    }
    assert.equal(made, 0)
    assert.equal(stage.gaps, 3)
  })
})
