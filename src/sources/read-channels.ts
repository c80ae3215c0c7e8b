import { describeValue } from '../core/describe-value'
import { ConfigError } from '../core/errors'
import { flawOfNames } from '../core/read-table'
import { isEmpty, readNumber, readText } from '../core/read-settings'
import type { ChannelSetting } from './source-settings'

/**
 * Reads the list of channels as a dialog keeps it: name, unit, scale, offset, from.
 * @throws ConfigError that names the row, or a name that no later node could work with
 */
export function readChannels(field: string, rows: unknown): readonly ChannelSetting[] {
  if (isEmpty(rows)) return []
  if (!Array.isArray(rows)) throw new ConfigError('settings.notAList', { field, got: describeValue(rows) })
  const channels = rows.map((value: unknown, i): ChannelSetting => {
    const at = `${field} ${i + 1}`
    if (typeof value !== 'object' || value === null) throw new ConfigError('settings.missing', { field: at })
    const row = value as Readonly<Record<string, unknown>>
    const from = readText(at, row['from'], '')
    return {
      name: readText(at, row['name']),
      unit: readText(at, row['unit'], ''),
      scale: readNumber(at, row['scale'], { fallback: 1 }),
      offset: readNumber(at, row['offset'], { fallback: 0 }),
      ...(from === '' ? {} : { from }),
    }
  })
  const flaw =
    channels.length === 0
      ? undefined
      : flawOfNames(
          channels.map(({ name }) => name),
          field,
        )
  if (flaw !== undefined) throw new ConfigError(flaw.key, flaw.params)
  return channels
}
