import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Frame } from '../../src/core/frame'
import { readLimits } from '../../src/core/limits/limit'
import { LimitsStage } from '../../src/core/limits/limits-stage'
import { findDecoder } from '../../src/sources/decode/registry'
import type { Figure } from '../figure'
import { falseAlarms, type Terminal } from './terminal'
import { sharedFolder } from './window-case'

const FOLDER = path.join(sharedFolder, 'reference', 'system4')
const [LOAD, FREQUENCY, TEMPERATURE, MEMORY] = ['cpu_load', 'cpu_freq', 'cpu_temp', 'ram_usage'] as const
/** What the autoencoder looks at, in its order. */
const SEEN = [LOAD, FREQUENCY, MEMORY]
/** Its rules, and the share of its own rows that each flags. A fourth one, of points for load, memory and frequency, cannot be reached once these have passed. */
const RULES = [
  { channel: TEMPERATURE, high: 55, known: 0.046 },
  { channel: MEMORY, high: 3500, known: 0.168 },
  { channel: LOAD, high: 80, known: 0.118 },
]
const ALL_RULES = 0.268
const ITS_THRESHOLD = 0.2
/** What its own program comes to on these rows. */
const ITS_MEAN = 0.0618
const ITS_LARGEST = 0.203
const ALPHA = 0.01

/**
 * System 4, metrics of a Raspberry Pi: its network, behind the scaler that it learns from its 1700 healthy rows each time, and its
 * fixed rules. Three of its four columns are independent random numbers and there are no anomalies, so all that can be measured of a
 * detector is how often it is silent. Every fifth row is for the test and every fifth calibrates: times do not matter to such numbers.
 */
export function piRules(terminal: Terminal): readonly Figure[] {
  const rows = rowsOf('system_metrics_dynamic.csv')
  const expected = JSON.parse(readFileSync(path.join(FOLDER, 'expected.json'), 'utf8')) as {
    input: readonly (readonly number[])[]
    mse: readonly number[]
  }
  const own = terminal.write('metrics.csv', tableOf(rows))
  const scaled = terminal.write('scaled.csv', tableOf(expected.input.map((values) => frameOf(SEEN, values))))
  // The command of the README, with the network in each of its forms.
  const behindScaler = ['--scaler', 'minmax', '--input', own]
  const errorsOf = (model: string, file: string, input: string, ...options: string[]): readonly number[] => {
    const place = terminal.place(model)
    const network = path.join(FOLDER, file)
    terminal.run('import', network, '--channels', SEEN.join(','), '--threshold', String(ITS_THRESHOLD), '--model', place, ...options) // prettier-ignore
    return terminal.score(model, [input]).map(({ score }) => score)
  }
  const errors = errorsOf('network', 'optimized_autoencoder.h5', own, ...behindScaler)
  const lite = errorsOf('lite', 'optimized_autoencoder.tflite', own, ...behindScaler)
  const given = errorsOf('bare', 'optimized_autoencoder.h5', scaled)
  const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length
  const flaggedBy = (rules: readonly Rule[]): readonly boolean[] => {
    const stage = new LimitsStage(readLimits(rules))
    return rows.map((row) => stage.push(row).some(({ isAnomaly }) => isAnomaly))
  }
  const share = (flags: readonly boolean[]): number => flags.filter(Boolean).length / flags.length
  const all = flaggedBy(RULES)
  const byHand = rows.map((row) => RULES.some(({ channel, high }) => valueOf(row, channel) > high))
  return [
    {
      name: `system 4, its network: largest difference of ${given.length} stored errors`,
      value: Math.max(...given.map((error, i) => Math.abs(error - expected.mse[i]!))),
      target: '<=1e-6',
    },
    {
      name: 'system 4, its .tflite against its .h5: largest difference',
      value: Math.max(...errors.map((error, i) => Math.abs(error - lite[i]!))),
      target: '<=1e-6',
    },
    ...near(`its network: mean error of ${rows.length} rows`, mean, ITS_MEAN),
    ...near('its network: largest error', Math.max(...errors), ITS_LARGEST),
    {
      name: 'system 4, its network: rows above its threshold (itself: 1)',
      value: errors.filter((error) => error > ITS_THRESHOLD).length,
      target: '==1',
    },
    ...RULES.flatMap((rule) =>
      near(`${rule.channel} above ${rule.high}: share of its own rows`, share(flaggedBy([rule])), rule.known),
    ),
    ...near('its rules: share of its own rows that are flagged', share(all), ALL_RULES),
    {
      name: 'system 4, its rules: rows on which they decide otherwise than its program',
      value: all.filter((flag, i) => flag !== byHand[i]).length,
      target: '==0',
    },
    ...ours(rows, terminal),
  ]
}

type Rule = (typeof RULES)[number]

/** A figure that is to be what the system itself comes to, but for a unit of its last digit. */
function near(name: string, value: number, known: number): readonly Figure[] {
  return [
    { name: `system 4, ${name} (itself: ${known})`, value },
    { name: `system 4, ${name}: difference`, value: Math.abs(value - known), target: '<=0.001' },
  ]
}

function tableOf(rows: readonly Frame[]): string {
  return `${[rows[0]!.channels.join(','), ...rows.map(({ data }) => data.join(','))].join('\n')}\n`
}

function ours(rows: readonly Frame[], terminal: Terminal): readonly Figure[] {
  const part = (name: string, isIn: (i: number) => boolean): string =>
    terminal.write(name, tableOf(rows.filter((_, i) => isIn(i % 5))))
  const files = { train: [part('train.csv', (i) => i < 3)], calib: [part('calib.csv', (i) => i === 3)] }
  const fitted = terminal.fit('pi', files)
  return falseAlarms(
    'system 4, ours',
    terminal.score('pi', [part('test.csv', (i) => i === 4)]),
    fitted,
    ALPHA,
  )
}

function rowsOf(file: string): readonly Frame[] {
  const decoder = findDecoder('format', 'pi-metrics').create({ wanted: [], timeUnit: 'ms', options: {} })
  const { batches } = decoder.decode(readFileSync(path.join(FOLDER, file)), { arrival: 0 })
  const names = [LOAD, FREQUENCY, TEMPERATURE, MEMORY]
  return batches.flatMap(({ data }) =>
    Array.from({ length: data.length / names.length }, (_, i) =>
      frameOf(names, [...data.slice(i * names.length, (i + 1) * names.length)], i * 1000),
    ),
  )
}

function frameOf(channels: readonly string[], values: readonly number[], start = 0): Frame {
  return { channels, start, data: Float32Array.from(values) }
}

function valueOf({ channels, data }: Frame, name: string): number {
  return data[channels.indexOf(name)]!
}
