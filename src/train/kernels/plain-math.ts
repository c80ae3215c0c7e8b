/** The elementary functions of `assembly/tanh.ts` in plain JavaScript, rounded to single precision after every operation: the same bits. */
const f = Math.fround

const LIMIT = f(7.90531110763549805)
const P13 = f(-2.76076847742355e-16)
const P11 = f(2.00018790482477e-13)
const P9 = f(-8.60467152213735e-11)
const P7 = f(5.12229709037114e-8)
const P5 = f(1.48572235717979e-5)
const P3 = f(6.37261928875436e-4)
const P1 = f(4.89352455891786e-3)
const Q6 = f(1.19825839466702e-6)
const Q4 = f(1.18534705686654e-4)
const Q2 = f(2.268434632439e-3)
const Q0 = f(4.89352518554385e-3)

export function tanh(x: number): number {
  const z = x > LIMIT ? LIMIT : x < -LIMIT ? -LIMIT : x
  const s = f(z * z)
  let p = f(f(s * P13) + P11)
  p = f(f(p * s) + P9)
  p = f(f(p * s) + P7)
  p = f(f(p * s) + P5)
  p = f(f(p * s) + P3)
  p = f(f(p * s) + P1)
  p = f(p * z)
  let q = f(f(s * Q6) + Q4)
  q = f(f(q * s) + Q2)
  q = f(f(q * s) + Q0)
  return f(p / q)
}

export function sigmoid(x: number): number {
  return f(f(tanh(f(x * 0.5)) * 0.5) + 0.5)
}

/** e^x - 1 for x ≤ 0. */
export function expm1(x: number): number {
  const t = tanh(f(x * 0.5))
  return f(f(t + t) / f(1 - t))
}
