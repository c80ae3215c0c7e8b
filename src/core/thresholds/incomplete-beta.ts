/** ln of the gamma function for x > 0, by Lanczos' approximation (g = 7, nine terms). */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x)
  let sum = LANCZOS[0]
  for (let i = 1; i < LANCZOS.length; i++) sum += LANCZOS[i]! / (x - 1 + i)
  const t = x + 6.5
  return HALF_LOG_2PI + (x - 0.5) * Math.log(t) - t + Math.log(sum)
}

const HALF_LOG_2PI = 0.9189385332046727
const LANCZOS = [
  0.9999999999998099, 676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406,
  12.507343278686905, -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
] as const

/** ln(x!) less Stirling's formula: small and smooth, so that large factorials can be divided without loss. */
function stirlingError(x: number): number {
  if (x <= 15) return logGamma(x + 1) - (x + 0.5) * Math.log(x) + x - HALF_LOG_2PI
  const xx = x * x
  return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / xx) / xx) / xx) / xx) / x
}

/** x ln(x/m) + m − x without cancellation where x ≈ m. */
function deviance(x: number, m: number): number {
  if (Math.abs(x - m) >= 0.1 * (x + m)) return x * Math.log(x / m) + m - x
  const v = (x - m) / (x + m)
  let sum = (x - m) * v
  let term = 2 * x * v
  for (let j = 1; j < 1000; j++) {
    term *= v * v
    const next = sum + term / (2 * j + 1)
    if (next === sum) break
    sum = next
  }
  return sum
}

/** xᵃ yᵇ / B(a, b) with y = 1 − x, by Loader's saddle-point form of the binomial probability (C. Loader, 2000). */
function betaKernel(x: number, y: number, a: number, b: number): number {
  const n = a + b
  const exponent =
    stirlingError(n) - stirlingError(a) - stirlingError(b) - deviance(a, n * x) - deviance(b, n * y)
  return Math.exp(exponent) * Math.sqrt((a * b) / (2 * Math.PI * n))
}

/** The continued fraction of the incomplete beta function by Lentz' method; converges for x < (a + 1) / (a + b + 2). */
function continuedFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300
  let c = 1
  let d = 1 - ((a + b) * x) / (a + 1)
  d = 1 / (Math.abs(d) < tiny ? tiny : d)
  let h = d
  for (let m = 1; m < 20_000; m++) {
    for (const term of [
      (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)),
      (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)),
    ]) {
      d = 1 + term * d
      d = 1 / (Math.abs(d) < tiny ? tiny : d)
      c = 1 + term / c
      if (Math.abs(c) < tiny) c = tiny
      h *= d * c
    }
    if (Math.abs(d * c - 1) < 1e-15) break
  }
  return h
}

/** P(Beta(a, b) ≤ x), the regularized incomplete beta function; a, b > 0. */
export function betaCdf(x: number, a: number, b: number): number {
  return split(x, 1 - x, a, b)
}

/** P(Beta(a, b) > x), without the cancellation of 1 − betaCdf. */
export function betaTail(x: number, a: number, b: number): number {
  return split(1 - x, x, b, a)
}

function split(x: number, y: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (y <= 0) return 1
  if (x < (a + 1) / (a + b + 2)) return (betaKernel(x, y, a, b) * continuedFraction(x, a, b)) / a
  return 1 - (betaKernel(x, y, a, b) * continuedFraction(y, b, a)) / b
}

/** P(Binomial(n, p) ≤ m) for whole m and n. */
export function binomialCdf(m: number, n: number, p: number): number {
  if (m < 0) return 0
  if (m >= n) return 1
  return betaTail(p, m + 1, n - m)
}
