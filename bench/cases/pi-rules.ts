import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Frame } from '../../src/core/frame'
import { readLimits } from '../../src/core/limits/limit'
import { LimitsStage } from '../../src/core/limits/limits-stage'
import { makeScaler } from '../../src/core/scalers/scaler'
import { loadDetector } from '../../src/cli/chain/load-part'
import { importFile } from '../../src/model/import/import-file'
import { toPart } from '../../src/model/import/to-part'
import { findDecoder } from '../../src/sources/decode/registry'
import type { Figure } from '../figure'
import { falseAlarms, type Terminal } from './terminal'
import { sharedFolder } from './window-case'

const FOLDER = path.join(sharedFolder, 'reference', 'system4')
const [LOAD, FREQUENCY, TEMPERATURE, MEMORY] = ['cpu_load', 'cpu_freq', 'cpu_temp', 'ram_usage'] as const
/** What the autoencoder looks at, in its order. */
const SEEN = [LOAD, FREQUENCY, MEMORY]
/** Its rules. A fourth one, of points for load, memory and frequency, cannot be reached once these have passed. */
const RULES = [
  { channel: TEMPERATURE, high: 55 },
  { channel: MEMORY, high: 3500 },
  { channel: LOAD, high: 80 },
]
const ITS_THRESHOLD = 0.2
const ALPHA = 0.01

/**
 * System 4, metrics of a Raspberry Pi: its network, behind the scaler that it learns from its 1700 healthy rows each time, and its
 * fixed rules. Three of its four columns are independent random numbers and there are no anomalies, so all that can be measured of a
 * detector is how often it is silent. Every fifth row is for the test and every fifth calibrates: times do not matter to such numbers.
 */
export async function piRules(terminal: Terminal): Promise<readonly Figure[]> {
  const rows = rowsOf('system_metrics_dynamic.csv')
  const expected = JSON.parse(readFileSync(path.join(FOLDER, 'expected.json'), 'utf8')) as {
    input: readonly (readonly number[])[]
    mse: readonly number[]
  }
  const scaler = makeScaler({ method: 'minmax' })
  const seen = rows.map((row) => pick(row, SEEN))
  const scaling = scaler.load((await scaler.fit(seen)).body)
  const errorOf = async (frames: readonly Frame[]): Promise<readonly number[]> =>
    (await network('optimized_autoencoder.h5').apply(frames)).map(({ score }) => score)
  const errors = await errorOf(await scaling.apply(seen))
  const given = await errorOf(expected.input.map((values) => frameOf(SEEN, values)))
  const lite = await network('optimized_autoencoder.tflite').apply(await scaling.apply(seen))
  const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length
  const limits = (rules: readonly object[]): number => {
    const stage = new LimitsStage(readLimits(rules))
    return rows.filter((row) => stage.push(row).some(({ isAnomaly }) => isAnomaly)).length / rows.length
  }
  return [
    {
      name: `system 4, its network: largest difference of ${given.length} stored errors`,
      value: Math.max(...given.map((error, i) => Math.abs(error - expected.mse[i]!))),
      target: '<=1e-6',
    },
    {
      name: 'system 4, its .tflite against its .h5: largest difference',
      value: Math.max(...errors.map((error, i) => Math.abs(error - lite[i]!.score))),
      target: '<=1e-6',
    },
    { name: `system 4, its network: mean error of ${rows.length} rows (known: 0.0618)`, value: mean },
    { name: 'system 4, its network: largest error (known: 0.203)', value: Math.max(...errors) },
    {
      name: 'system 4, its network: rows above its threshold (known: 1)',
      value: errors.filter((error) => error > ITS_THRESHOLD).length,
      target: '==1',
    },
    ...RULES.map((rule) => ({
      name: `system 4, ${rule.channel} above ${rule.high}: share of its own rows`,
      value: limits([rule]),
    })),
    {
      name: 'system 4, its rules: share of its own rows that are flagged (known: 0.268)',
      value: limits(RULES),
    },
    ...ours(rows, terminal),
  ]
}

function ours(rows: readonly Frame[], terminal: Terminal): readonly Figure[] {
  const part = (name: string, isIn: (i: number) => boolean): string =>
    terminal.write(
      name,
      `${[rows[0]!.channels.join(','), ...rows.filter((_, i) => isIn(i % 5)).map(({ data }) => data.join(','))].join('\n')}\n`,
    )
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

function network(file: string): ReturnType<typeof loadDetector> {
  const content = importFile(file, readFileSync(path.join(FOLDER, file)))
  if (content.kind === 'bundle') throw new Error(`${file} is no network`)
  const named = {
    file,
    columns: SEEN,
    rows: 1,
    isNamed: true,
    input: [],
    loss: 'mse',
    layout: 'auto',
  } as const
  return loadDetector(toPart(content, named))
}

function frameOf(channels: readonly string[], values: readonly number[], start = 0): Frame {
  return { channels, start, data: Float32Array.from(values) }
}

function pick({ channels, data, start }: Frame, names: readonly string[]): Frame {
  return frameOf(
    names,
    names.map((name) => data[channels.indexOf(name)]!),
    start,
  )
}
