import { ConfigError } from '../../core/errors'
import { isEmpty, readChoice, readFlag, readNumber, readText, readWhole } from '../../core/read-settings'
import { readChannels } from '../read-channels'
import type { ChannelSetting } from '../source-settings'
import type { TableSettings } from './table-columns'
import { RECORDED_TIME_UNITS, type RecordedTimeUnit } from './time-column'

export interface ReplaySettings {
  /** Empty: the columns that the files have. */
  readonly channels: readonly ChannelSetting[]
  readonly table: TableSettings
  readonly timeUnit: RecordedTimeUnit
  /** Nominal rate, Hz. */
  readonly rate?: number
  /** Rows in a message; undefined: a tenth of a second of them. */
  readonly batch?: number
  /** The folder that a file lies in names its label. */
  readonly labelByFolder: boolean
  /** Times begin as recorded, or now. */
  readonly times: 'recorded' | 'now'
  /** 1: as fast as it was recorded; 0: as fast as the flow takes it. */
  readonly speed: number
  readonly loop: boolean
}

export type ReplayField =
  | 'channels'
  | 'rate'
  | 'timeColumn'
  | 'timeUnit'
  | 'group'
  | 'labelColumn'
  | 'ignore'
  | 'filter'
  | 'batch'
  | 'labelByFolder'
  | 'times'
  | 'speed'
  | 'loop'

/** Reads the settings of a dialog. @throws ConfigError that names the field */
export function readReplaySettings(
  config: Readonly<Record<string, unknown>>,
  name: (field: ReplayField) => string = (field) => field,
): ReplaySettings {
  const channels = readChannels(name('channels'), config['channels'])
  const column = (field: 'timeColumn' | 'group' | 'labelColumn'): string | undefined => {
    const text = readText(name(field), config[field], '').trim()
    return text === 'none' ? '' : text || undefined
  }
  const optional = (field: 'rate' | 'batch', read: typeof readNumber, max: number): number | undefined =>
    isEmpty(config[field])
      ? undefined
      : read(name(field), config[field], { min: field === 'batch' ? 1 : 1e-6, max })
  const time = column('timeColumn')
  const group = column('group')
  const label = column('labelColumn')
  return {
    channels,
    table: {
      wanted: channels.map((channel) => channel.from ?? channel.name),
      ...(time === undefined ? {} : { time }),
      ...(group === undefined ? {} : { group }),
      ...(label === undefined ? {} : { label }),
      ignore: readText(name('ignore'), config['ignore'], '')
        .split(',')
        .map((one) => one.trim())
        .filter((one) => one !== ''),
      ...readFilter(readText(name('filter'), config['filter'], ''), name('filter')),
    },
    timeUnit: readChoice(name('timeUnit'), config['timeUnit'], RECORDED_TIME_UNITS, 'auto'),
    rate: optional('rate', readNumber, 1_000_000),
    batch: optional('batch', readWhole, 100_000),
    labelByFolder: readFlag(name('labelByFolder'), config['labelByFolder'], false),
    times: readChoice(name('times'), config['times'], ['recorded', 'now'] as const, 'recorded'),
    speed: readNumber(name('speed'), config['speed'], { min: 0, max: 1_000_000, fallback: 1 }),
    loop: readFlag(name('loop'), config['loop'], false),
  }
}

function readFilter(text: string, field: string): Pick<TableSettings, 'filter'> {
  if (text.trim() === '') return {}
  const at = text.indexOf('=')
  const column = text.slice(0, Math.max(0, at)).trim()
  if (column === '') throw new ConfigError('sources.badFilter', { field, got: text })
  return { filter: { column, text: text.slice(at + 1).trim() } }
}
