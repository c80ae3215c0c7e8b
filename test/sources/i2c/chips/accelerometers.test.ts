import assert from 'node:assert/strict'
import { writtenValue } from '../../../../src/sources/i2c/chip'
import { adxl345 } from '../../../../src/sources/i2c/chips/adxl345'
import { msa301 } from '../../../../src/sources/i2c/chips/msa301'
import { decodeRows } from '../../../../src/sources/i2c/layout'
import { near, settingsOf } from './settings-of'

describe('MSA301', () => {
  // 14 bits, left-justified, low byte first. 4096, 2048, 1024, 512 LSB/g at ± 2, 4, 8, 16 g: 4096 << 2 = 0x4000.
  it('gives one g for the same word in half the range', () => {
    for (const [range, low, high] of [
      [2, 0x00, 0x40],
      [4, 0x00, 0x20],
      [8, 0x00, 0x10],
      [16, 0x00, 0x08],
    ] as const) {
      const { layout } = msa301.sample(settingsOf({ range }))
      near(decodeRows(Uint8Array.of(low, high, 0, 0, 0, 0), layout), [1, 0, 0])
    }
  })

  it('has steps of 1/2048 g at ± 4 g, and drops the two bits below them', () => {
    const { layout, read } = msa301.sample(settingsOf({ range: 4 }))
    assert.deepEqual(read, { register: 0x02, length: 6 })
    // 0x0004 is the smallest step; 0x0007 is the same, its lower two bits are not part of the number; 0xfffc is -1 step.
    near(decodeRows(Uint8Array.of(0x04, 0, 0x07, 0, 0xfc, 0xff), layout), [1 / 2048, 1 / 2048, -1 / 2048])
  })

  it('reads the most negative word as minus the range', () => {
    const { layout } = msa301.sample(settingsOf({ range: 16, unit: 'm/s²' }))
    near(decodeRows(Uint8Array.of(0, 0x80, 0, 0, 0, 0), layout), [-16 * 9.80665, 0, 0])
  })

  it('samples at least twice as fast as it is polled: 500 Hz for a poll of 200 Hz', () => {
    const code = (rate: number) => writtenValue(msa301.configure(settingsOf({ rate })), 0x10)
    assert.deepEqual([10, 50, 125, 200, 250].map(code), [5, 7, 8, 9, 9])
  })

  it('leaves suspend mode with all axes on and 14 bits', () => {
    const steps = msa301.configure(settingsOf({ range: 8 }))
    assert.equal(writtenValue(steps, 0x11)! >> 6, 0)
    assert.equal(writtenValue(steps, 0x10)! & 0xe0, 0)
    assert.equal(writtenValue(steps, 0x0f), 2)
  })
})

describe('ADXL345', () => {
  // Data sheet Table 1, full resolution: 256 LSB/g (3.9 mg/LSB) in every range, 13 bits, sign-extended, low byte first.
  it('gives one g for 0x0100 in every range', () => {
    for (const range of [2, 4, 8, 16]) {
      const { layout } = adxl345.sample(settingsOf({ range }))
      near(decodeRows(Uint8Array.of(0x00, 0x01, 0x00, 0xff, 0x01, 0x00), layout), [1, -1, 0.00390625])
    }
  })

  it('reaches ± 16 g with 13 bits', () => {
    const { layout } = adxl345.sample(settingsOf({ range: 16 }))
    // 0x0fff = 4095, 0xf000 = -4096.
    near(decodeRows(Uint8Array.of(0xff, 0x0f, 0x00, 0xf0, 0, 0), layout), [15.99609375, -16, 0])
  })

  it('writes full resolution, range and rate, then measures', () => {
    const steps = adxl345.configure(settingsOf({ range: 16, rate: 800 }))
    assert.equal(writtenValue(steps, 0x31), 0x0b)
    // Table 7: 0x0d is 800 Hz, 0x0a is 100 Hz.
    assert.equal(writtenValue(steps, 0x2c), 0x0d)
    assert.equal(writtenValue(adxl345.configure(settingsOf({ rate: 100 })), 0x2c), 0x0a)
    assert.equal(steps.at(-1)!.register, 0x2d)
    assert.equal(steps.at(-1)!.value, 0x08)
  })

  it('counts FIFO entries in bits 5:0 and calls a full FIFO broken', () => {
    const level = (status: number) => adxl345.fifo!.level(Uint8Array.of(status), settingsOf({}))
    assert.deepEqual(level(0x80 | 13), { words: 13, broken: false })
    assert.equal(level(31).broken, false)
    assert.equal(level(32).broken, true)
    assert.equal(adxl345.fifo!.burst, false)
  })

  it('empties the FIFO by way of bypass mode into stream mode', () => {
    assert.deepEqual(
      adxl345.fifo!.reset(settingsOf({})).map((step) => [step.register, step.value]),
      [
        [0x38, 0],
        [0x38, 0x80],
      ],
    )
  })
})
