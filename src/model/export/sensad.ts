import { InputError } from '../../core/errors'
import { SENSAD_TYPE, type SensadBaseline, type SensadMeta } from '../import/sensad'

/**
 * sensad's `baseline.json`: what its `infer`, `score_csv.py` and `score_stream.py` read. Numbers are in full precision.
 * @throws InputError where a value is not finite, which JSON cannot hold
 */
export function writeSensadBaseline(baseline: SensadBaseline): string {
  const { columns, threshold, agg, trainQuantile } = baseline
  return jsonText({
    type: SENSAD_TYPE,
    columns,
    med: byColumn('med', baseline),
    mad: byColumn('mad', baseline),
    threshold: finite('threshold', threshold),
    agg,
    train_quantile: finite('train_quantile', trainQuantile),
  })
}

/** sensad's `meta.json`, which it keeps beside the baseline. */
export function writeSensadMeta({ model, device, rows, columns }: SensadMeta): string {
  return jsonText({ model, device, n_rows: rows, columns })
}

function byColumn(
  name: 'med' | 'mad',
  { columns, [name]: values }: SensadBaseline,
): Readonly<Record<string, number>> {
  return Object.fromEntries(columns.map((column, i) => [column, finite(`${name} of ${column}`, values[i]!)]))
}

function finite(field: string, value: number): number {
  if (!Number.isFinite(value)) throw new InputError('files.notFinite', { field, what: 'value' })
  return value
}

/** As Python's json.dump with indent 2 writes it: in ASCII, which Python reads whatever the system's encoding is. */
function jsonText(value: unknown): string {
  const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  return JSON.stringify(value, undefined, 2).replace(/[\u007f-\uffff]/g, escaped)
}
