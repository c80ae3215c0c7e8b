import { radix2, radix3, radix4, radix5, turn, type Pass } from './butterflies'
import { doubles } from './doubles'

/** Prime factors above this go through Bluestein's algorithm, which costs three transforms of a power of two. */
const LARGEST_RADIX = 31

/**
 * Discrete Fourier transform of complex signals of any one length, exact (no zero padding), X[k] = Σ x[i] exp(−2πi·ik/n).
 * Stockham's self-sorting mixed-radix algorithm (Van Loan, Computational Frameworks for the FFT, 1992); lengths with a prime
 * factor above 31 by Bluestein's (1970). O(n log n); no allocation after construction.
 */
export interface Fourier {
  readonly length: number
  /** Transforms in place. */
  transform(re: number[], im: number[]): void
}

/** A transform of length `n` ≥ 1. */
export function createFourier(n: number): Fourier {
  const radices = factorise(n)
  return radices.every((radix) => radix <= LARGEST_RADIX) ? new MixedRadix(n, radices) : new Bluestein(n)
}

function factorise(n: number): number[] {
  const radices: number[] = []
  let left = n
  for (const radix of [4, 2, 3, 5]) {
    while (left % radix === 0) {
      radices.push(radix)
      left /= radix
    }
  }
  for (let radix = 7; left > 1; radix += 2) {
    if (radix * radix > left) radix = left
    while (left % radix === 0) {
      radices.push(radix)
      left /= radix
    }
  }
  return radices
}

/** cos and −sin of 2π·k/n for all k. */
function roots(n: number): { cos: number[]; sin: number[] } {
  const cos = doubles(n)
  const sin = doubles(n)
  for (let k = 0; k < n; k++) {
    cos[k] = Math.cos((2 * Math.PI * k) / n)
    sin[k] = -Math.sin((2 * Math.PI * k) / n)
  }
  return { cos, sin }
}

class MixedRadix implements Fourier {
  private readonly passes: readonly Pass[]
  private readonly workRe: number[]
  private readonly workIm: number[]
  /** Values of one butterfly of a radix without its own code. */
  private readonly gatherRe = doubles(LARGEST_RADIX)
  private readonly gatherIm = doubles(LARGEST_RADIX)
  private readonly tables = new Map<number, { cos: number[]; sin: number[] }>()

  constructor(
    readonly length: number,
    radices: readonly number[],
  ) {
    this.workRe = doubles(length)
    this.workIm = doubles(length)
    const { cos, sin } = roots(length)
    let before = 1
    this.passes = radices.map((radix) => {
      const inner = length / (before * radix)
      const twiddleRe = doubles(inner * (radix - 1))
      const twiddleIm = doubles(inner * (radix - 1))
      for (let i = 0; i < inner; i++) {
        for (let j = 1; j < radix; j++) {
          const k = (j * i * before) % length
          twiddleRe[i * (radix - 1) + j - 1] = cos[k]!
          twiddleIm[i * (radix - 1) + j - 1] = sin[k]!
        }
      }
      if (radix > 5) this.tables.set(radix, roots(radix))
      const pass = { radix, before, inner, twiddleRe, twiddleIm }
      before *= radix
      return pass
    })
  }

  transform(re: number[], im: number[]): void {
    let [fromRe, fromIm, toRe, toIm] = [re, im, this.workRe, this.workIm]
    for (const pass of this.passes) {
      if (pass.radix === 4) radix4(pass, fromRe, fromIm, toRe, toIm)
      else if (pass.radix === 2) radix2(pass, fromRe, fromIm, toRe, toIm)
      else if (pass.radix === 3) radix3(pass, fromRe, fromIm, toRe, toIm)
      else if (pass.radix === 5) radix5(pass, fromRe, fromIm, toRe, toIm)
      else this.anyRadix(pass, fromRe, fromIm, toRe, toIm)
      ;[fromRe, fromIm, toRe, toIm] = [toRe, toIm, fromRe, fromIm]
    }
    if (fromRe !== re) {
      for (let i = 0; i < this.length; i++) {
        re[i] = fromRe[i]!
        im[i] = fromIm[i]!
      }
    }
  }

  private anyRadix(pass: Pass, re: number[], im: number[], toRe: number[], toIm: number[]): void {
    const { radix, before, inner, twiddleRe, twiddleIm } = pass
    const { cos, sin } = this.tables.get(radix)!
    const { gatherRe, gatherIm } = this
    for (let k = 0; k < before; k++) {
      for (let i = 0; i < inner; i++) {
        for (let j = 0; j < radix; j++) {
          gatherRe[j] = re[i + inner * (j + radix * k)]!
          gatherIm[j] = im[i + inner * (j + radix * k)]!
        }
        for (let j = 0; j < radix; j++) {
          let sumRe = gatherRe[0]!
          let sumIm = gatherIm[0]!
          for (let m = 1; m < radix; m++) {
            const turn = (j * m) % radix
            sumRe += gatherRe[m]! * cos[turn]! - gatherIm[m]! * sin[turn]!
            sumIm += gatherRe[m]! * sin[turn]! + gatherIm[m]! * cos[turn]!
          }
          const at = i * (radix - 1) + j - 1
          const wRe = j === 0 ? 1 : twiddleRe[at]!
          const wIm = j === 0 ? 0 : twiddleIm[at]!
          const to = i + inner * (k + before * j)
          toRe[to] = sumRe * wRe - sumIm * wIm
          toIm[to] = sumRe * wIm + sumIm * wRe
        }
      }
    }
  }
}

/** X[k] as a convolution with a chirp, by transforms of a power of two. */
class Bluestein implements Fourier {
  private readonly inner: Fourier
  private readonly chirp: { cos: number[]; sin: number[] }
  private readonly filterRe: number[]
  private readonly filterIm: number[]
  private readonly workRe: number[]
  private readonly workIm: number[]

  constructor(readonly length: number) {
    const n = length
    const size = 2 ** Math.ceil(Math.log2(2 * n - 1))
    this.inner = createFourier(size)
    // exp(−πi k²/n); k² modulo 2n keeps the angle exact.
    const full = roots(2 * n)
    const cos = doubles(n)
    const sin = doubles(n)
    for (let k = 0, square = 0; k < n; square = (square + 2 * k + 1) % (2 * n), k++) {
      cos[k] = full.cos[square]!
      sin[k] = full.sin[square]!
    }
    this.chirp = { cos, sin }
    this.filterRe = doubles(size)
    this.filterIm = doubles(size)
    for (let k = 0; k < n; k++) {
      const mirror = (size - k) % size
      this.filterRe[k] = this.filterRe[mirror] = cos[k]!
      this.filterIm[k] = this.filterIm[mirror] = -sin[k]!
    }
    this.inner.transform(this.filterRe, this.filterIm)
    this.workRe = doubles(size)
    this.workIm = doubles(size)
  }

  transform(re: number[], im: number[]): void {
    const { length, inner, workRe, workIm, filterRe, filterIm } = this
    const { cos, sin } = this.chirp
    workRe.fill(0)
    workIm.fill(0)
    for (let i = 0; i < length; i++) turn(workRe, workIm, i, re[i]!, im[i]!, cos[i]!, sin[i]!)
    inner.transform(workRe, workIm)
    for (let k = 0; k < inner.length; k++)
      turn(workRe, workIm, k, workRe[k]!, workIm[k]!, filterRe[k]!, filterIm[k]!)
    // The inverse transform is the forward one with real and imaginary parts exchanged.
    inner.transform(workIm, workRe)
    for (let i = 0; i < length; i++)
      turn(re, im, i, workRe[i]! / inner.length, workIm[i]! / inner.length, cos[i]!, sin[i]!)
  }
}
