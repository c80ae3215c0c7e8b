import { doubles } from './doubles'
import { createFourier, type Fourier } from './fourier'

/** The periodic Hann window, 0.5 − 0.5 cos(2πi/n), as scipy.signal.get_window('hann', n). */
export function hannWindow(n: number): number[] {
  return Array.from({ length: n }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / n))
}

/** Fewest samples that a Hann-windowed spectrum makes sense of. */
export const FEWEST_FOR_SPECTRUM = 4

/**
 * Hann-windowed single-sided power spectrum of n real samples by an exact transform of length n: line k lies at k·rate/n,
 * k = 0 … n/2. Power is |X|² / (n Σw²), doubled except for the first and (of an even n) the last line, so that the lines add up
 * to Σ(wx)²/Σw², which is the variance of a noise with mean 0 (Parseval); as scipy.signal.periodogram(window='hann',
 * detrend=False) × rate/n. Two real signals share one complex transform; a single one of even length is packed into one of half
 * the length. No allocation after construction.
 */
export class PowerSpectrum {
  readonly lines: number
  private readonly window: number[]
  private readonly fourier: Fourier
  private readonly re: number[]
  private readonly im: number[]
  private readonly scale: number
  /** For a single signal of even length: transform of half the length, and cos and sin of 2πk/n. */
  private readonly half?: { readonly fourier: Fourier; readonly cos: number[]; readonly sin: number[] }

  /** @param single also transform single signals, not only pairs */
  constructor(
    private readonly n: number,
    single = true,
  ) {
    this.lines = (n >> 1) + 1
    this.window = hannWindow(n)
    this.fourier = createFourier(n)
    this.re = doubles(n)
    this.im = doubles(n)
    this.scale = 1 / (n * this.window.reduce((sum, w) => sum + w * w, 0))
    if (single && n % 2 === 0) {
      const angle = (k: number): number => (2 * Math.PI * k) / n
      this.half = {
        fourier: createFourier(n / 2),
        cos: Array.from({ length: n / 2 }, (_, k) => Math.cos(angle(k))),
        sin: Array.from({ length: n / 2 }, (_, k) => Math.sin(angle(k))),
      }
    }
  }

  /** Writes the powers of `a` to `powerA` and, where it is given, of `b` to `powerB`. */
  transform(a: number[], powerA: number[], b?: number[], powerB?: number[]): void {
    if (b === undefined || powerB === undefined) {
      if (this.half === undefined) this.transformOdd(a, powerA)
      else this.transformHalf(a, powerA, this.half)
      return
    }
    const { n, lines, window, re, im, scale } = this
    for (let i = 0; i < n; i++) {
      const w = window[i]!
      re[i] = a[i]! * w
      im[i] = b[i]! * w
    }
    this.fourier.transform(re, im)
    // X of a is the even part of Z, X of b the odd part: (Z[k] ± conj Z[n−k]) / 2.
    powerA[0] = 2 * scale * re[0]! * re[0]!
    powerB[0] = 2 * scale * im[0]! * im[0]!
    const quarter = scale / 2
    for (let k = 1; k < lines; k++) {
      const zRe = re[k]!
      const zIm = im[k]!
      const mRe = re[n - k]!
      const mIm = im[n - k]!
      powerA[k] = quarter * ((zRe + mRe) * (zRe + mRe) + (zIm - mIm) * (zIm - mIm))
      powerB[k] = quarter * ((zIm + mIm) * (zIm + mIm) + (zRe - mRe) * (zRe - mRe))
    }
    halveEnds(powerA, lines, n)
    halveEnds(powerB, lines, n)
  }

  private transformOdd(a: number[], power: number[]): void {
    const { n, lines, window, re, im, scale } = this
    for (let i = 0; i < n; i++) re[i] = a[i]! * window[i]!
    im.fill(0)
    this.fourier.transform(re, im)
    for (let k = 0; k < lines; k++) power[k] = 2 * scale * (re[k]! * re[k]! + im[k]! * im[k]!)
    halveEnds(power, lines, n)
  }

  /** Even samples as real, odd ones as imaginary part: X[k] = E[k] + exp(−2πik/n) O[k], with E, O the even and odd parts of Z. */
  private transformHalf(
    a: number[],
    power: number[],
    { fourier, cos, sin }: NonNullable<PowerSpectrum['half']>,
  ): void {
    const { n, window, re, im, scale } = this
    const h = n / 2
    for (let i = 0; i < h; i++) {
      re[i] = a[2 * i]! * window[2 * i]!
      im[i] = a[2 * i + 1]! * window[2 * i + 1]!
    }
    fourier.transform(re, im)
    // The ends count once, the other lines twice.
    power[0] = scale * (re[0]! + im[0]!) ** 2
    power[h] = scale * (re[0]! - im[0]!) ** 2
    const twice = 2 * scale
    for (let k = 1; k < h; k++) {
      const m = h - k
      const evenRe = (re[k]! + re[m]!) / 2
      const evenIm = (im[k]! - im[m]!) / 2
      const oddRe = (im[k]! + im[m]!) / 2
      const oddIm = (re[m]! - re[k]!) / 2
      const c = cos[k]!
      const s = sin[k]!
      const xRe = evenRe + oddRe * c + oddIm * s
      const xIm = evenIm + oddIm * c - oddRe * s
      power[k] = twice * (xRe * xRe + xIm * xIm)
    }
  }
}

function halveEnds(power: number[], lines: number, n: number): void {
  power[0]! *= 0.5
  if (n % 2 === 0) power[lines - 1]! *= 0.5
}

export interface Spectrum {
  /** Hz. */
  readonly frequencies: Float64Array
  /** Amplitude of the sine at each line, in the unit of the signal: a sine of amplitude 1 on a line reads 1. */
  readonly amplitudes: Float64Array
  /** Share of the variance at each line, in the unit of the signal squared; they add up to the variance. */
  readonly powers: Float64Array
}

/**
 * Spectrum of a signal, its mean removed; see `PowerSpectrum`. Between two lines a sine reads up to 15 % too little
 * (1.4 dB, the Hann window's scalloping loss): `dominant_amplitude` interpolates.
 */
export function spectrum(values: ArrayLike<number>, rate: number): Spectrum {
  const n = values.length
  const signal = Array.from(values)
  const mean = signal.reduce((sum, x) => sum + x, 0) / n
  for (let i = 0; i < n; i++) signal[i]! -= mean
  const transform = new PowerSpectrum(n)
  const powers = doubles(transform.lines)
  transform.transform(signal, powers)
  return {
    frequencies: Float64Array.from(powers, (_, k) => (k * rate) / n),
    amplitudes: Float64Array.from(powers, (power, k) => amplitudeOf(power, n, k)),
    powers: Float64Array.from(powers),
  }
}

/** Amplitude of a sine on line k from the power of that line: a Hann window has Σw = n/2 and Σw² = 3n/8. */
export function amplitudeOf(power: number, n: number, line: number): number {
  const isEnd = line === 0 || 2 * line === n
  return Math.sqrt((isEnd ? 1 : 2) * power * 1.5)
}
