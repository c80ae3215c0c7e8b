import { Block, checkShape } from '../block'
import { inspect } from '../data-check'
import { InputError } from '../errors'
import type { Frame } from '../frame'
import { doubles } from '../features/doubles'
import { BodyReader } from '../read-body'
import { readChoice } from '../read-settings'
import type { DataWarning, Detector, FittedPart, Model, Score } from '../stage'
import { notScorable, Shares } from './column-scores'
import { empiricalCovariance, ledoitWolfCovariance } from './covariance'
import type { DetectorSpec } from './detector-spec'
import { whiten } from './whitening'

export const COVARIANCES = ['ledoit-wolf', 'empirical'] as const
export type Covariance = (typeof COVARIANCES)[number]

export interface MahalanobisOptions {
  readonly covariance: Covariance
}

/** What was learned; plain JSON. D² of a deviation d is the sum of squares of `whitening` × (d / deviation). */
export interface MahalanobisBody {
  readonly version: 1
  readonly covariance: Covariance | 'given'
  readonly channels: readonly string[]
  /** Rows of a frame; a frame of several rows is one vector, row by row. */
  readonly rows: number
  readonly center: readonly number[]
  readonly deviation: readonly number[]
  /** Inverse square root of the correlation, its upper triangle row by row. */
  readonly whitening: readonly number[]
}

const LEDOIT_WOLF_ROWS = 30
/** The covariance of more columns takes seconds to factor and learns nothing from a few dozen windows. */
const MAX_COLUMNS = 512

/**
 * Mahalanobis distance D (not D²) from the mean of the block. The covariance is factored once, at fit. Contributions are the
 * squares of the ZCA-cor whitened deviations (see `whiten`), added up per channel where frames have several rows. Works best on scaled columns,
 * since Ledoit-Wolf shrinks towards equal variances.
 */
export function makeMahalanobis(options: MahalanobisOptions): Detector {
  const covariance = readChoice('covariance', options.covariance, COVARIANCES, 'ledoit-wolf')
  return {
    line: `mahalanobis ${covariance}`,
    minimumRows: (columns) => fewest(covariance, columns),
    fit: (frames) => fit(covariance, frames),
    load: (body) => new MahalanobisModel(readMahalanobis(body)),
  }
}

export const mahalanobis: DetectorSpec = {
  name: 'mahalanobis',
  labelKey: 'detector.mahalanobis',
  defaults: { covariance: 'ledoit-wolf' },
  make: (settings) =>
    makeMahalanobis({
      covariance: readChoice('covariance', settings.covariance, COVARIANCES, 'ledoit-wolf'),
    }),
}

function fewest(covariance: Covariance, columns: number): number {
  return covariance === 'ledoit-wolf' ? LEDOIT_WOLF_ROWS : Math.max(LEDOIT_WOLF_ROWS, 2 * columns)
}

function fit(covariance: Covariance, frames: readonly Frame[]): FittedPart {
  const block = new Block(frames)
  const { channels, rows } = block
  const columns = channels.length * rows
  if (columns > MAX_COLUMNS) {
    throw new InputError('detector.tooManyColumns', { field: 'msg.payload', got: columns, max: MAX_COLUMNS })
  }
  const need = fewest(covariance, columns)
  if (covariance === 'empirical' && frames.length < need) {
    const params = { field: 'rows', method: covariance, columns, need, got: frames.length }
    throw new InputError('detector.tooFewForCovariance', params)
  }
  block.require(need)
  const warnings: DataWarning[] = [...inspect(block)]
  const vectors = new Float64Array(frames.length * columns)
  frames.forEach((frame, i) => vectors.set(frame.data, i * columns))
  const estimate = covariance === 'ledoit-wolf' ? ledoitWolfCovariance : empiricalCovariance
  const moments = estimate(vectors, columns)
  const { body, floored, condition } = mahalanobisBody(
    channels,
    rows,
    covariance,
    moments.mean,
    moments.covariance,
  )
  if (floored > 0) warnings.push({ key: 'detector.collinear', params: { count: floored, columns } })
  const figures = { columns, shrinkage: moments.shrinkage, condition }
  return { body, report: { rows: frames.length, warnings, figures } }
}

/**
 * The body for a mean and a covariance that come from elsewhere, such as another program's model.
 * @param covariance row-major, of rows × channels columns
 */
export function mahalanobisBody(
  channels: readonly string[],
  rows: number,
  method: MahalanobisBody['covariance'],
  mean: Float64Array,
  covariance: Float64Array,
): { body: MahalanobisBody; floored: number; condition: number } {
  const { deviation, matrix, floored, condition } = whiten(mean, covariance)
  const p = mean.length
  const whitening: number[] = []
  for (let i = 0; i < p; i++) for (let j = i; j < p; j++) whitening.push(matrix[i * p + j]!)
  const body: MahalanobisBody = {
    version: 1,
    covariance: method,
    channels: [...channels],
    rows,
    center: Array.from(mean),
    deviation: Array.from(deviation),
    whitening,
  }
  return { body, floored, condition }
}

/** Reads a body. @throws InputError where it is something else */
export function readMahalanobis(value: unknown): MahalanobisBody {
  const body = new BodyReader('mahalanobis', value)
  body.version(1)
  const channels = body.texts('channels')
  const rows = body.whole('rows')
  const columns = channels.length * rows
  return {
    version: 1,
    covariance: body.choice('covariance', [...COVARIANCES, 'given'] as const),
    channels,
    rows,
    center: Array.from(body.numbers('center', columns)),
    deviation: Array.from(body.positives('deviation', columns)),
    whitening: Array.from(body.numbers('whitening', (columns * (columns + 1)) / 2)),
  }
}

/** A Mahalanobis distance at work. */
export class MahalanobisModel implements Model<Score> {
  private readonly columns: number
  private readonly center: number[]
  /** 1 / deviation. */
  private readonly weight: number[]
  /** Rows padded with zeros to a multiple of 4, the size of a step of the product. */
  private readonly matrix: number[]
  private readonly padded: number
  private readonly scaled: number[]
  private readonly parts: number[]
  private readonly shares: Shares

  constructor(readonly body: MahalanobisBody) {
    const { channels, center, deviation, whitening } = body
    const p = center.length
    this.columns = p
    this.padded = 4 * Math.ceil(p / 4)
    this.center = doubles(p)
    this.weight = doubles(p)
    this.matrix = doubles(this.padded * p)
    this.scaled = doubles(p)
    this.parts = doubles(channels.length)
    this.shares = new Shares(channels)
    let at = 0
    for (let i = 0; i < p; i++) {
      this.center[i] = center[i]!
      this.weight[i] = 1 / deviation[i]!
      for (let j = i; j < p; j++) {
        this.matrix[i * p + j] = whitening[at]!
        this.matrix[j * p + i] = whitening[at++]!
      }
    }
  }

  /** @throws InputError where a frame has another shape, or a value that is not finite or too large to compute with */
  apply(frames: readonly Frame[]): readonly Score[] {
    const scores: Score[] = []
    for (let i = 0; i < frames.length; i++) scores.push(this.score(frames[i]!))
    return scores
  }

  /** Distance of one vector, in double precision; `parts` then holds the squares per channel. */
  distance(values: ArrayLike<number>): number {
    const { columns, center, weight, scaled, matrix, padded, parts } = this
    for (let j = 0; j < columns; j++) scaled[j] = (values[j]! - center[j]!) * weight[j]!
    const channels = parts.length
    for (let c = 0; c < channels; c++) parts[c] = 0
    let square = 0
    // Four rows at a time: each deviation is read once for four sums that do not wait for one another.
    for (let i = 0; i < padded; i += 4) {
      const at = i * columns
      let a = 0
      let b = 0
      let c = 0
      let d = 0
      for (let j = 0; j < columns; j++) {
        const x = scaled[j]!
        a += matrix[at + j]! * x
        b += matrix[at + columns + j]! * x
        c += matrix[at + 2 * columns + j]! * x
        d += matrix[at + 3 * columns + j]! * x
      }
      a *= a
      b *= b
      c *= c
      d *= d
      square += a + b + c + d
      // What lies beyond the last row is 0.
      parts[i % channels]! += a
      parts[(i + 1) % channels]! += b
      parts[(i + 2) % channels]! += c
      parts[(i + 3) % channels]! += d
    }
    return Math.sqrt(square)
  }

  private score(frame: Frame): Score {
    checkShape(frame, this.body.channels, this.body.rows)
    const score = this.distance(frame.data)
    if (!(score < Infinity)) throw notScorable(frame, (i) => this.scaled[i]!)
    return { score, contributions: this.shares.of(this.parts) }
  }
}
