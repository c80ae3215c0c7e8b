import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { findDecoder } from '../../../src/sources/decode/registry'
import type { Batch, DecodeSettings } from '../../../src/sources/decode/decoder'

const SHARED = path.resolve(__dirname, '../../../../shared')

function decode(format: string, chunk: unknown, settings: Partial<DecodeSettings> = {}): readonly Batch[] {
  const decoder = findDecoder('format', format).create({
    wanted: [],
    timeUnit: 'ms',
    options: {},
    ...settings,
  })
  const { batches, errors } = decoder.decode(chunk, { arrival: 0 })
  assert.deepEqual(
    errors.map((error) => error.message),
    [],
  )
  return batches
}

describe('formats of the existing systems', () => {
  it('reads what the ESP32 ceiling-fan sketch posts, zeros written as 0', () => {
    const [batch] = decode('fan-post', '{"x":[0.012,0],"y":[0,-0.002],"z":[0.981,1]}', {
      wanted: ['x', 'y', 'z'],
    })
    assert.deepEqual([...batch!.data], [0.012, 0, 0.981, 0, -0.002, 1])
  })

  it('reads one sample and several of the fault-detection service', () => {
    const row = [0.1, -0.2, 9.81, 0.01, -0.02, 0.03]
    const [one] = decode('sensor-readings', JSON.stringify({ sensor_readings: row }))
    assert.deepEqual([...one!.data], row)
    const [several] = decode('sensor-readings', { sensor_readings: [row, row, row] })
    assert.deepEqual([...several!.data], [...row, ...row, ...row])
  })

  it('reads integer rows as the gyroscope device posts them', () => {
    const [batch] = decode('gyro-log', '115,-166,182\n-3,4,5\n')
    assert.deepEqual([...batch!.data], [115, -166, 182, -3, 4, 5])
    assert.equal(batch!.times, undefined)
  })

  it('gives each axis of the gyroscope under its own name, in any order', () => {
    const log = '0,1733763890,1,2,3\n'
    for (const chunk of ['1,2,3\n', log]) {
      const [all] = decode('gyro-log', chunk, { wanted: ['z', 'y', 'x'] })
      assert.deepEqual(
        [all!.channels, [...all!.data]],
        [
          ['z', 'y', 'x'],
          [3, 2, 1],
        ],
      )
      const [some] = decode('gyro-log', chunk, { wanted: ['z'] })
      assert.deepEqual([some!.channels, [...some!.data]], [['z'], [3]])
      const [own] = decode('gyro-log', chunk, { wanted: ['wx', 'wy', 'wz'] })
      assert.deepEqual(
        [own!.channels, [...own!.data]],
        [
          ['wx', 'wy', 'wz'],
          [1, 2, 3],
        ],
      )
    }
  })

  it('reads one category of the gyroscope logs with its times', () => {
    const log =
      '0,1733763890.0656893,115,-166,182\n1,1733763890.0680804,-2928,15059,-4437\n0,1733763890.1,1,2,3\n'
    const [gyroscope] = decode('gyro-log', log)
    assert.deepEqual([...gyroscope!.data], [115, -166, 182, 1, 2, 3])
    assert.deepEqual([...gyroscope!.times!], [1733763890065.6893, 1733763890100])
    const [accelerometer] = decode('gyro-log', log, { options: { category: 'accelerometer' } })
    assert.deepEqual([...accelerometer!.data], [-2928, 15059, -4437])
  })

  it('reads sensad rows and leaves its labels and scores', () => {
    const text =
      'time,temp,pressure,vibration,anomaly,anomaly_score\n2026-01-01T00:04:00Z,50.5,5.2,0.85,0,1.04\n'
    const [batch] = decode('sensad-csv', text, { timeField: 'time' })
    assert.deepEqual(batch!.channels, ['temp', 'pressure', 'vibration'])
    assert.deepEqual([...batch!.data], [50.5, 5.2, 0.85])
    assert.equal(batch!.times![0], Date.UTC(2026, 0, 1, 0, 4))
  })

  it('reads sensad rows without a header by its order of columns', () => {
    const [batch] = decode('sensad-csv', '2026-01-01T00:04:00Z,50.5,5.2,0.85\n', {
      wanted: ['vibration', 'temp'],
      timeField: 'time',
    })
    assert.deepEqual(
      [batch!.channels, [...batch!.data]],
      [
        ['vibration', 'temp'],
        [0.85, 50.5],
      ],
    )
    assert.equal(batch!.times![0], Date.UTC(2026, 0, 1, 0, 4))
  })

  it('reads rows and the bare numbers of the Raspberry Pi metrics into the same columns', () => {
    const header = 'Timestamp,CPU Load (%),CPU Frequency (MHz),CPU Temp (°C),RAM Usage (MB)\n'
    const [rows] = decode('pi-metrics', `${header}2024-11-10 03:12:13.316930,10,2756.5,52.1,2487.25\n`)
    assert.deepEqual([...rows!.data], [10, 2756.5, 52.1, 2487.25])
    const [bare] = decode('pi-metrics', '40.0,2000.0,40.0,100.0')
    assert.deepEqual([...bare!.data], [40, 2000, 40, 100])
    assert.deepEqual(bare!.channels, rows!.channels)
    const some = decode('pi-metrics', '40.0,2000.0,40.0,100.0', {
      wanted: ['RAM Usage (MB)', 'CPU Load (%)'],
    })
    assert.deepEqual([...some[0]!.data], [100, 40])
  })
})

describe('files of the existing systems (skipped without the reference data)', () => {
  const reference = path.join(SHARED, 'reference')
  beforeEach(function () {
    if (!existsSync(reference)) this.skip()
  })

  it('reads the posted body of the ceiling fan to the values of its CSV file', () => {
    const [batch] = decode('fan-post', readFileSync(path.join(reference, 'system1/post_body_low0_0000.json')))
    assert.equal(batch!.data.length, 600)
    assert.deepEqual([...batch!.data.subarray(0, 1)], [-0.012695])
    for (let i = 0; i < 200; i++) assert.ok(Math.abs(batch!.data[3 * i + 2]! - 1) < 0.2)
  })

  it('reads all rows of the sensad training file', () => {
    const [batch] = decode('sensad-csv', readFileSync(path.join(reference, 'system3/train.csv')), {
      timeField: 'time',
    })
    assert.equal(batch!.data.length, 240 * 3)
    assert.equal(batch!.data[0], 50.076179269938606)
    for (let i = 1; i < 240; i++) assert.equal(batch!.times![i]! - batch!.times![i - 1]!, 1000)
  })

  it('reads all 1,700 rows of the Raspberry Pi metrics', () => {
    const [batch] = decode(
      'pi-metrics',
      readFileSync(path.join(reference, 'system4/system_metrics_dynamic.csv')),
      {
        timeField: 'Timestamp',
      },
    )
    assert.equal(batch!.data.length, 1700 * 4)
    assert.deepEqual([...batch!.data.subarray(0, 4)], [10, 2756.489944718012, 52.1, 2487.0685277258085])
    const [bare] = decode('pi-metrics', readFileSync(path.join(reference, 'system4/input_data.txt')))
    assert.deepEqual([...bare!.data], [40, 2000, 40, 100])
  })

  it('reads each category of a gyroscope log', function () {
    const file = path.join(SHARED, 'data/gyro_fan/data_log_ventilatoreB_V1_Still.txt')
    if (!existsSync(file)) this.skip()
    const text = readFileSync(file, 'utf8')
    const [batch] = decode('gyro-log', text)
    assert.equal(batch!.data.length / 3, text.split('\n').filter((line) => line.startsWith('0,')).length)
    for (let i = 1; i < batch!.times!.length; i++) assert.ok(batch!.times![i]! > batch!.times![i - 1]!)
  })
})
