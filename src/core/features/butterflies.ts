/** One pass: `before` is the product of the radices done, `inner` the length still to do. */
export interface Pass {
  readonly radix: number
  readonly before: number
  readonly inner: number
  /** exp(−2πi·j·i·before/n) at [i × (radix − 1) + j − 1]. */
  readonly twiddleRe: number[]
  readonly twiddleIm: number[]
}

export function radix2(pass: Pass, re: number[], im: number[], toRe: number[], toIm: number[]): void {
  const { before, inner, twiddleRe, twiddleIm } = pass
  const stride = inner * before
  for (let k = 0; k < before; k++) {
    for (let i = 0; i < inner; i++) {
      const at = i + 2 * inner * k
      const aRe = re[at]!
      const aIm = im[at]!
      const bRe = re[at + inner]!
      const bIm = im[at + inner]!
      const to = i + inner * k
      toRe[to] = aRe + bRe
      toIm[to] = aIm + bIm
      const dRe = aRe - bRe
      const dIm = aIm - bIm
      const wRe = twiddleRe[i]!
      const wIm = twiddleIm[i]!
      toRe[to + stride] = dRe * wRe - dIm * wIm
      toIm[to + stride] = dRe * wIm + dIm * wRe
    }
  }
}

export function radix3(pass: Pass, re: number[], im: number[], toRe: number[], toIm: number[]): void {
  const { before, inner, twiddleRe, twiddleIm } = pass
  const stride = inner * before
  const half = Math.sqrt(3) / 2
  for (let k = 0; k < before; k++) {
    for (let i = 0; i < inner; i++) {
      const at = i + 3 * inner * k
      const aRe = re[at]!
      const aIm = im[at]!
      const bRe = re[at + inner]!
      const bIm = im[at + inner]!
      const cRe = re[at + 2 * inner]!
      const cIm = im[at + 2 * inner]!
      const sRe = bRe + cRe
      const sIm = bIm + cIm
      const mRe = aRe - 0.5 * sRe
      const mIm = aIm - 0.5 * sIm
      const dRe = half * (bIm - cIm)
      const dIm = -half * (bRe - cRe)
      const to = i + inner * k
      toRe[to] = aRe + sRe
      toIm[to] = aIm + sIm
      turn(toRe, toIm, to + stride, mRe + dRe, mIm + dIm, twiddleRe[2 * i]!, twiddleIm[2 * i]!)
      turn(toRe, toIm, to + 2 * stride, mRe - dRe, mIm - dIm, twiddleRe[2 * i + 1]!, twiddleIm[2 * i + 1]!)
    }
  }
}

export function radix4(pass: Pass, re: number[], im: number[], toRe: number[], toIm: number[]): void {
  const { before, inner, twiddleRe, twiddleIm } = pass
  const stride = inner * before
  for (let k = 0; k < before; k++) {
    for (let i = 0; i < inner; i++) {
      const at = i + 4 * inner * k
      const aRe = re[at]!
      const aIm = im[at]!
      const bRe = re[at + inner]!
      const bIm = im[at + inner]!
      const cRe = re[at + 2 * inner]!
      const cIm = im[at + 2 * inner]!
      const dRe = re[at + 3 * inner]!
      const dIm = im[at + 3 * inner]!
      const acRe = aRe + cRe
      const acIm = aIm + cIm
      const bdRe = bRe + dRe
      const bdIm = bIm + dIm
      const amRe = aRe - cRe
      const amIm = aIm - cIm
      // −i (b − d)
      const bmRe = bIm - dIm
      const bmIm = dRe - bRe
      const to = i + inner * k
      const w = 3 * i
      toRe[to] = acRe + bdRe
      toIm[to] = acIm + bdIm
      turn(toRe, toIm, to + stride, amRe + bmRe, amIm + bmIm, twiddleRe[w]!, twiddleIm[w]!)
      turn(toRe, toIm, to + 2 * stride, acRe - bdRe, acIm - bdIm, twiddleRe[w + 1]!, twiddleIm[w + 1]!)
      turn(toRe, toIm, to + 3 * stride, amRe - bmRe, amIm - bmIm, twiddleRe[w + 2]!, twiddleIm[w + 2]!)
    }
  }
}

const COS_1 = Math.cos((2 * Math.PI) / 5)
const COS_2 = Math.cos((4 * Math.PI) / 5)
const SIN_1 = Math.sin((2 * Math.PI) / 5)
const SIN_2 = Math.sin((4 * Math.PI) / 5)

export function radix5(pass: Pass, re: number[], im: number[], toRe: number[], toIm: number[]): void {
  const { before, inner, twiddleRe, twiddleIm } = pass
  const stride = inner * before
  for (let k = 0; k < before; k++) {
    for (let i = 0; i < inner; i++) {
      const at = i + 5 * inner * k
      const aRe = re[at]!
      const aIm = im[at]!
      const s1Re = re[at + inner]! + re[at + 4 * inner]!
      const s1Im = im[at + inner]! + im[at + 4 * inner]!
      const d1Re = re[at + inner]! - re[at + 4 * inner]!
      const d1Im = im[at + inner]! - im[at + 4 * inner]!
      const s2Re = re[at + 2 * inner]! + re[at + 3 * inner]!
      const s2Im = im[at + 2 * inner]! + im[at + 3 * inner]!
      const d2Re = re[at + 2 * inner]! - re[at + 3 * inner]!
      const d2Im = im[at + 2 * inner]! - im[at + 3 * inner]!
      const m1Re = aRe + COS_1 * s1Re + COS_2 * s2Re
      const m1Im = aIm + COS_1 * s1Im + COS_2 * s2Im
      const m2Re = aRe + COS_2 * s1Re + COS_1 * s2Re
      const m2Im = aIm + COS_2 * s1Im + COS_1 * s2Im
      // −i times the sine parts
      const n1Re = SIN_1 * d1Im + SIN_2 * d2Im
      const n1Im = -(SIN_1 * d1Re + SIN_2 * d2Re)
      const n2Re = SIN_2 * d1Im - SIN_1 * d2Im
      const n2Im = -(SIN_2 * d1Re - SIN_1 * d2Re)
      const to = i + inner * k
      const w = 4 * i
      toRe[to] = aRe + s1Re + s2Re
      toIm[to] = aIm + s1Im + s2Im
      turn(toRe, toIm, to + stride, m1Re + n1Re, m1Im + n1Im, twiddleRe[w]!, twiddleIm[w]!)
      turn(toRe, toIm, to + 2 * stride, m2Re + n2Re, m2Im + n2Im, twiddleRe[w + 1]!, twiddleIm[w + 1]!)
      turn(toRe, toIm, to + 3 * stride, m2Re - n2Re, m2Im - n2Im, twiddleRe[w + 2]!, twiddleIm[w + 2]!)
      turn(toRe, toIm, to + 4 * stride, m1Re - n1Re, m1Im - n1Im, twiddleRe[w + 3]!, twiddleIm[w + 3]!)
    }
  }
}

/** Writes a value turned by a twiddle factor. */
export function turn(
  toRe: number[],
  toIm: number[],
  at: number,
  re: number,
  im: number,
  wRe: number,
  wIm: number,
): void {
  toRe[at] = re * wRe - im * wIm
  toIm[at] = re * wIm + im * wRe
}
