import { ConfigError } from '../../core/errors'
import { readChoice, readText } from '../../core/read-settings'
import type { DecoderSetting, DecodeSettings, TimeUnit } from './decoder'
import type { Separator } from './split-fields'

/** Settings of the CSV decoder beside those that all share. */
export const CSV_SETTINGS: readonly DecoderSetting[] = [
  {
    name: 'separator',
    label: 'Separator',
    kind: 'choice',
    choices: ['auto', ',', ';', 'tab', 'space'],
    fallback: 'auto',
  },
  { name: 'header', label: 'Header line', kind: 'choice', choices: ['auto', 'yes', 'no'], fallback: 'auto' },
  { name: 'comment', label: 'Comment mark', kind: 'text', fallback: '#' },
  { name: 'filter', label: 'Only lines with', kind: 'text', fallback: '' },
]

/** Only lines in which `column` (name, or number from 1) reads `text` are taken. */
export interface LineFilter {
  readonly column: string
  readonly text: string
}

export interface CsvOptions {
  /** Undefined: found out from each line. */
  readonly separator?: Separator
  readonly header: 'auto' | 'yes' | 'no'
  /** Lines that begin with it are skipped; empty: none. */
  readonly comment: string
  readonly filter?: LineFilter
  readonly wanted: readonly string[]
  readonly timeField?: string
  readonly timeUnit: TimeUnit
  readonly sequenceField?: string
  /** Names of the columns of lines without a header, where the format knows them. */
  readonly order?: readonly string[]
}

/** @throws ConfigError */
export function readCsvOptions({ options, ...shared }: DecodeSettings): Omit<CsvOptions, 'order'> {
  const separator = readChoice('separator', options.separator, ['auto', ',', ';', 'tab', 'space'], 'auto')
  const characters = { auto: undefined, ',': ',', ';': ';', tab: '\t', space: ' ' } as const
  return {
    ...shared,
    separator: characters[separator],
    header: readChoice('header', options.header, ['auto', 'yes', 'no'], 'auto'),
    comment: readText('comment', options.comment, Object.hasOwn(options, 'comment') ? '' : '#'),
    filter: readFilter(readText('filter', options.filter, '')),
  }
}

function readFilter(text: string): LineFilter | undefined {
  if (text.trim() === '') return undefined
  const at = text.indexOf('=')
  const column = text.slice(0, Math.max(0, at)).trim()
  if (column === '') throw new ConfigError('sources.badFilter', { field: 'filter', got: text })
  return { column, text: text.slice(at + 1).trim() }
}
