import { ConfigError, InputError } from '../../core/errors'
import { checkNames } from '../../core/read-table'

/** Which columns of a CSV file are what; names that are not given are found out from the header. */
export interface Wanted {
  /** Channels by name, in this order; without them, every column that is nothing else. */
  readonly channels?: readonly string[]
  /** Column of times; `none`: there is none. Without it, a column that is called `time` or `timestamp`. */
  readonly time?: string
  readonly group?: string
  readonly context?: string
  readonly ignore?: readonly string[]
  /** True where columns that are nothing else are handed on as text. */
  readonly carry?: boolean
}

/** Where everything is found in the lines of one file. */
export interface ColumnPlan {
  readonly names: readonly string[]
  readonly separator: Separator
  readonly channels: readonly string[]
  /** Of each column: which channel it is, or -1. */
  readonly channelOf: Int32Array
  /** Of each column: which text of a row it is, or -1. */
  readonly textOf: Int32Array
  readonly texts: number
  /** Index of the text that is the time, group, context; -1 where there is none. */
  readonly time: number
  readonly group: number
  readonly context: number
  /** Texts handed on, with the names of their columns. */
  readonly carried: readonly { readonly name: string; readonly text: number }[]
}

export type Separator = ',' | ';' | '\t'

const TIME_NAMES = /^(time|timestamp|datetime|date)$/i
/** What says whether a row is anomalous must not be learned from. */
const LABEL_NAMES = /^(labels?|anomaly|is_anomaly)$/i

/** The separator of a header: the first of tab, semicolon, comma that it has. */
export function separatorOf(header: string): Separator {
  if (header.includes('\t')) return '\t'
  return header.includes(';') ? ';' : ','
}

/** True for a column that holds labels, by its name: no channel unless it is asked for. */
export function isLabelName(name: string): boolean {
  return LABEL_NAMES.test(name)
}

/**
 * Plans how to read lines under a header.
 * @throws ConfigError where an option names a column that is not there; InputError where a channel is missing or no column is left
 */
export function planColumns(
  names: readonly string[],
  separator: Separator,
  wanted: Wanted,
  file: string,
): ColumnPlan {
  const find = (field: string, name: string | undefined): number => {
    if (name === undefined) return -1
    const column = names.indexOf(name)
    if (column < 0) throw new ConfigError('cli.noColumn', { field, column: name, file, columns: list(names) })
    return column
  }
  const isAsked = (name: string): boolean => wanted.channels?.includes(name) === true
  const time =
    wanted.time === undefined
      ? names.findIndex((name) => TIME_NAMES.test(name) && !isAsked(name))
      : wanted.time === 'none'
        ? -1
        : find('--time', wanted.time)
  const group = find('--group', wanted.group)
  const context = find('--context', wanted.context)
  const ignored = new Set(wanted.ignore ?? [])
  const isFree = (column: number): boolean =>
    column !== time && column !== group && column !== context && names[column] !== ''
  const channels =
    wanted.channels ??
    names.filter((name, column) => isFree(column) && !ignored.has(name) && !isLabelName(name))
  if (channels.length === 0) throw new InputError('cli.noChannels', { field: file, columns: list(names) })
  checkNames(channels, file)
  const channelOf = new Int32Array(names.length).fill(-1)
  channels.forEach((name, channel) => {
    const column = names.indexOf(name)
    if (column < 0)
      throw new InputError('cli.missingChannel', { field: file, channel: name, columns: list(names) })
    channelOf[column] = channel
  })
  const textOf = new Int32Array(names.length).fill(-1)
  let texts = 0
  const text = (column: number): number => {
    if (column < 0) return -1
    if (textOf[column] === -1) textOf[column] = texts++
    return textOf[column]!
  }
  const roles = { time: text(time), group: text(group), context: text(context) }
  const carried =
    wanted.carry === true
      ? names.flatMap((name, column) =>
          name !== '' && column !== time && column !== group && channelOf[column] === -1
            ? [{ name, text: text(column) }]
            : [],
        )
      : []
  return { names, separator, channels, channelOf, textOf, texts, ...roles, carried }
}

function list(names: readonly string[]): string {
  return names.length <= 20 ? names.join(', ') : `${names.slice(0, 20).join(', ')} …`
}
