import { InputError } from '../../core/errors'
import { checkNames } from '../../core/read-table'
import { DocumentReader } from '../document'
import { textOf } from './bounded-bytes'

/**
 * A robust z model as sensad keeps it in `baseline.json`. With z = |x − med| / (1.4826 · mad + 1e-12) for each column, the score is
 * the largest z (`max`) or their mean (`mean`), and a row is an anomaly where the score is at least the threshold.
 */
export interface SensadBaseline {
  readonly columns: readonly string[]
  /** Median of each column. */
  readonly med: Float64Array
  /** Median absolute deviation of each column, without the factor 1.4826. */
  readonly mad: Float64Array
  readonly threshold: number
  readonly agg: 'max' | 'mean'
  /** Quantile of the training scores that gave the threshold. */
  readonly trainQuantile: number
}

/** What sensad notes of a training run in `meta.json`, beside the baseline. */
export interface SensadMeta {
  readonly model: string
  readonly device: string
  readonly rows: number
  readonly columns: readonly string[]
}

export const SENSAD_TYPE = 'baseline_robust_z'
const MAX_BYTES = 4_194_304
const MAX_COLUMNS = 4096

/** Reads sensad's `baseline.json`. @throws InputError */
export function readSensadBaseline(bytes: Uint8Array, field: string): SensadBaseline {
  const document = new DocumentReader(field, parseJson(bytes, field))
  document.at('type').choice([SENSAD_TYPE])
  const columns = readColumns(document, field)
  const values = (name: 'med' | 'mad'): Float64Array => {
    const object = document.at(name)
    return Float64Array.from(columns, (column) => object.at(column).finite())
  }
  const mad = values('mad')
  const negative = mad.findIndex((value) => value < 0)
  if (negative >= 0) document.at('mad').at(columns[negative]!).fail('a number of at least 0')
  const quantile = document.optional('train_quantile')
  const trainQuantile = quantile?.finite() ?? 0.995
  if (!(trainQuantile >= 0 && trainQuantile <= 1)) quantile?.fail('a number from 0 to 1')
  return {
    columns,
    med: values('med'),
    mad,
    threshold: document.at('threshold').finite(),
    agg: document.optional('agg')?.choice(['max', 'mean']) ?? 'max',
    trainQuantile,
  }
}

/** Reads sensad's `meta.json`. @throws InputError */
export function readSensadMeta(bytes: Uint8Array, field: string): SensadMeta {
  const document = new DocumentReader(field, parseJson(bytes, field))
  return {
    model: document.at('model').text(100),
    device: document.at('device').text(100),
    rows: document.at('n_rows').whole(0),
    columns: readColumns(document, field),
  }
}

/** The JSON of a file, at most 4 MB. @throws InputError */
export function parseJson(bytes: Uint8Array, field: string): unknown {
  if (bytes.length > MAX_BYTES) {
    throw new InputError('files.tooLarge', { field, got: `${bytes.length} bytes`, max: MAX_BYTES })
  }
  try {
    return JSON.parse(textOf(bytes)) as unknown
  } catch (error) {
    throw new InputError('files.notThatKind', { field, expected: 'JSON' }, { cause: error })
  }
}

function readColumns(document: DocumentReader, field: string): readonly string[] {
  const columns = document
    .at('columns')
    .list(MAX_COLUMNS)
    .map((column) => column.text(200))
  checkNames(columns, `${field} (columns)`)
  return columns
}
