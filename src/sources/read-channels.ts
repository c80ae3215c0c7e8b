import { ConfigError } from '../core/errors'
import { isEmpty, readNumber, readText } from '../core/read-settings'
import type { ChannelSetting } from './source-settings'

/** Reads the list of channels as a dialog keeps it: name, unit, scale, offset, from. @throws ConfigError that names the row */
export function readChannels(rows: unknown, field: string): readonly ChannelSetting[] {
  if (isEmpty(rows)) return []
  if (!Array.isArray(rows)) throw new ConfigError('settings.notText', { field, got: typeof rows })
  return rows.map((value: unknown, i) => {
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
}
