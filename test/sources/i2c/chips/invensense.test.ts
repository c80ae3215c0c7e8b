import assert from 'node:assert/strict'
import { writtenValue } from '../../../../src/sources/i2c/chip'
import { mpu6050 } from '../../../../src/sources/i2c/chips/mpu6050'
import { mpu9250 } from '../../../../src/sources/i2c/chips/mpu9250'
import { decodeRows } from '../../../../src/sources/i2c/layout'
import { near, settingsOf } from './settings-of'

const DEGREE = Math.PI / 180

describe('MPU-6050', () => {
  // PS-MPU-6000A section 6.2: 16384 LSB/g at ± 2 g. 0x4000 = 16384, 0xe000 = -8192, 0x0001 = 1.
  it('gives one g for 0x4000 at ± 2 g, high byte first', () => {
    const { layout, read } = mpu6050.sample(settingsOf({ range: 2 }))
    assert.deepEqual(read, { register: 0x3b, length: 14 })
    const bytes = Uint8Array.of(0x40, 0, 0xe0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)
    near(decodeRows(bytes, layout), [1, -0.5, 1 / 16384])
  })

  // Section 6.2: 8192, 4096, 2048 LSB/g at ± 4, 8, 16 g. So full scale, 0x7fff, is one LSB short of the range.
  it('reads the end of the scale as the range, in each range', () => {
    for (const range of [2, 4, 8, 16]) {
      const { layout } = mpu6050.sample(settingsOf({ range }))
      const bytes = Uint8Array.of(0x7f, 0xff, 0x80, 0x00, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
      near(decodeRows(bytes, layout), [(range * 32767) / 32768, -range, 0])
    }
  })

  // Section 6.1: 65.5 LSB/(°/s) at ± 500 °/s: 655 = 0x028f is 10 °/s = 0.174533 rad/s.
  // RM-MPU-6000A section 4.18: raw / 340 + 36.53; -3920 = 0xf0b0 is 25.0006 °C.
  it('gives rad/s and °C', () => {
    const { layout } = mpu6050.sample(settingsOf({ gyroscope: true, temperature: true, gyroRange: 500 }))
    const bytes = Uint8Array.of(0, 0, 0, 0, 0, 0, 0xf0, 0xb0, 0x02, 0x8f, 0xfd, 0x71, 0, 0)
    near(decodeRows(bytes, layout), [0, 0, 0, 10 * DEGREE, -10 * DEGREE, 0, -3920 / 340 + 36.53])
  })

  // Section 6.1: 131, 65.5, 32.8, 16.4 LSB/(°/s).
  it('gives 100 °/s in each gyroscope range', () => {
    for (const [gyroRange, lsb] of [
      [250, 13100],
      [500, 6550],
      [1000, 3280],
      [2000, 1640],
    ] as const) {
      const { layout } = mpu6050.sample(settingsOf({ gyroscope: true, gyroRange }))
      const bytes = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, lsb >> 8, lsb & 255, 0, 0, 0, 0)
      near(decodeRows(bytes, layout).slice(3), [100 * DEGREE, 0, 0])
    }
  })

  it('gives m/s² where that is asked for', () => {
    const { layout } = mpu6050.sample(settingsOf({ range: 16, unit: 'm/s²' }))
    // 2048 LSB/g at ± 16 g: 0x0800 is 1 g = 9.80665 m/s².
    near(
      decodeRows(Uint8Array.of(0x08, 0, 0xf8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), layout),
      [9.80665, -9.80665, 0],
    )
  })

  it('decodes FIFO words in the order of the registers: accelerometer, temperature, gyroscope', () => {
    const settings = settingsOf({ range: 2, gyroscope: true, temperature: true, gyroRange: 250 })
    const decoder = mpu6050.fifo!.decoder(settings)
    assert.equal(mpu6050.fifo!.wordBytes(settings), 14)
    const one = [0x40, 0, 0, 0, 0, 0, 0, 0, 0x33, 0x2c, 0, 0, 0, 0] // 13100 LSB = 100 °/s; raw 0 = 36.53 °C
    near(decoder.push(Uint8Array.from([...one, ...one])), [
      1,
      0,
      0,
      100 * DEGREE,
      0,
      0,
      36.53,
      1,
      0,
      0,
      100 * DEGREE,
      0,
      0,
      36.53,
    ])
  })

  it('counts whole words and calls a nearly full FIFO of 1024 bytes broken', () => {
    const settings = settingsOf({ gyroscope: true })
    const level = (count: number) => mpu6050.fifo!.level(Uint8Array.of(count >> 8, count & 255), settings)
    assert.deepEqual(level(120), { words: 10, broken: false, torn: false })
    assert.deepEqual(level(125), { words: 10, broken: false, torn: true })
    assert.deepEqual(level(984), { words: 82, broken: false, torn: false })
    assert.equal(level(988).broken, false)
    assert.equal(level(989).broken, true)
    assert.equal(level(1024).broken, true)
    assert.equal(mpu6050.fifo!.capacity(settings), 85)
  })

  it('divides 1 kHz to the rate, filters below half of it, sets the ranges', () => {
    const written = (rate: number, register: number) =>
      writtenValue(mpu6050.configure(settingsOf({ rate, range: 8, gyroRange: 1000 })), register)
    assert.deepEqual(
      [1000, 500, 200, 100, 10].map((rate) => written(rate, 0x19)),
      [0, 1, 4, 9, 99],
    )
    // DLPF_CFG 1 … 6 are 184, 94, 44, 21, 10, 5 Hz (RM-MPU-6000A section 4.3).
    assert.deepEqual(
      [1000, 500, 200, 100, 50, 10].map((rate) => written(rate, 0x1a)),
      [1, 1, 2, 3, 4, 6],
    )
    assert.equal(written(100, 0x1c), 2 << 3)
    assert.equal(written(100, 0x1b), 2 << 3)
    assert.equal(written(100, mpu6050.alive), 0x01)
  })

  it('puts only what is wanted into the FIFO, after a reset with the FIFO off', () => {
    const flags = (gyroscope: boolean, temperature: boolean) =>
      mpu6050.fifo!.reset(settingsOf({ gyroscope, temperature })).map((step) => [step.register, step.value])
    assert.deepEqual(flags(false, false), [
      [0x23, 0],
      [0x6a, 0x04],
      [0x6a, 0x40],
      [0x23, 0x08],
    ])
    assert.deepEqual(flags(true, true).at(-1), [0x23, 0xf8])
  })
})

describe('MPU-9250', () => {
  // PS-MPU-9250A section 3.2: 4096 LSB/g at ± 8 g; section 3.1: 16.4 LSB/(°/s) at ± 2000 °/s;
  // 333.87 LSB/°C above 21 °C: 1335 LSB is 21 + 3.99856 °C.
  it('gives g, rad/s and °C', () => {
    const { layout } = mpu9250.sample(
      settingsOf({ range: 8, gyroscope: true, gyroRange: 2000, temperature: true }),
    )
    const bytes = Uint8Array.of(0x10, 0, 0xf0, 0, 0, 0, 0x05, 0x37, 0x06, 0x68, 0, 0, 0, 0)
    near(decodeRows(bytes, layout), [1, -1, 0, 100 * DEGREE, 0, 0, 24.998562], 1e-6)
  })

  it('has half the FIFO of the MPU-6050 and a filter of its own for the accelerometer', () => {
    assert.equal(mpu9250.fifo!.capacity(settingsOf({ gyroscope: true })), 42)
    assert.equal(writtenValue(mpu9250.configure(settingsOf({ rate: 200 })), 0x1d), 2)
    assert.equal(writtenValue(mpu6050.configure(settingsOf({ rate: 200 })), 0x1d), undefined)
  })
})
