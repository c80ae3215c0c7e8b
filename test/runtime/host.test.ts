import assert from 'node:assert/strict'
import type { NodeAPI } from 'node-red'
import { ConfigError, InputError } from '../../src/core/errors'
import { readFeatureSettings } from '../../src/core/features/settings'
import { Host } from '../../src/runtime/host'
import { findDecoder } from '../../src/sources/decode/registry'
import { readI2cSettings } from '../../src/sources/i2c/settings'

/** A runtime without a catalogue of its own: texts are the English ones. */
const RED = {} as NodeAPI

function messageOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    return Host.translate(RED, error).message
  }
  return assert.fail('nothing was refused')
}

describe('Host', () => {
  it('names a setting by its label, wherever it was read', () => {
    const csv = (options: object) => () =>
      findDecoder('format', 'csv').create({ wanted: [], timeUnit: 'ms', options: { ...options } })
    assert.deepEqual(
      [
        () => readFeatureSettings({ removeMean: 'maybe' }),
        () => readFeatureSettings({ fullScale: { ax: -1 } }),
        () => readI2cSettings({ chip: 'mpu9999' }),
        () => readI2cSettings({ chip: 'adxl345', gyroscope: true }),
        csv({ header: 'perhaps' }),
        csv({ filter: 'gyro' }),
      ].map((work) => messageOf(work).slice(0, 20)),
      [
        'Take the mean off fi',
        'Full scale ± must be',
        'Chip must be one of ',
        'Gyroscope: ADXL345 h',
        'Header line must be ',
        'Only lines with must',
      ],
    )
  })

  it('leaves the names of messages and streams as they are', () => {
    const refused = new InputError('frame.empty', { field: 'rate' })
    assert.match(Host.translate(RED, refused).message, /^rate is empty/)
    assert.match(
      Host.translate(RED, new ConfigError('settings.missing', { field: 'Topic' })).message,
      /^Topic is/,
    )
  })
})
