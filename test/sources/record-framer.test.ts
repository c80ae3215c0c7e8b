import assert from 'node:assert/strict'
import { RecordFramer } from '../../src/sources/record-framer'

const SYNC = Uint8Array.of(0x55, 0xaa)
/** A record of six bytes: sync word, number, sum of the bytes before. */
function record(number: number): number[] {
  const head = [0x55, 0xaa, number & 255, number >> 8, 7]
  return [...head, head.reduce((sum, byte) => (sum + byte) & 255, 0)]
}
const isWhole = (bytes: Uint8Array): boolean =>
  bytes.slice(0, 5).reduce((sum, byte) => (sum + byte) & 255, 0) === bytes[5]

function numbers(records: Uint8Array): number[] {
  return Array.from({ length: records.length / 6 }, (_, i) => records[i * 6 + 2]! + 256 * records[i * 6 + 3]!)
}

describe('RecordFramer', () => {
  const three = Uint8Array.from([...record(1), ...record(2), ...record(3)])

  it('gives the same records when the stream is split at every byte', () => {
    for (let at = 0; at <= three.length; at++) {
      const framer = new RecordFramer({ length: 6, sync: SYNC })
      const found = [...numbers(framer.push(three.slice(0, at))), ...numbers(framer.push(three.slice(at)))]
      assert.deepEqual(found, [1, 2, 3])
      assert.equal(framer.lost, 0)
    }
  })

  it('finds the first record in the middle of one', () => {
    for (let cut = 1; cut < 6; cut++) {
      const framer = new RecordFramer({ length: 6, sync: SYNC, check: isWhole })
      assert.deepEqual(numbers(framer.push(three.slice(cut))), [2, 3])
      assert.equal(framer.lost, 6 - cut)
    }
  })

  it('drops a record with a broken checksum, and no other', () => {
    const broken = three.slice()
    broken[9] = 0xff
    const framer = new RecordFramer({ length: 6, sync: SYNC, check: isWhole })
    assert.deepEqual(numbers(framer.push(broken)), [1, 3])
    assert.equal(framer.lost, 6)
  })

  it('gives no record that lost a byte, even without a checksum', () => {
    for (let lost = 6; lost < 12; lost++) {
      const bytes = Uint8Array.from([...three.slice(0, lost), ...three.slice(lost + 1)])
      const framer = new RecordFramer({ length: 6, sync: SYNC })
      // Where the sync word itself is damaged, the record before it cannot be told from a damaged one.
      assert.deepEqual(numbers(framer.push(bytes)), lost < 8 ? [3] : [1, 3])
      assert.equal(framer.lost, lost < 8 ? 11 : 5)
    }
  })

  it('is not misled by sync bytes within the data', () => {
    const tricky = Uint8Array.from([...record(0xaa55), ...record(0xaa55), ...record(5)])
    const framer = new RecordFramer({ length: 6, sync: SYNC, check: isWhole })
    assert.deepEqual(numbers(framer.push(tricky.slice(1))), [0xaa55, 5])
  })

  it('counts bytes where there is neither sync word nor check', () => {
    const framer = new RecordFramer({ length: 6, sync: new Uint8Array(0) })
    assert.equal(framer.push(three.slice(0, 8)).length, 6)
    assert.equal(framer.push(three.slice(8)).length, 12)
  })

  it('joins nothing over a break of the line, and counts what a flush leaves', () => {
    const framer = new RecordFramer({ length: 6, sync: SYNC, check: isWhole })
    framer.push(three.slice(0, 3))
    framer.reset()
    assert.deepEqual(numbers(framer.push(three.slice(3))), [2, 3])
    assert.equal(framer.lost, 3)
    framer.push(three.slice(0, 4))
    framer.flush()
    assert.equal(framer.lost, 7)
  })
})
