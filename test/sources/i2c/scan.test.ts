import assert from 'node:assert/strict'
import { transferError, type I2cBus } from '../../../src/sources/i2c/bus'
import { scanBus } from '../../../src/sources/i2c/scan'
import { rig, SETUP } from './rig'

/** A bus with chips that know nothing but some registers. */
function busOf(
  chips: Readonly<Record<number, Readonly<Record<number, number>>>>,
  asked: string[] = [],
): I2cBus {
  return {
    number: 1,
    read: async (address, register) => {
      asked.push(`${address}:${register}`)
      if (chips[address] === undefined) throw transferError(1, address, 121)
      return Uint8Array.of(chips[address][register] ?? 0xff)
    },
    write: async () => assert.fail('a scan must not write'),
    probe: async (address) => chips[address] !== undefined,
    close: () => undefined,
  }
}

describe('scan of an I2C bus', () => {
  it('lists what answers, with the chip that each says to be', async () => {
    const found = await scanBus(
      busOf({
        0x1d: { 0x00: 0xe5 },
        0x26: { 0x01: 0x13 },
        0x3c: {},
        0x53: { 0x00: 0x00 },
        0x68: { 0x75: 0x70 },
        0x69: { 0x75: 0x12 },
        0x6a: { 0x0f: 0x70 },
        0x6b: { 0x0f: 0x6b },
      }),
    )
    assert.deepEqual(
      found.map(({ text, chip, label }) => [text, chip, label]),
      [
        ['0x1d', 'adxl345', 'ADXL345'],
        ['0x26', 'msa301', 'MSA301'],
        ['0x3c', undefined, undefined],
        ['0x53', undefined, undefined],
        ['0x68', 'mpu9250', 'MPU-6500'],
        ['0x69', undefined, 'ICM-20602'],
        ['0x6a', 'lsm6dsv', 'LSM6DSV'],
        ['0x6b', 'ism330dhcx', 'ISM330DHCX'],
      ],
    )
  })

  it('reads no register of a device that cannot be one of the chips', async () => {
    const asked: string[] = []
    const found = await scanBus(busOf({ 0x50: {}, 0x76: {} }, asked))
    assert.deepEqual(
      found.map(({ text }) => text),
      ['0x50', '0x76'],
    )
    const elsewhere = asked.filter((one) => /^(80|118):/.test(one))
    assert.deepEqual(elsewhere, [])
  })

  it('takes no byte out of the FIFO of a sensor that is being read', async () => {
    const { clock, sensor, batches, events } = rig()
    for (let scans = 0; scans < 5; scans++) {
      await clock.advance(SETUP + 330)
      assert.deepEqual(await scanBus(sensor.bus(1)), [
        { address: 0x68, text: '0x68', chip: 'mpu6050', label: 'MPU-6050' },
      ])
    }
    await clock.advance(1000)
    const rows = batches.flatMap(({ batch }) =>
      Array.from({ length: batch.data.length / 3 }, (_, row) => [...batch.data.slice(3 * row, 3 * row + 3)]),
    )
    // Row n is (n LSB, 0, 2 g) at 8192 LSB per g.
    assert.deepEqual(
      rows,
      rows.map((_, n) => [(n % 1000) / 8192, 0, 2]),
    )
    assert.ok(rows.length > 600, `${rows.length} rows`)
    assert.deepEqual(events, [])
  })

  it('gives an empty list for an empty bus', async () => {
    assert.deepEqual(await scanBus(busOf({})), [])
  })
})
