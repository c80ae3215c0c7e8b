import { CsvDecoder } from './csv'
import type { DecoderSpec } from './decoder'

const COLUMNS = ['temp', 'pressure', 'vibration'] as const

/**
 * Rows of sensad: `time,temp,pressure,vibration`, under a header or (`--no-header`) without one, times as dates; further columns
 * (labels, scores) are left.
 */
export const sensadCsv: DecoderSpec = {
  name: 'sensad-csv',
  label: 'sensad (time,temp,pressure,vibration)',
  settings: [],
  example: 'time,temp,pressure,vibration\n2026-01-01 00:00:00,50.07,5.08,0.81\n',
  clocks: ['device'],
  defaults: {
    channels: [
      { name: 'temp', unit: '°C' },
      { name: 'pressure', unit: 'bar' },
      { name: 'vibration', unit: 'g' },
    ],
    rate: 1,
    clock: 'device',
    timeField: 'time',
    timeUnit: 'iso',
  },
  create: ({ wanted, ...settings }) =>
    new CsvDecoder(
      {
        ...settings,
        wanted: wanted.length === 0 ? COLUMNS : wanted,
        timeField: settings.timeField === undefined ? undefined : 'time',
        timeUnit: 'iso',
        options: { separator: ',' },
      },
      ['time', ...COLUMNS],
    ),
}
