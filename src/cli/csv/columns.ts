import { ConfigError, InputError } from '../../core/errors'
import { checkNames } from '../../core/read-table'
import { TOPIC_COLUMN, WINDOW_COLUMN } from '../../core/record/encode'

/** Which columns of a CSV file are what; names that are not given are found out from the header. */
export interface Wanted {
  /** Channels by name, in this order; without them, every column that is nothing else. */
  readonly channels?: readonly string[]
  /** Column of times; `none`: there is none. Without it, a column that is called `time` or `timestamp`. */
  readonly time?: string
  readonly group?: string
  readonly context?: string
  readonly ignore?: readonly string[]
  /** True where files may begin with data: then columns go by number from 1, and channels by their order. */
  readonly noHeader?: boolean
  /** `COLUMN=TEXT`: only rows in which this column reads so. */
  readonly filter?: string
  /** Of the above, what a model remembers and nobody asked for now: files that lack it are read without. */
  readonly remembered?: ReadonlySet<Remembered>
  /** True where columns that are nothing else are handed on as text. */
  readonly carry?: boolean
}

/** What a file may lack where only the model speaks of it. */
export type Remembered = 'group' | 'filter'

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
  /** Only rows whose text of this index is `text`. */
  readonly filter?: { readonly index: number; readonly text: string }
  /** Remembered columns that this file lacks. */
  readonly lacking: readonly { readonly role: Remembered; readonly column: string }[]
  /** Texts handed on, with the names of their columns. */
  readonly carried: readonly { readonly name: string; readonly text: number }[]
}

export type Separator = ',' | ';' | '\t'

const TIME_NAMES = /^(time|timestamp|datetime|date)$/i
/** What says whether a row is anomalous must not be learned from. */
const LABEL_NAMES = /^(labels?|anomaly|is_anomaly)$/i

/** In place of a column: there is none. */
const NONE = 'none'

/** Columns that `record` adds: no channels unless they are asked for. */
const RECORDED_NAMES: ReadonlySet<string> = new Set([TOPIC_COLUMN, WINDOW_COLUMN])

const COLUMN_NUMBER = /^[1-9]\d{0,3}$/

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
 * Plans how to read lines under a header, or lines without one.
 * @throws ConfigError where an option names a column that is not there; InputError where a channel is missing or no column is left
 */
export function planColumns(
  header: readonly string[],
  separator: Separator,
  wanted: Wanted,
  file: string,
  isHeadless = false,
): ColumnPlan {
  let names = header
  const find = (field: string, name: string | undefined): number => {
    if (name === undefined) return -1
    const column = names.indexOf(name)
    if (column < 0 && COLUMN_NUMBER.test(name) && Number(name) <= names.length) return Number(name) - 1
    if (column < 0) throw new ConfigError('cli.noColumn', { field, column: name, file, columns: list(names) })
    return column
  }
  const lacking: { role: Remembered; column: string }[] = []
  const findOrLack = (role: Remembered, name: string | undefined): number => {
    if (name === undefined || name === NONE) return -1
    // Numbers that were learned of a file without a header are no columns of one that has names.
    const isThere = names.includes(name) || (isHeadless && Number(name) <= names.length)
    if (isThere || wanted.remembered?.has(role) !== true) return find(`--${role}`, name)
    lacking.push({ role, column: name })
    return -1
  }
  const ignored = new Set(wanted.ignore ?? [])
  const isAsked = (name: string): boolean => wanted.channels?.includes(name) === true
  const time =
    wanted.time === undefined
      ? names.findIndex((name) => TIME_NAMES.test(name) && !isAsked(name) && !ignored.has(name))
      : wanted.time === NONE
        ? -1
        : find('--time', wanted.time)
  const group = findOrLack('group', wanted.group)
  const context = wanted.context === NONE ? -1 : find('--context', wanted.context)
  const filter = readFilter(wanted.filter)
  const filterColumn = findOrLack('filter', filter?.column)
  const taken = new Set([time, group, context, filterColumn])
  const isFree = (column: number): boolean => !taken.has(column) && names[column] !== ''
  if (isHeadless && wanted.channels?.some((name) => !names.includes(name)) === true)
    names = inOrder(names, wanted.channels, (column) => isFree(column) && !ignored.has(names[column]!))
  const channels =
    wanted.channels ??
    names.filter(
      (name, column) =>
        isFree(column) && !ignored.has(name) && !isLabelName(name) && !RECORDED_NAMES.has(name),
    )
  if (channels.length === 0) throw new InputError('cli.noChannels', { field: file, columns: list(names) })
  checkNames(channels, file)
  // Once channels are named, what else a file may hold does not matter.
  if (wanted.channels === undefined) for (const name of ignored) find('--ignore', name)
  const twice = channels.find((name) => names.indexOf(name) !== names.lastIndexOf(name))
  if (twice !== undefined) throw new InputError('cli.columnTwice', { field: file, column: twice })
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
  const roles = {
    ...{ time: text(time), group: text(group), context: text(context) },
    ...(filter === undefined || filterColumn < 0
      ? {}
      : { filter: { index: text(filterColumn), text: filter.text } }),
  }
  const isPlaced = (column: number): boolean => [time, group, filterColumn].includes(column)
  const carried =
    wanted.carry === true
      ? names.flatMap((name, column) =>
          name !== '' && !isPlaced(column) && channelOf[column] === -1 ? [{ name, text: text(column) }] : [],
        )
      : []
  return { names, separator, channels, channelOf, textOf, texts, ...roles, lacking, carried }
}

/** What `COLUMN=TEXT` means. @throws ConfigError */
export function readFilter(filter: string | undefined): { column: string; text: string } | undefined {
  if (filter === undefined || filter === NONE) return undefined
  const at = filter.indexOf('=')
  const column = filter.slice(0, Math.max(0, at)).trim()
  if (column === '') throw new ConfigError('cli.badFilter', { field: '--filter', got: filter })
  return { column, text: filter.slice(at + 1).trim() }
}

/** The names with those of the channels in place of the numbers of the free columns, in order. */
function inOrder(
  names: readonly string[],
  channels: readonly string[],
  isFree: (column: number) => boolean,
): readonly string[] {
  const rest = [...channels]
  return names.map((name, column) => (isFree(column) ? (rest.shift() ?? name) : name))
}

function list(names: readonly string[]): string {
  return names.length <= 20 ? names.join(', ') : `${names.slice(0, 20).join(', ')} …`
}
