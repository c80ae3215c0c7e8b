import { InputError } from '../../core/errors'
import { MAX_CHANNELS } from '../../core/read-table'
import { readCArrays } from './c-header'
import { readNpz } from './npz'
import type { NumberArray } from './numbers'

/** Mean and covariance of a Mahalanobis model: the distance of x is √((x − mean)ᵀ · inverse covariance · (x − mean)). */
export interface MahalanobisModel {
  readonly columns: number
  readonly mean: Float64Array
  /** columns × columns, row-major, symmetric. */
  readonly matrix: Float64Array
  /** What the matrix is; a C header of the ceiling-fan project holds the inverse. */
  readonly holds: 'covariance' | 'inverse covariance'
}

const HINT = 'it is read from numpy.savez(name, model_mu=mean, model_cov=covariance)'

/** Reads `model_mu` and `model_cov` of an .npz archive. @throws InputError */
export function readMahalanobisNpz(bytes: Uint8Array, field: string): MahalanobisModel {
  const arrays = readNpz(bytes, field)
  const mean = arrays.get('model_mu')
  const matrix = arrays.get('model_cov')
  if (mean === undefined) throw new InputError('files.lacks', { field, what: 'array model_mu', hint: HINT })
  if (matrix === undefined)
    throw new InputError('files.lacks', { field, what: 'array model_cov', hint: HINT })
  return checked(mean, matrix, 'covariance', field)
}

/** Reads `model_mu` and `model_inv_cov` of a C header. @throws InputError */
export function readMahalanobisHeader(text: string, field: string): MahalanobisModel {
  const arrays = readCArrays(text, field)
  const mean = arrays.get('model_mu')
  const matrix = arrays.get('model_inv_cov')
  const hint = 'it is written by utils/c_writer.py of the ceiling-fan project'
  if (mean === undefined) throw new InputError('files.lacks', { field, what: 'array model_mu', hint })
  if (matrix === undefined) throw new InputError('files.lacks', { field, what: 'array model_inv_cov', hint })
  return checked(mean, matrix, 'inverse covariance', field)
}

function checked(
  mean: NumberArray,
  matrix: NumberArray,
  holds: MahalanobisModel['holds'],
  field: string,
): MahalanobisModel {
  const columns = mean.data.length
  if (columns < 1 || columns > MAX_CHANNELS || mean.shape.length !== 1) {
    const expected = `one value for each of 1 to ${MAX_CHANNELS} columns`
    throw new InputError('files.wrongValue', { field, what: 'mean', expected, got: shapeWords(mean) })
  }
  if (matrix.shape.length !== 2 || matrix.shape.some((extent) => extent !== columns)) {
    const expected = `${columns} × ${columns} values`
    throw new InputError('files.wrongValue', { field, what: holds, expected, got: shapeWords(matrix) })
  }
  if (!mean.data.every(Number.isFinite)) throw new InputError('files.notFinite', { field, what: 'mean' })
  if (!isCovariance(matrix.data, columns)) throw new InputError('files.notFinite', { field, what: holds })
  return { columns, mean: mean.data, matrix: matrix.data, holds }
}

/** Finite, symmetric to rounding in single precision, positive on the diagonal. */
function isCovariance(matrix: Float64Array, columns: number): boolean {
  for (let i = 0; i < columns; i++) {
    if (!(matrix[i * columns + i]! > 0)) return false
    for (let j = 0; j <= i; j++) {
      const a = matrix[i * columns + j]!
      const b = matrix[j * columns + i]!
      const size = Math.sqrt(matrix[i * columns + i]! * matrix[j * columns + j]!)
      if (!(Math.abs(a - b) <= 1e-4 * size)) return false
    }
  }
  return matrix.every(Number.isFinite)
}

function shapeWords({ shape }: NumberArray): string {
  return shape.length === 0 ? 'a single value' : `${shape.join(' × ')} values`
}
