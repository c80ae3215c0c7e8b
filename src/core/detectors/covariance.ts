/** Mean and covariance of rows, divided by n. */
export interface Moments {
  readonly mean: Float64Array
  /** columns × columns, row-major. */
  readonly covariance: Float64Array
  /** Weight of the scaled identity in the covariance, 0 … 1. */
  readonly shrinkage: number
}

/** Plain covariance, divided by n (as scikit-learn's EmpiricalCovariance). `rows` is row-major. O(n·columns²). */
export function empiricalCovariance(rows: Float64Array, columns: number): Moments {
  const { mean, covariance } = centred(rows.slice(), columns)
  return { mean, covariance, shrinkage: 0 }
}

/**
 * Ledoit and Wolf's covariance, (1 − δ) S + δ μ I with μ the mean variance and the δ that is asymptotically best (A
 * well-conditioned estimator for large-dimensional covariance matrices, J. Multivariate Analysis 88, 2004); equal to scikit-learn's
 * LedoitWolf. O(n·columns²).
 */
export function ledoitWolfCovariance(rows: Float64Array, columns: number): Moments {
  const p = columns
  const n = rows.length / p
  const deviations = rows.slice()
  const { mean, covariance } = centred(deviations, p)
  if (p === 1) return { mean, covariance, shrinkage: 0 }
  let trace = 0
  for (let j = 0; j < p; j++) trace += covariance[j * p + j]!
  const mu = trace / p
  // Σ over rows of (Σ of squares)² is the sum of all entries of (X²)ᵀX².
  let fourth = 0
  for (let i = 0; i < n; i++) {
    let square = 0
    for (let j = 0; j < p; j++) square += deviations[i * p + j]! ** 2
    fourth += square * square
  }
  let squares = 0
  for (let k = 0; k < p * p; k++) squares += covariance[k]! ** 2
  const delta = (squares - 2 * mu * trace + p * mu * mu) / p
  const beta = Math.min((fourth / n - squares) / (p * n), delta)
  const shrinkage = beta <= 0 ? 0 : beta / delta
  for (let i = 0; i < p; i++) {
    for (let j = 0; j < p; j++) {
      covariance[i * p + j] = (1 - shrinkage) * covariance[i * p + j]! + (i === j ? shrinkage * mu : 0)
    }
  }
  return { mean, covariance, shrinkage }
}

/** Takes the mean off `rows` and gives mean and covariance. */
function centred(rows: Float64Array, p: number): { mean: Float64Array; covariance: Float64Array } {
  const n = rows.length / p
  const mean = new Float64Array(p)
  for (let i = 0; i < rows.length; i += p) for (let j = 0; j < p; j++) mean[j]! += rows[i + j]!
  for (let j = 0; j < p; j++) mean[j]! /= n
  for (let i = 0; i < rows.length; i += p) for (let j = 0; j < p; j++) rows[i + j]! -= mean[j]!
  const covariance = new Float64Array(p * p)
  for (let r = 0; r < rows.length; r += p) {
    for (let i = 0; i < p; i++) {
      const x = rows[r + i]!
      if (x === 0) continue
      for (let j = i; j < p; j++) covariance[i * p + j]! += x * rows[r + j]!
    }
  }
  for (let i = 0; i < p; i++) {
    for (let j = i; j < p; j++) covariance[j * p + i] = covariance[i * p + j] = covariance[i * p + j]! / n
  }
  return { mean, covariance }
}
