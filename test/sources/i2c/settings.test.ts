import assert from 'node:assert/strict'
import { ConfigError } from '../../../src/core/errors'
import { readI2cSettings } from '../../../src/sources/i2c/settings'

function refused(config: Record<string, unknown>): ConfigError {
  try {
    readI2cSettings(config)
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    return error
  }
  throw new Error('was not refused')
}

describe('I2C settings', () => {
  it('reads what a dialog gives: texts, hexadecimal addresses, check boxes', () => {
    const settings = readI2cSettings({
      chip: 'lsm6dsv',
      bus: '3',
      address: '0x6b',
      rate: '960',
      range: '16',
      gyroRange: '4000',
      gyroscope: 'true',
      temperature: true,
      unit: 'm/s²',
    })
    const { chip, ...rest } = settings
    assert.equal(chip.label, 'LSM6DSV')
    assert.deepEqual(rest, {
      bus: 3,
      address: 0x6b,
      rate: 960,
      range: 16,
      gyroRange: 4000,
      gyroscope: true,
      temperature: true,
      unit: 'm/s²',
      reading: 'fifo',
    })
  })

  it('polls a chip without FIFO whatever is asked', () => {
    assert.equal(readI2cSettings({ chip: 'msa301', reading: 'fifo' }).reading, 'registers')
  })

  it('names the field that is wrong', () => {
    const cases: readonly [Record<string, unknown>, string][] = [
      [{ chip: 'bno055' }, 'chip'],
      [{ chip: 'mpu6050', rate: 333 }, 'rate'],
      [{ chip: 'adxl345', range: 3 }, 'range'],
      [{ chip: 'mpu6050', gyroscope: true, gyroRange: 245 }, 'gyroRange'],
      [{ chip: 'mpu6050', address: 0x78 }, 'address'],
      [{ chip: 'mpu6050', bus: -1 }, 'bus'],
      [{ chip: 'adxl345', gyroscope: true }, 'gyroscope'],
      [{ chip: 'msa301', temperature: true }, 'temperature'],
      [{ chip: 'mpu6050', unit: 'mg' }, 'unit'],
      [{ chip: 'mpu6050', reading: 'dmp' }, 'reading'],
      [{ chip: 'mpu6050', reading: 'registers', rate: 500 }, 'rate'],
    ]
    for (const [config, field] of cases) {
      const error = refused(config)
      assert.equal(error.params.field, field)
      assert.ok(error.message.includes(field))
    }
  })

  it('lists the rates that the chip has', () => {
    assert.match(refused({ chip: 'adxl345', rate: 1000 }).message, /12\.5, 25, 50, 100, 200, 400, 800/)
  })
})
