import { MAX_CHANNELS } from '../../core/read-table'
import type { CsvOptions } from './csv-options'

/** Where the columns of one stream are found; an index of -1 is a column that is not there. */
export interface Columns {
  readonly names: readonly string[]
  readonly indices: readonly number[]
  readonly time: number
  readonly sequence: number
  readonly filter: number
  /** Fields of a line. */
  readonly width: number
  /** The header that named them, where there was one. */
  readonly header?: readonly string[]
  /** The first column asked for that the header lacks. */
  readonly lacks?: string
}

/** The columns that a header names; where none are wanted, all of them. */
export function columnsOfHeader(header: readonly string[], options: CsvOptions): Columns {
  const { wanted, timeField, sequenceField } = options
  const { roles, others, indexOf } = rolesIn(header, options)
  const indices = wanted.length === 0 ? others : wanted.map(indexOf)
  const names = wanted.length === 0 ? others.map((i) => header[i]!) : wanted
  const lacks = [...wanted, timeField, sequenceField].find(
    (field) => field !== undefined && indexOf(field) < 0,
  )
  return { names, indices, ...roles, width: header.length, header, ...(lacks === undefined ? {} : { lacks }) }
}

/**
 * Columns without a header: the wanted ones by number, or by their names where the format has a known order of columns; the rest of
 * the wanted ones are taken in order of the columns that are left. Where none are wanted, all, as ch1, ch2 ….
 */
export function columnsOfWidth(width: number, options: CsvOptions): Columns {
  const { wanted, order = [] } = options
  const given = Array.from({ length: Math.min(width, MAX_CHANNELS) }, (_, i) => order[i] ?? `ch${i + 1}`)
  const { roles, others, indexOf } = rolesIn(given, options)
  if (wanted.length === 0) return { names: others.map((i) => given[i]!), indices: others, ...roles, width }
  const known = wanted.map(indexOf)
  const free = others.filter((i) => !known.includes(i)).values()
  const indices = known.map((i) => (i < 0 ? (free.next().value ?? -1) : i))
  return { names: wanted, indices, ...roles, width }
}

interface Roles {
  readonly roles: Pick<Columns, 'time' | 'sequence' | 'filter'>
  /** Columns that have no role. */
  readonly others: readonly number[]
  indexOf(field: string | undefined): number
}

function rolesIn(given: readonly string[], { filter, timeField, sequenceField }: CsvOptions): Roles {
  const indexOf = (field: string | undefined): number => (field === undefined ? -1 : findColumn(field, given))
  const roles = {
    time: indexOf(timeField),
    sequence: indexOf(sequenceField),
    filter: indexOf(filter?.column),
  }
  const taken = Object.values(roles)
  const others = Array.from({ length: Math.min(given.length, MAX_CHANNELS) }, (_, i) => i)
  return { roles, others: others.filter((i) => !taken.includes(i)), indexOf }
}

/** Index of a column by its name, or by its number from 1. */
function findColumn(field: string, given: readonly string[]): number {
  const byName = given.indexOf(field)
  if (byName >= 0) return byName
  const number = columnNumber(field)
  return number < given.length ? number : -1
}

/** Index of the column that this text is the number of, counted from 1; -1 where it is none. */
export function columnNumber(field: string): number {
  return /^[1-9]\d{0,3}$/.test(field) ? Number(field) - 1 : -1
}
