import { readChoice } from '../../core/read-settings'
import { CsvDecoder } from './csv'
import type { DecodeContext, DecodeResult, Decoder, DecoderSpec, DecodeSettings } from './decoder'
import { bytesOf, linesOf } from './decode-text'
import { Refusals } from '../../core/refusals'

/** First column of the log by what was measured; 2 is the accelerometer at an eighth of the sensitivity of 1. */
const CATEGORIES = { gyroscope: '0', accelerometer: '1', 'accelerometer 16 g': '2' } as const
type Category = keyof typeof CATEGORIES
const AXES = ['x', 'y', 'z'] as const

/**
 * Lines of the gyroscope LSTM project: `gx,gy,gz` as its device posts them, or `category,unix seconds,X,Y,Z` of its logs, of which one
 * category is taken; those have times of their own. Raw 16-bit integers.
 */
class GyroLogDecoder implements Decoder {
  readonly framing = { kind: 'lines' } as const
  private readonly rows: CsvDecoder
  private readonly log: CsvDecoder

  constructor({ options, ...shared }: DecodeSettings) {
    const category: Category = readChoice(
      'category',
      options.category,
      Object.keys(CATEGORIES) as Category[],
      'gyroscope',
    )
    const lines = { separator: ',', header: 'no' }
    const { wanted } = shared
    this.rows = new CsvDecoder({ wanted, timeUnit: 'ms', options: lines }, AXES)
    const filter = `category=${CATEGORIES[category]}`
    this.log = new CsvDecoder({ wanted, timeField: 'time', timeUnit: 's', options: { ...lines, filter } }, [
      'category',
      'time',
      ...AXES,
    ])
  }

  decode(chunk: unknown, context: DecodeContext): DecodeResult {
    if (typeof chunk !== 'string' && bytesOf(chunk) === undefined) return this.rows.decode(chunk, context)
    const lines = linesOf(chunk, new Refusals())
    const first = lines.find((line) => line.trim() !== '')
    const decoder = first !== undefined && first.split(',').length === 5 ? this.log : this.rows
    return decoder.decode(chunk, context)
  }

  reset(): void {
    this.rows.reset()
    this.log.reset()
  }
}

export const gyroLog: DecoderSpec = {
  name: 'gyro-log',
  label: 'Gyroscope LSTM (gx,gy,gz and logs)',
  example: '0,1733763890.0656893,115,-166,182\n1,1733763890.0680804,-2928,15059,-4437\n',
  settings: [
    {
      name: 'category',
      label: 'Category',
      kind: 'choice',
      choices: Object.keys(CATEGORIES),
      fallback: 'gyroscope',
    },
  ],
  clocks: ['device'],
  defaults: {
    channels: [
      { name: 'gx', unit: 'raw', from: 'x' },
      { name: 'gy', unit: 'raw', from: 'y' },
      { name: 'gz', unit: 'raw', from: 'z' },
    ],
  },
  create: (settings) => new GyroLogDecoder(settings),
}
