import assert from 'node:assert/strict'
import { writtenValue, type Chip } from '../../../../src/sources/i2c/chip'
import { ism330dhcx } from '../../../../src/sources/i2c/chips/ism330dhcx'
import { lsm6ds3, lsm6ds3trc } from '../../../../src/sources/i2c/chips/lsm6ds3'
import { lsm6dsv } from '../../../../src/sources/i2c/chips/lsm6dsv'
import { decodeRows } from '../../../../src/sources/i2c/layout'
import { near, settingsOf } from './settings-of'

const DEGREE = Math.PI / 180
const FAMILY: readonly Chip[] = [lsm6ds3, lsm6ds3trc, lsm6dsv, ism330dhcx]

/** 16-bit words, low byte first. */
function words(...values: number[]): number[] {
  return values.flatMap((value) => [value & 255, (value >> 8) & 255])
}

describe('ST inertial modules', () => {
  // "Mechanical characteristics" of each data sheet: 0.061, 0.122, 0.244, 0.488 mg/LSB.
  it('give 0.061, 0.122, 0.244, 0.488 g for 1000 LSB', () => {
    for (const chip of FAMILY) {
      for (const [range, g] of [
        [2, 0.061],
        [4, 0.122],
        [8, 0.244],
        [16, 0.488],
      ] as const) {
        const { layout, read } = chip.sample(settingsOf({ range }))
        assert.deepEqual(read, { register: 0x20, length: 14 })
        near(decodeRows(Uint8Array.from(words(0, 0, 0, 0, 1000, -1000, 0)), layout), [g, -g, 0])
      }
    }
  })

  // The same table: 4.375, 8.75, 17.5, 35, 70 mdps/LSB.
  it('give 4.375, 8.75, 17.5, 35, 70 °/s for 1000 LSB', () => {
    for (const chip of FAMILY) {
      for (const [gyroRange, dps] of [
        [125, 4.375],
        [250, 8.75],
        [500, 17.5],
        [1000, 35],
        [2000, 70],
      ] as const) {
        const { layout } = chip.sample(settingsOf({ gyroscope: true, gyroRange }))
        near(decodeRows(Uint8Array.from(words(0, 1000, 0, -1000, 0, 0, 0)), layout).slice(3), [
          dps * DEGREE,
          0,
          -dps * DEGREE,
        ])
      }
    }
  })

  // 140 mdps/LSB at ± 4000 °/s.
  it('give 140 °/s for 1000 LSB at ± 4000 °/s where they have that range', () => {
    for (const chip of [lsm6dsv, ism330dhcx]) {
      const { layout } = chip.sample(settingsOf({ gyroscope: true, gyroRange: 4000 }))
      near(decodeRows(Uint8Array.from(words(0, 1000, 0, 0, 0, 0, 0)), layout).slice(3), [140 * DEGREE, 0, 0])
    }
  })

  // "Temperature sensor characteristics": 0 LSB at 25 °C; 16 LSB/°C (LSM6DS3), 256 LSB/°C (the others).
  it('give 25 °C for 0, and 26 °C for 16 or 256 LSB', () => {
    for (const [chip, lsb] of [
      [lsm6ds3, 16],
      [lsm6ds3trc, 256],
      [lsm6dsv, 256],
      [ism330dhcx, 256],
    ] as const) {
      const { layout } = chip.sample(settingsOf({ temperature: true }))
      near(decodeRows(Uint8Array.from(words(0, 0, 0, 0, 0, 0, 0)), layout).slice(3), [25])
      near(decodeRows(Uint8Array.from(words(lsb, 0, 0, 0, 0, 0, 0)), layout).slice(3), [26])
    }
  })
})

describe('LSM6DS3', () => {
  it('writes rate and ranges by the codes of CTRL1_XL and CTRL2_G', () => {
    const settings = settingsOf({ rate: 208, range: 16, gyroscope: true, gyroRange: 2000 })
    const steps = lsm6ds3.configure(settings)
    assert.equal(writtenValue(steps, 0x10), 0x54) // 0101 208 Hz, 01 ± 16 g
    assert.equal(writtenValue(steps, 0x11), 0x5c) // 0101 208 Hz, 110 ± 2000 °/s
    assert.equal(writtenValue(steps, 0x08), 0x09) // both sensors without decimation
    assert.equal(writtenValue(steps, 0x0a), 0x2e) // 0101 208 Hz, 110 continuous mode
    assert.equal(writtenValue(steps, 0x12), 0x44)
    assert.equal(
      writtenValue(lsm6ds3.configure(settingsOf({ rate: 208, gyroscope: true, gyroRange: 125 })), 0x11),
      0x52,
    )
  })

  it('switches the gyroscope off where it is not wanted', () => {
    const steps = lsm6ds3.configure(settingsOf({ rate: 12.5 }))
    assert.equal(writtenValue(steps, 0x11), 0)
    assert.equal(writtenValue(steps, 0x08), 0x01)
    assert.equal(writtenValue(steps, 0x0a), 0x0e)
  })

  it('decodes the pattern gx gy gz ax ay az', () => {
    const settings = settingsOf({ range: 2, gyroscope: true, gyroRange: 250, temperature: true })
    const bytes = Uint8Array.from([
      ...words(1000, 2000, 3000, 1000, 2000, 3000),
      ...words(0, 0, 0, -1000, 0, 0),
    ])
    const rows = lsm6ds3.fifo!.decoder(settings).push(bytes, Uint8Array.from(words(160)))
    // 160 LSB at 16 LSB/°C above 25 °C is 35 °C, read once for all rows of the poll.
    near(rows, [
      0.061,
      0.122,
      0.183,
      8.75 * DEGREE,
      17.5 * DEGREE,
      26.25 * DEGREE,
      35,
      -0.061,
      0,
      0,
      0,
      0,
      0,
      35,
    ])
  })

  it('counts 16-bit words over 12 bits, and knows overrun and a lost pattern', () => {
    const settings = settingsOf({ gyroscope: true })
    const level = (...status: number[]) => lsm6ds3.fifo!.level(Uint8Array.from(status), settings)
    assert.deepEqual(level(0x23, 0x01, 0, 0), { words: Math.floor(0x123 / 6), broken: false })
    assert.deepEqual(level(0, 0x10, 3, 0), { words: 0, broken: false }) // empty: the pattern means nothing
    assert.equal(level(0x06, 0x40, 0, 0).broken, true)
    assert.equal(level(0x06, 0x00, 3, 0).broken, true)
    assert.equal(level(0x06, 0x00, 0, 1).broken, true)
  })
})

describe('ISM330DHCX and LSM6DSV', () => {
  it('write rate and ranges by their codes', () => {
    const ism = ism330dhcx.configure(settingsOf({ rate: 416, range: 8, gyroscope: true, gyroRange: 4000 }))
    assert.equal(writtenValue(ism, 0x10), 0x6c) // 0110 416 Hz, 11 ± 8 g
    assert.equal(writtenValue(ism, 0x11), 0x61) // 0110 416 Hz, 0001 ± 4000 °/s
    assert.equal(writtenValue(ism, 0x09), 0x66)
    assert.equal(writtenValue(ism, 0x0a), 0x06)
    assert.equal(writtenValue(ism, 0x18), 0xe2)
    const dsv = lsm6dsv.configure(settingsOf({ rate: 240, range: 8, gyroscope: true, gyroRange: 4000 }))
    assert.equal(writtenValue(dsv, 0x10), 0x07)
    assert.equal(writtenValue(dsv, 0x11), 0x07)
    assert.equal(writtenValue(dsv, 0x15), 0x0c)
    assert.equal(writtenValue(dsv, 0x17), 0x02)
    assert.equal(writtenValue(dsv, 0x09), 0x77)
    assert.equal(writtenValue(dsv, 0x0a), 0x06)
  })

  it('count words over 10 and 9 bits and see the overrun in bit 6', () => {
    const settings = settingsOf({})
    assert.deepEqual(ism330dhcx.fifo!.level(Uint8Array.of(0x05, 0x03), settings), {
      words: 0x305,
      broken: false,
    })
    assert.deepEqual(lsm6dsv.fifo!.level(Uint8Array.of(0x05, 0x81), settings), {
      words: 0x105,
      broken: false,
    })
    for (const chip of [ism330dhcx, lsm6dsv]) {
      assert.equal(chip.fifo!.level(Uint8Array.of(0x05, 0x40), settings).broken, true)
    }
  })
})

describe('tagged FIFO', () => {
  const GYRO = 1
  const ACCEL = 2
  const settings = settingsOf({ range: 2, gyroscope: true, gyroRange: 250 })
  /** Bits 7:3 sensor, 2:1 time slot, 0 parity. */
  const word = (sensor: number, slot: number, values: readonly number[], parity = 0) => [
    (sensor << 3) | (slot << 1) | parity,
    ...words(...values),
  ]
  const ROW = [0.061, 0, 0, 8.75 * DEGREE, 0, 0]

  it('pairs gyroscope and accelerometer of one time slot, in either order', () => {
    const decoder = ism330dhcx.fifo!.decoder(settings)
    const rows = decoder.push(
      Uint8Array.from([
        ...word(GYRO, 0, [1000, 0, 0]),
        ...word(ACCEL, 0, [1000, 0, 0], 1),
        ...word(ACCEL, 1, [2000, 0, 0]),
        ...word(GYRO, 1, [1000, 0, 0]),
      ]),
    )
    near(rows, [...ROW, 0.122, 0, 0, 8.75 * DEGREE, 0, 0])
  })

  it('joins a row that is split across two reads', () => {
    const decoder = ism330dhcx.fifo!.decoder(settings)
    assert.equal(decoder.push(Uint8Array.from(word(GYRO, 2, [1000, 0, 0]))).length, 0)
    near(decoder.push(Uint8Array.from(word(ACCEL, 2, [1000, 0, 0]))), ROW)
  })

  it('leaves out a slot that lacks a word, and never mixes two slots', () => {
    const decoder = ism330dhcx.fifo!.decoder(settings)
    const rows = decoder.push(
      Uint8Array.from([
        ...word(GYRO, 0, [5, 5, 5]),
        ...word(GYRO, 1, [1000, 0, 0]),
        ...word(ACCEL, 1, [1000, 0, 0]),
        ...word(ACCEL, 2, [7, 7, 7]),
      ]),
    )
    near(rows, ROW)
  })

  it('forgets a half row when the FIFO was reset', () => {
    const decoder = ism330dhcx.fifo!.decoder(settings)
    decoder.push(Uint8Array.from(word(GYRO, 2, [9, 9, 9])))
    decoder.reset()
    assert.equal(decoder.push(Uint8Array.from(word(ACCEL, 2, [1000, 0, 0]))).length, 0)
  })

  it('skips words of other sensors and those that say that there is no sample yet', () => {
    const decoder = ism330dhcx.fifo!.decoder(settings)
    const rows = decoder.push(
      Uint8Array.from([
        ...word(4, 0, [1, 2, 3]),
        ...word(ACCEL, 0, [0x7ffd, 0, 0]),
        ...word(GYRO, 0, [1000, 0, 0]),
        ...word(3, 1, [0, 0, 0]),
        ...word(GYRO, 1, [1000, 0, 0]),
        ...word(ACCEL, 1, [1000, 0, 0]),
      ]),
    )
    near(rows, ROW)
  })

  it('keeps samples at the end of the scale once it has begun', () => {
    const decoder = ism330dhcx.fifo!.decoder(settingsOf({ range: 2 }))
    const rows = decoder.push(
      Uint8Array.from([
        ...word(ACCEL, 0, [0x7fff, 0, 0]),
        ...word(ACCEL, 1, [0, 0, 0]),
        ...word(ACCEL, 2, [0x7fff, 0, 0]),
      ]),
    )
    near(rows, [0, 0, 0, 32767 * 0.000061, 0, 0])
  })

  it('gives a row per accelerometer word without the gyroscope, with the temperature beside it', () => {
    const decoder = lsm6dsv.fifo!.decoder(settingsOf({ range: 4, temperature: true }))
    const rows = decoder.push(
      Uint8Array.from([...word(ACCEL, 0, [1000, 0, 0]), ...word(ACCEL, 1, [0, -1000, 0])]),
      Uint8Array.from(words(-256)),
    )
    near(rows, [0.122, 0, 0, 24, 0, -0.122, 0, 24])
  })
})
