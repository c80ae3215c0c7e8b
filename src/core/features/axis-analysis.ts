import { doubles } from './doubles'
import { MedianFinder } from './median'
import { FEWEST_FOR_SPECTRUM, PowerSpectrum } from './spectrum'

/** Share of the largest magnitude that counts as one step of a channel whose resolution is not known. */
export const DEFAULT_RESOLUTION = 1e-6
/** A step q of quantisation makes a noise of RMS q/√12; below it, a logarithm would say nothing of the machine. */
const QUANTISATION_RMS = 1 / Math.sqrt(12)

/**
 * One channel of one window, analysed once for all its features, in double precision. Its buffers are used again for the
 * next window.
 */
export class AxisAnalysis {
  /** The samples; less their mean where it is removed. */
  readonly values: number[]
  /** Single-sided power per line, see `PowerSpectrum`; filled only where a feature needs it. */
  readonly power: number[]
  mean = 0
  min = 0
  max = 0
  /** Central moments, divided by n. */
  m2 = 0
  m3 = 0
  m4 = 0
  /** Mean square of `values`. */
  meanSquare = 0
  /** Floor of an RMS: the RMS of the quantisation noise. */
  floor = 0

  private readonly finder: MedianFinder
  private medianKnown = NaN

  /**
   * @param n samples in a window
   * @param resolution step of the channel; without it 1e-6 of the largest magnitude in the window
   */
  constructor(
    readonly n: number,
    private readonly removeMean: boolean,
    private readonly resolution?: number,
  ) {
    this.values = doubles(n)
    this.finder = new MedianFinder(n)
    this.power = doubles((n >> 1) + 1)
  }

  /** Takes column `column` of row-major `data`. Where a value is not finite, `m2` is not finite either. */
  load(data: Float32Array | Float64Array, column: number, columns: number): void {
    const { n, values } = this
    let sum = 0
    let min = Infinity
    let max = -Infinity
    for (let i = 0, at = column; i < n; i++, at += columns) {
      const x = data[at]!
      values[i] = x
      sum += x
      if (x < min) min = x
      if (x > max) max = x
    }
    const mean = sum / n
    const offset = this.removeMean ? mean : 0
    let s1 = 0
    let s2 = 0
    let s3 = 0
    let s4 = 0
    for (let i = 0; i < n; i++) {
      const d = values[i]! - mean
      const square = d * d
      s1 += d
      s2 += square
      s3 += square * d
      s4 += square * square
      values[i] = values[i]! - offset
    }
    this.mean = mean
    this.min = min
    this.max = max
    // Less the rest that rounding left in the mean.
    this.m2 = (s2 - (s1 * s1) / n) / n
    this.m3 = s3 / n
    this.m4 = s4 / n
    this.meanSquare = this.removeMean ? this.m2 : this.m2 + mean * mean
    this.floor = QUANTISATION_RMS * (this.resolution ?? DEFAULT_RESOLUTION * Math.max(max, -min))
    this.medianKnown = NaN
  }

  /** What was taken off the raw samples to make `values`. */
  get removed(): number {
    return this.removeMean ? this.mean : 0
  }

  /** Mean of `values`. */
  get centre(): number {
    return this.removeMean ? 0 : this.mean
  }

  get isConstant(): boolean {
    return this.min === this.max
  }

  get rms(): number {
    return Math.sqrt(this.meanSquare)
  }

  /** Largest magnitude of `values`. */
  get peak(): number {
    return Math.max(this.max - this.removed, this.removed - this.min)
  }

  /** Median of `values`. */
  get median(): number {
    if (Number.isNaN(this.medianKnown)) {
      const { values, centre, m2, min, max } = this
      this.medianKnown = this.finder.median(values, centre, Math.sqrt(m2), max - min)
    }
    return this.medianKnown
  }

  /** Median absolute deviation from the median, unscaled. */
  get medianDeviation(): number {
    const { values, median, m2, min, max } = this
    return this.finder.medianDeviation(values, median, Math.sqrt(m2), max - min)
  }
}

/** Fills the power spectra of the axes given, two by two. */
export class SpectrumPass {
  private readonly transform?: PowerSpectrum

  constructor(
    private readonly axes: readonly AxisAnalysis[],
    n: number,
  ) {
    if (axes.length > 0 && n >= FEWEST_FOR_SPECTRUM)
      this.transform = new PowerSpectrum(n, axes.length % 2 === 1)
  }

  run(): void {
    for (let i = 0; i < this.axes.length; i += 2) {
      const a = this.axes[i]!
      const b = this.axes[i + 1]
      this.transform?.transform(a.values, a.power, b?.values, b?.power)
    }
  }
}
