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
  readonly fromHeader: boolean
}

/** The columns that a header names; where none are wanted, all of them. */
export function columnsOfHeader(header: readonly string[], options: CsvOptions): Columns {
  const { wanted, filter, timeField, sequenceField } = options
  const indexOf = (field: string | undefined): number =>
    field === undefined ? -1 : findColumn(field, header)
  const roles = {
    time: indexOf(timeField),
    sequence: indexOf(sequenceField),
    filter: indexOf(filter?.column),
  }
  const others = othersThan(Object.values(roles), header.length)
  const indices = wanted.length === 0 ? others : wanted.map(indexOf)
  const names = wanted.length === 0 ? others.map((i) => header[i]!) : wanted
  return { names, indices, ...roles, width: header.length, fromHeader: true }
}

/** Columns without a header: the wanted ones by number, or in order; where none are wanted, ch1, ch2 …. */
export function columnsOfWidth(width: number, options: CsvOptions): Columns {
  const { wanted, filter, timeField, sequenceField } = options
  const indexOf = (field: string | undefined): number => (field === undefined ? -1 : columnNumber(field))
  const roles = {
    time: indexOf(timeField),
    sequence: indexOf(sequenceField),
    filter: indexOf(filter?.column),
  }
  const others = othersThan(Object.values(roles), width)
  const byNumber = wanted.length > 0 && wanted.every((field) => columnNumber(field) >= 0)
  const indices =
    wanted.length === 0 ? others : byNumber ? wanted.map(columnNumber) : wanted.map((_, i) => others[i] ?? -1)
  const names = wanted.length === 0 ? others.map((i) => `ch${i + 1}`) : wanted
  return { names, indices, ...roles, width, fromHeader: false }
}

function othersThan(taken: readonly number[], width: number): readonly number[] {
  const all = Array.from({ length: Math.min(width, MAX_CHANNELS) }, (_, i) => i)
  return all.filter((i) => !taken.includes(i))
}

/** Index of a column by its name in the header, or by its number from 1. */
function findColumn(field: string, header: readonly string[]): number {
  const byName = header.indexOf(field)
  if (byName >= 0) return byName
  const number = columnNumber(field)
  return number < header.length ? number : -1
}

function columnNumber(field: string): number {
  return /^[1-9]\d{0,3}$/.test(field) ? Number(field) - 1 : -1
}
