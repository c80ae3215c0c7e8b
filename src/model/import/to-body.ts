import { inverse, Matrix } from 'ml-matrix'
import { mahalanobisBody, type MahalanobisBody } from '../../core/detectors/mahalanobis'
import type { RobustZBody } from '../../core/detectors/robust-z'
import { InputError } from '../../core/errors'
import { checkNames } from '../../core/read-table'
import type { ScalerBody } from '../../core/scalers/scaler-model'
import type { MahalanobisModel } from './mahalanobis-model'
import type { SensadBaseline } from './sensad'
import type { ImportedScaler } from './sklearn-scaler'

/** What sensad puts in place of a smaller MAD, the factor it takes it by, and what it adds. */
const SMALLEST_MAD = 1e-9
const NORMAL_MAD = 1.4826
const ADDED = 1e-12
/** Columns beyond which a covariance takes seconds to factor. */
const MAX_COLUMNS = 512

/**
 * The body of a scaler part. `channels` names the columns in the order in which the scaler was fitted; it may be left out where the
 * file has names, and has to agree with them. @throws InputError
 */
export function toScalerBody(
  scaler: ImportedScaler,
  channels: readonly string[] | undefined,
  field: string,
): ScalerBody {
  const { method, columns, center, scale, offset, range, clip } = scaler
  const names = channels ?? scaler.channels
  if (names === undefined) {
    const hint = `name its ${columns} columns in the order in which it was fitted`
    throw new InputError('files.lacks', { field, what: 'names of columns', hint })
  }
  checkChannels(names, columns, field)
  if (scaler.channels !== undefined) checkSameColumns(scaler.channels, names, field)
  return {
    version: 1,
    method,
    channels: [...names],
    center: Array.from(center),
    scale: Array.from(scale),
    offset,
    ...(clip && range !== undefined ? { clip: [...range] as const } : {}),
  }
}

/**
 * The body of a Mahalanobis part for frames of one row; its score is the distance, whose square the programs of system 1 report.
 * `floored` counts directions in which the covariance holds nothing. @throws InputError
 */
export function toMahalanobisBody(
  model: MahalanobisModel,
  channels: readonly string[],
  field: string,
): { body: MahalanobisBody; floored: number; condition: number } {
  const { columns, mean, matrix, holds } = model
  if (columns > MAX_COLUMNS)
    throw new InputError('files.tooLarge', { field, got: `${columns} columns`, max: MAX_COLUMNS })
  checkChannels(channels, columns, field)
  const covariance = holds === 'covariance' ? matrix : inverted(matrix, columns, field)
  return mahalanobisBody(channels, 1, 'given', mean, covariance)
}

/** The body of a robust z part that gives sensad's scores; its threshold is a fixed one, at which a row is an anomaly too. */
export function toRobustZBody({ columns, med, mad, agg }: SensadBaseline): RobustZBody {
  return {
    version: 1,
    aggregate: agg,
    channels: [...columns],
    center: Array.from(med),
    scale: Array.from(mad, (value) => NORMAL_MAD * Math.max(value, SMALLEST_MAD) + ADDED),
  }
}

/** A robust z part as sensad's baseline, which then gives the same scores; scales below sensad's floor are raised to it. */
export function toSensadBaseline(
  body: RobustZBody,
  threshold: number,
  trainQuantile: number,
): SensadBaseline {
  return {
    columns: body.channels,
    med: Float64Array.from(body.center),
    mad: Float64Array.from(body.scale, (scale) => Math.max((scale - ADDED) / NORMAL_MAD, SMALLEST_MAD)),
    threshold,
    agg: body.aggregate,
    trainQuantile,
  }
}

/** The covariance that this is the inverse of; symmetric. @throws InputError where there is none */
function inverted(matrix: Float64Array, columns: number, field: string): Float64Array {
  const wrong = (cause?: unknown): InputError =>
    new InputError('files.notFinite', { field, what: 'inverse covariance' }, { cause })
  let found: Matrix
  try {
    found = inverse(Matrix.from1DArray(columns, columns, matrix))
  } catch (error) {
    throw wrong(error)
  }
  const covariance = new Float64Array(columns * columns)
  for (let i = 0; i < columns; i++) {
    for (let j = 0; j < columns; j++) covariance[i * columns + j] = (found.get(i, j) + found.get(j, i)) / 2
    if (!(covariance[i * columns + i]! > 0)) throw wrong()
  }
  if (!covariance.every(Number.isFinite)) throw wrong()
  return covariance
}

/** @throws InputError where the channels are not those that the file names, in its order */
export function checkSameColumns(own: readonly string[], channels: readonly string[], field: string): void {
  if (own.length === channels.length && own.every((name, i) => name === channels[i])) return
  const [expected, got] = [own, channels].map((names) => names.slice(0, 20).join(', ')) as [string, string]
  throw new InputError('files.wrongValue', { field, what: 'channels', expected, got })
}

function checkChannels(channels: readonly string[], columns: number, field: string): void {
  checkNames(channels, `${field} (channels)`)
  if (channels.length !== columns) {
    const expected = `${columns} names, one for each column`
    throw new InputError('files.wrongValue', {
      field,
      what: 'channels',
      expected,
      got: `${channels.length} names`,
    })
  }
}
