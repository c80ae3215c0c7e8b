import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import { constantScale, isNegligible } from '../block'

/** Eigenvalues of the correlation below this share of the largest get it as a floor: they are rounding. */
const EIGENVALUE_FLOOR = 1e-10

export interface Whitening {
  /** Standard deviation of each column. */
  readonly deviation: Float64Array
  /** Inverse square root of the correlation, columns × columns, symmetric. */
  readonly matrix: Float64Array
  /** Directions that hold nothing of their own. */
  readonly floored: number
  /** Largest over smallest eigenvalue of the correlation, after the floor. */
  readonly condition: number
}

/**
 * ZCA-cor whitening, P^(−1/2) V^(−1/2) with V the variances and P the correlation (Kessy, Lewin and Strimmer, Optimal whitening and
 * decorrelation, The American Statistician 72, 2018). The sum of squares of a whitened deviation is the squared Mahalanobis
 * distance, and each square belongs to one column, whatever their order. A column without variance counts as uncorrelated, with the scale of a
 * constant column. O(columns³).
 */
export function whiten(mean: Float64Array, covariance: Float64Array): Whitening {
  const p = mean.length
  const isConstant = Array.from(mean, (centre, j) => isNegligible(Math.sqrt(covariance[j * p + j]!), centre))
  const deviation = Float64Array.from(mean, (centre, j) =>
    isConstant[j] ? constantScale(centre) : Math.sqrt(covariance[j * p + j]!),
  )
  const correlation = new Matrix(p, p)
  for (let i = 0; i < p; i++) {
    for (let j = 0; j < p; j++) {
      const isDropped = isConstant[i] || isConstant[j]
      const value = i === j ? 1 : isDropped ? 0 : covariance[i * p + j]! / deviation[i]! / deviation[j]!
      correlation.set(i, j, value)
    }
  }
  const { realEigenvalues: values, eigenvectorMatrix: vectors } = new EigenvalueDecomposition(correlation, {
    assumeSymmetric: true,
  })
  const largest = Math.max(...values)
  const floor = EIGENVALUE_FLOOR * largest
  // Each eigenvector times the fourth root, so that the products of its entries add up to the inverse square root.
  const roots = values.map((value) => Math.max(value, floor) ** -0.25)
  const scaled = Array.from({ length: p }, (_, i) =>
    Array.from({ length: p }, (_, k) => vectors.get(i, k) * roots[k]!),
  )
  const matrix = new Float64Array(p * p)
  for (let i = 0; i < p; i++) {
    const a = scaled[i]!
    for (let j = i; j < p; j++) {
      const b = scaled[j]!
      let sum = 0
      for (let k = 0; k < p; k++) sum += a[k]! * b[k]!
      matrix[i * p + j] = matrix[j * p + i] = sum
    }
  }
  return {
    deviation,
    matrix,
    floored: values.filter((value) => value < floor).length,
    condition: largest / Math.max(Math.min(...values), floor),
  }
}
