import { CsvDecoder } from './csv'
import type { DecodeContext, DecodeResult, Decoder, DecoderSpec, DecodeSettings } from './decoder'
import { linesOf } from './decode-text'
import { Refusals } from '../../core/refusals'

const COLUMNS = ['CPU Load (%)', 'CPU Frequency (MHz)', 'CPU Temp (°C)', 'RAM Usage (MB)'] as const

/**
 * Rows of the Raspberry Pi metrics project: `Timestamp,CPU Load (%),CPU Frequency (MHz),CPU Temp (°C),RAM Usage (MB)`, or the four
 * numbers of its `input_data.txt` (load, frequency, temperature, memory). Both give the same columns.
 */
class PiMetricsDecoder implements Decoder {
  readonly framing = { kind: 'lines' } as const
  private readonly rows: CsvDecoder
  private readonly bare: CsvDecoder

  constructor({ wanted, timeField }: DecodeSettings) {
    const columns = wanted.length === 0 ? COLUMNS : wanted
    const options = { separator: ',', header: 'no' }
    this.rows = new CsvDecoder(
      {
        wanted: columns,
        timeField: timeField === undefined ? undefined : 'Timestamp',
        timeUnit: 'iso',
        options: { ...options, comment: 'Timestamp' },
      },
      ['Timestamp', ...COLUMNS],
    )
    this.bare = new CsvDecoder({ wanted: columns, timeUnit: 'ms', options }, COLUMNS)
  }

  decode(chunk: unknown, context: DecodeContext): DecodeResult {
    const lines = linesOf(chunk, new Refusals())
    const first = lines.find((line) => line.trim() !== '')
    const decoder = first !== undefined && first.split(',').length === COLUMNS.length ? this.bare : this.rows
    return decoder.decode(chunk, context)
  }
}

export const piMetrics: DecoderSpec = {
  name: 'pi-metrics',
  label: 'Raspberry Pi metrics (CSV)',
  settings: [],
  example:
    'Timestamp,CPU Load (%),CPU Frequency (MHz),CPU Temp (°C),RAM Usage (MB)\n2024-11-10 03:12:13.316930,10,2756.4,52.1,2487.0\n',
  clocks: ['device'],
  defaults: {
    channels: [
      { name: 'cpu_load', unit: '%', from: COLUMNS[0] },
      { name: 'cpu_freq', unit: 'MHz', from: COLUMNS[1] },
      { name: 'cpu_temp', unit: '°C', from: COLUMNS[2] },
      { name: 'ram_usage', unit: 'MB', from: COLUMNS[3] },
    ],
    rate: 1,
    clock: 'device',
    timeField: 'Timestamp',
    timeUnit: 'iso',
  },
  create: (settings) => new PiMetricsDecoder(settings),
}
