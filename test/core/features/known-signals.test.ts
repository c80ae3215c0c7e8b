import assert from 'node:assert/strict'
import type { Frame } from '../../../src/core/frame'
import { FeatureStage } from '../../../src/core/features/feature-stage'
import { readFeatureSettings } from '../../../src/core/features/settings'
import { spectrum } from '../../../src/core/features/spectrum'
import { normal } from '../../expectations/signal-core'

const RATE = 200

function signal(rows: number, value: (t: number, i: number) => number, rate = RATE): Frame {
  return {
    channels: ['ax'],
    rate,
    start: 1e12,
    data: Float32Array.from({ length: rows }, (_, i) => value(i / rate, i)),
  }
}

const sine =
  (hertz: number, amplitude = 1, phase = 0.3) =>
  (t: number): number =>
    amplitude * Math.sin(2 * Math.PI * hertz * t + phase)

function features(frame: Frame, settings: Record<string, unknown> = {}): Record<string, number> {
  const found = new FeatureStage(readFeatureSettings(settings)).compute(frame)
  assert.ok(found !== undefined)
  return Object.fromEntries(found.columns.map((name, i) => [name, found.values[i]!]))
}

function near(got: number | undefined, wanted: number, tolerance: number): void {
  assert.ok(
    got !== undefined && Math.abs(got - wanted) <= tolerance,
    `${got} is not ${wanted} ± ${tolerance}`,
  )
}

describe('known signals', () => {
  it('reads amplitude 1 at 25 Hz of a sine of amplitude 1 at 25 Hz, in the spectrum and as a feature', () => {
    for (const rows of [200, 128, 256, 1000, 96, 200 * 3]) {
      const frame = signal(rows, sine(25))
      const all = features(frame, {
        features: 'dominant_frequency,dominant_amplitude',
      })
      near(all['ax.dominant_frequency'], 25, 1e-6)
      near(all['ax.dominant_amplitude'], 1, 1e-6)
      const { frequencies, amplitudes } = spectrum(frame.data, RATE)
      const top = amplitudes.indexOf(Math.max(...amplitudes))
      near(frequencies[top], 25, 1e-9)
      near(amplitudes[top], 1, 1e-6)
    }
  })

  it('reads frequency and amplitude of a sine that lies between two lines to 0.5 %', () => {
    for (const hertz of [10.1, 24.5, 25.25, 33.37, 61.83, 89.9]) {
      for (const phase of [0, 0.7, 2.1, 4]) {
        const got = features(signal(200, sine(hertz, 3, phase)), {
          features: ['dominant_frequency', 'dominant_amplitude'],
        })
        near(got['ax.dominant_frequency'], hertz, 0.01)
        near(got['ax.dominant_amplitude'], 3, 0.015)
      }
    }
    // The spectrum itself loses up to 15 % half-way between two lines.
    near(Math.max(...spectrum(signal(200, sine(24.5)).data, RATE).amplitudes), 0.849, 0.001)
  })

  it('sees no vibration in gravity alone', () => {
    const settings = { features: 'rms,peak,std,mean,peak_to_peak' }
    const still = features(
      signal(200, () => 9.81),
      { ...settings, constantWindow: 'score' },
    )
    assert.deepEqual(
      [still['ax.rms'], still['ax.peak'], still['ax.std'], still['ax.peak_to_peak']].map(
        (x) => Math.abs(x!) < 1e-12,
      ),
      [true, true, true, true],
    )
    near(still['ax.mean'], 9.81, 1e-6)
    const settingsOfBoth = {
      features: 'default,rms,peak,dominant_frequency,dominant_amplitude',
      resolution: 1e-6,
    }
    const with0 = features(signal(200, sine(25, 0.5)), settingsOfBoth)
    const withGravity = features(
      signal(200, (t) => 9.81 + sine(25, 0.5)(t)),
      settingsOfBoth,
    )
    for (const name of [
      'ax.rms',
      'ax.peak',
      'ax.log_rms',
      'ax.crest',
      'ax.kurtosis',
      'ax.band3',
      'ax.dominant_frequency',
      'ax.dominant_amplitude',
    ]) {
      near(withGravity[name], with0[name]!, 1e-5)
    }
  })

  it('gives the textbook figures of a sine and of noise', () => {
    const s = features(signal(2000, sine(7.3, 2)), { features: 'default,rms,std,peak,peak_to_peak' })
    near(s['ax.rms'], Math.SQRT2, 1e-4)
    near(s['ax.log_rms'], Math.log(Math.SQRT2), 1e-4)
    near(s['ax.crest'], Math.SQRT2, 0.01)
    near(s['ax.kurtosis'], -1.5, 1e-3)
    near(s['ax.skewness'], 0, 1e-6)
    near(s['ax.mad'], 1.4826 * Math.SQRT2, 0.01)
    near(s['ax.peak_to_peak'], 4, 0.01)
    const next = normal(3)
    const n = features(
      signal(200_000, () => 0.5 * next() + 3),
      { features: 'default,std' },
    )
    near(n['ax.std'], 0.5, 0.005)
    near(n['ax.mad'], 0.5, 0.005)
    near(n['ax.kurtosis'], 0, 0.05)
    near(n['ax.skewness'], 0, 0.02)
    for (let b = 1; b <= 8; b++) near(n[`ax.band${b}`], Math.log(0.25 / 8), 0.05)
  })

  it('puts the energy of a sine into its band, and only there', () => {
    const got = features(signal(200, sine(30)), { features: 'bands', resolution: 1e-3 })
    near(got['ax.band3'], Math.log(0.5), 1e-6)
    const floor = Math.log(1e-6 / 12 / 8)
    for (const b of [1, 5, 6, 7, 8]) near(got[`ax.band${b}`], floor, 0.2)
    const edges = features(signal(200, sine(30)), {
      features: 'bands',
      bands: '10, 28.5, 31.5, 90',
      resolution: 1e-3,
    })
    near(edges['ax.band2'], Math.log(0.5), 1e-6)
    assert.ok(edges['ax.band1']! < -10 && edges['ax.band3']! < -10)
  })

  it('obeys Parseval: the bands add up to the variance of the windowed signal, for every length', () => {
    const next = normal(11)
    for (const rows of [16, 37, 100, 128, 200, 251, 1000]) {
      const frame = signal(rows, () => next() + 7)
      const got = features(frame, { features: 'bands', bands: 4 })
      const total = [1, 2, 3, 4].reduce((sum, b) => sum + Math.exp(got[`ax.band${b}`]!), 0)
      const mean = frame.data.reduce((sum, x) => sum + x, 0) / rows
      let weighted = 0
      let weights = 0
      let line0 = 0
      frame.data.forEach((x, i) => {
        const w = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / rows)
        weighted += (w * (x - mean)) ** 2
        weights += w * w
        line0 += w * (x - mean)
      })
      near(total, weighted / weights - line0 ** 2 / (rows * weights), 1e-9 * total)
    }
  })

  it('has a floor at the RMS of the quantisation noise', () => {
    const quiet = signal(200, sine(25, 1e-5))
    near(
      features(quiet, { features: 'log_rms', resolution: 1 / 2048 })['ax.log_rms'],
      Math.log(1 / 2048 / Math.sqrt(12)),
      1e-12,
    )
    near(
      features(quiet, { features: 'log_rms', fullScale: 2 })['ax.log_rms'],
      Math.log(1e-5 / Math.SQRT2),
      1e-6,
    )
    near(
      features(quiet, { features: 'log_rms', fullScale: 200 })['ax.log_rms'],
      Math.log(2e-4 / Math.sqrt(12)),
      1e-12,
    )
  })

  it('correlates two axes of one motion by its geometry', () => {
    const data = new Float32Array(400)
    for (let i = 0; i < 200; i++) {
      data[2 * i] = Math.sin((2 * Math.PI * 25 * i) / RATE)
      data[2 * i + 1] = 5 - 0.3 * Math.sin((2 * Math.PI * 25 * i) / RATE + Math.PI / 3)
    }
    const got = features({ channels: ['ax', 'ay'], rate: RATE, start: 0, data }, { features: 'corr' })
    near(got['corr.ax.ay'], -0.5, 1e-6)
  })

  it('gives the last values and their differences, newest first', () => {
    const got = features(
      signal(10, (_, i) => i * i),
      { features: 'slow', lags: 4 },
    )
    assert.deepEqual(got, {
      'ax.lag1': 81,
      'ax.lag2': 64,
      'ax.lag3': 49,
      'ax.lag4': 36,
      'ax.diff1': 17,
      'ax.diff2': 15,
      'ax.diff3': 13,
    })
  })
})
