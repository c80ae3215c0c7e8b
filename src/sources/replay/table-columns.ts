import { InputError } from '../../core/errors'
import { checkNames, numberedNames } from '../../core/read-table'
import { TOPIC_COLUMN, WINDOW_COLUMN } from '../../core/record/encode'
import { fieldNumber } from '../decode/row-collector'

/** Which columns of a recorded table are what: by the name in its header, or by number from 1. */
export interface TableSettings {
  /** Columns that are wanted, in a file without a header by number or in order; all that hold numbers where empty. */
  readonly wanted: readonly string[]
  /** Column of times; one that is called time, timestamp, date or datetime if not given, none where empty. */
  readonly time?: string
  readonly group?: string
  /** Column of labels; one that is called label, anomaly or is_anomaly if not given. */
  readonly label?: string
  readonly ignore: readonly string[]
  /** Only lines in which this column reads `text`. */
  readonly filter?: { readonly column: string; readonly text: string }
}

/** Where everything is found; -1 is a column that is not there. */
export interface TableColumns {
  readonly names: readonly string[]
  readonly indices: readonly number[]
  readonly time: number
  readonly group: number
  readonly label: number
  readonly topic: number
  readonly filter: number
  /** Fields of a line. */
  readonly width: number
}

const TIME_NAMES = /^(time|timestamp|datetime|date)$/i
const COLUMN_NUMBER = /^[1-9]\d{0,3}$/
const LABEL_NAMES = /^(labels?|anomaly|is_anomaly)$/i

/** A first line without a number, each field with a name of its own. */
export function isHeader(fields: readonly string[]): boolean {
  const names = fields.map((field) => field.trim())
  return (
    names.every((name) => name !== '' && Number.isNaN(fieldNumber(name))) &&
    new Set(names).size === names.length
  )
}

/**
 * Finds the columns of one file.
 * @param header undefined where the file has none
 * @param first fields of the first line with data
 * @param file for errors
 * @throws InputError where a column is asked for that is not there, or none is left
 */
export function findColumns(
  header: readonly string[] | undefined,
  first: readonly string[],
  settings: TableSettings,
  file: string,
): TableColumns {
  const given = header?.map((name) => name.trim()) ?? numberedNames(first.length, file)
  const find = (name: string): number => {
    const column = given.indexOf(name)
    if (column >= 0) return column
    if (COLUMN_NUMBER.test(name) && Number(name) <= first.length) return Number(name) - 1
    throw new InputError('replay.noColumn', {
      field: file,
      column: name,
      columns: given.slice(0, 20).join(', '),
    })
  }
  const role = (name: string | undefined, usual?: RegExp): number => {
    if (name !== undefined) return name === '' ? -1 : find(name)
    return usual === undefined || header === undefined ? -1 : given.findIndex((one) => usual.test(one))
  }
  const { wanted } = settings
  const time = role(settings.time, TIME_NAMES)
  const group = role(settings.group)
  const label = role(settings.label, LABEL_NAMES)
  const filter = settings.filter === undefined ? -1 : find(settings.filter.column)
  const topic = wanted.includes(TOPIC_COLUMN) ? -1 : given.indexOf(TOPIC_COLUMN)
  const taken = new Set([
    topic,
    time,
    group,
    label,
    filter,
    given.indexOf(WINDOW_COLUMN),
    ...settings.ignore.map(find),
  ])
  const free = given.flatMap((_, i) => (!taken.has(i) && mayBeNumber(first[i] ?? '') ? [i] : []))
  const inOrder =
    header === undefined && !wanted.some((name) => COLUMN_NUMBER.test(name) || given.includes(name))
  const indices =
    wanted.length === 0
      ? free
      : inOrder && wanted.length <= free.length
        ? free.slice(0, wanted.length)
        : wanted.map(find)
  if (indices.length === 0)
    throw new InputError('replay.noNumbers', { field: file, columns: given.slice(0, 20).join(', ') })
  const names = wanted.length > 0 ? wanted : indices.map((i) => given[i]!)
  checkNames(names, file)
  return { names, indices, time, group, label, topic, filter, width: first.length }
}

/** An empty field may be a missing value. */
function mayBeNumber(field: string): boolean {
  return field.trim() === '' || !Number.isNaN(fieldNumber(field))
}
