import assert from 'node:assert/strict'
import { BinaryDecoder } from '../../../src/sources/decode/binary'
import { parseBinaryLayout } from '../../../src/sources/decode/binary-layout'
import { checksum } from '../../../src/sources/decode/checksum'

function decoder(layout: string): BinaryDecoder {
  return new BinaryDecoder({ wanted: [], timeUnit: 'ms', options: { layout } })
}

describe('checksums', () => {
  // Check values of "123456789" in the catalogue of parametrised CRC algorithms.
  const text = new TextEncoder().encode('123456789')
  for (const [name, value] of [
    ['crc8', 0xf4],
    ['crc16', 0x29b1],
    ['crc16-modbus', 0x4b37],
    ['sum8', 0xdd],
    ['xor8', 0x31],
  ] as const) {
    it(`has the published check value of ${name}`, () => assert.equal(checksum(name, text, 0, 9), value))
  }
})

describe('parseBinaryLayout', () => {
  it('lays the fields one behind the other', () => {
    const layout = parseBinaryLayout(
      'u16 magic=0xAA55, u32 seq, u32 time us\n i16 ax*0.5+1 g; skip 2, f32 t °C, crc16',
    )
    assert.equal(layout.length, 2 + 4 + 4 + 2 + 2 + 4 + 2)
    assert.deepEqual([...layout.sync], [0x55, 0xaa])
    assert.deepEqual(
      layout.columns.map(({ name, offset, unit }) => [name, offset, unit]),
      [
        ['ax', 10, 'g'],
        ['t', 14, '°C'],
      ],
    )
    assert.equal(layout.time?.scale, 0.001)
    assert.equal(layout.sequence?.offset, 2)
  })

  for (const text of [
    '',
    'u16',
    'i16 ax*',
    'i16 ax, i16 ax',
    'i12 ax',
    '0 x { i16 ax }',
    '2 x { i16 ax',
    'i16 ax, crc8, i16 ay',
    'f32 a=1',
  ]) {
    it(`refuses "${text}"`, () => assert.throws(() => parseBinaryLayout(text), { name: 'ConfigError' }))
  }
})

describe('BinaryDecoder', () => {
  it('reads every type in both byte orders', () => {
    for (const order of ['le', 'be']) {
      const little = order === 'le'
      const view = new DataView(new ArrayBuffer(43))
      view.setUint8(0, 200)
      view.setInt8(1, -100)
      view.setUint16(2, 60_000, little)
      view.setInt16(4, -30_000, little)
      view.setUint32(6, 4e9, little)
      view.setInt32(10, -2e9, little)
      view.setFloat32(14, 0.5, little)
      view.setFloat64(18, Math.PI, little)
      view.setBigUint64(26, 2n ** 52n, little)
      view.setBigInt64(34, -(2n ** 40n), little)
      const bytes = new Uint8Array(view.buffer).slice(0, 42)
      const layout = `${order}, u8 a, i8 b, u16 c, i16 d, u32 e, i32 f, f32 g, f64 h, u64 i, i64 j`
      const { batches } = decoder(layout).decode(bytes)
      assert.deepEqual(
        [...batches[0]!.data],
        [200, -100, 60_000, -30_000, 4e9, -2e9, 0.5, Math.PI, 2 ** 52, -(2 ** 40)],
      )
    }
  })

  it('reads 24 bits with and without sign', () => {
    const { batches } = decoder('i24 a, u24 b, i24be c').decode(
      Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x80, 0, 1),
    )
    assert.deepEqual([...batches[0]!.data], [-1, 0xffffff, -0x7fffff])
  })

  it('scales, shifts and names the units', () => {
    const { batches } = decoder('i16 ax*0.000488 g, i16 t*0.01 -40 °C').decode(
      Uint8Array.of(0, 8, 0x88, 0x13),
    )
    assert.deepEqual(batches[0]!.units, ['g', '°C'])
    assert.equal(batches[0]!.data[0], 2048 * 0.000488)
    assert.equal(batches[0]!.data[1], 10)
  })

  it('makes one batch of several records, with times and counts', () => {
    const { batches } = decoder('u8 seq, u16 time ms, i8 x').decode(
      Uint8Array.of(254, 10, 0, 1, 255, 15, 0, 2, 0, 20, 0, 3),
    )
    assert.equal(batches.length, 1)
    assert.deepEqual([...batches[0]!.data], [1, 2, 3])
    assert.deepEqual([...batches[0]!.times!], [10, 15, 20])
    assert.deepEqual([[...batches[0]!.sequence!], batches[0]!.modulus], [[254, 255, 0], 256])
  })

  it('reads the rows of a repeated part; a count for the record is said once', () => {
    const { batches } = decoder('u8 seq, 3 x { i8 x, i8 y }').decode(
      Uint8Array.of(9, 1, 2, 3, 4, 5, 6, 10, 7, 8, 9, 10, 11, 12),
    )
    assert.deepEqual(
      batches.map(({ sequence, data }) => [[...sequence!], [...data]]),
      [
        [[9], [1, 2, 3, 4, 5, 6]],
        [[10], [7, 8, 9, 10, 11, 12]],
      ],
    )
  })

  it('counts bytes that belong to no record', () => {
    const layout = 'u8 magic=0x7E, i8 x, sum8'
    const good = [0x7e, 5, 0x83]
    const { batches, errors, bad } = decoder(layout).decode(
      Uint8Array.from([1, 2, ...good, 0x7e, 5, 0, ...good, 0x7e]),
    )
    assert.deepEqual([...batches[0]!.data], [5, 5])
    assert.equal(bad, 1)
    assert.equal(errors[0]!.params['got'], 6)
  })

  it('checks from the byte that the layout says, and in its byte order', () => {
    const crc = checksum('crc16', Uint8Array.of(1, 2), 0, 2)
    const record = (high: number, low: number): Uint8Array => Uint8Array.of(0x7e, 1, 2, high, low)
    const layout = 'u8 magic=0x7E, u16 x, crc16be from 1'
    assert.equal(decoder(layout).decode(record(crc >> 8, crc & 255)).batches.length, 1)
    assert.equal(decoder(layout).decode(record(crc & 255, crc >> 8)).batches.length, 0)
  })

  it('leaves out a number that is not finite', () => {
    const bytes = new Uint8Array(new Float32Array([1, NaN, 3]).buffer)
    const { batches, bad } = decoder('f32 x').decode(bytes)
    assert.deepEqual([...batches[0]!.data], [1, 3])
    assert.equal(bad, 1)
  })
})
