/** Tail of a generalized Pareto distribution that begins at 0. */
export interface GeneralizedPareto {
  /** ξ: above 0 a heavy tail, 0 the exponential, below 0 a tail that ends. */
  readonly shape: number
  /** σ > 0, in units of the score. */
  readonly scale: number
}

/**
 * Fits excesses over a level by the quasi-Bayesian estimate of Zhang and Stephens (Technometrics 51, 2009): no iteration
 * that can fail, and on 20 excesses a third of the error of maximum likelihood.
 * @param excesses ascending, > 0, at least 5
 */
export function fitGeneralizedPareto(excesses: ArrayLike<number>): GeneralizedPareto {
  const n = excesses.length
  const candidates = 30 + Math.floor(Math.sqrt(n))
  const quarter = excesses[Math.floor(n / 4 + 0.5) - 1]!
  const largest = excesses[n - 1]!
  const theta = new Float64Array(candidates)
  const likelihood = new Float64Array(candidates)
  for (let j = 0; j < candidates; j++) {
    theta[j] = 1 / largest + (1 - Math.sqrt(candidates / (j + 0.5))) / (3 * quarter)
    const { shape, scale } = profile(excesses, theta[j]!)
    likelihood[j] = -n * (Math.log(scale) + shape + 1)
  }
  let mean = 0
  for (let j = 0; j < candidates; j++) {
    let total = 0
    for (let i = 0; i < candidates; i++) total += Math.exp(likelihood[i]! - likelihood[j]!)
    mean += theta[j]! / total
  }
  return profile(excesses, mean)
}

/** The most likely shape and scale for a given θ = −ξ/σ: ξ is the mean of ln(1 − θ·y). At θ = 0 it is the exponential. */
function profile(excesses: ArrayLike<number>, theta: number): GeneralizedPareto {
  const n = excesses.length
  let sum = 0
  if (Math.abs(theta * excesses[n - 1]!) < 1e-9) {
    for (let i = 0; i < n; i++) sum += excesses[i]!
    return { shape: 0, scale: sum / n }
  }
  for (let i = 0; i < n; i++) sum += Math.log1p(-theta * excesses[i]!)
  return { shape: sum / n, scale: -sum / n / theta }
}

/** The excess that is exceeded with probability `tail`: σ/ξ·(tail^−ξ − 1). */
export function paretoQuantile({ shape, scale }: GeneralizedPareto, tail: number): number {
  const log = -Math.log(tail)
  return Math.abs(shape) < 1e-12 ? scale * log : (scale * Math.expm1(shape * log)) / shape
}
