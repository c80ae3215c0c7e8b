import assert from 'node:assert/strict'
import { readOnnx } from '../../../src/model/onnx/read'
import { MalformedError, WireReader } from '../../../src/model/onnx/wire'
import { join, len, num, onnx, tensor, value, varint, type Piece } from './proto'

describe('the Protocol Buffers reader', () => {
  const first = (piece: Piece): number => new WireReader(Uint8Array.from(piece)).varint()

  it('reads numbers of any length, negative ones too', () => {
    for (const number of [
      0,
      1,
      127,
      128,
      300,
      2 ** 28 - 1,
      2 ** 28,
      2 ** 31,
      2 ** 35,
      Number.MAX_SAFE_INTEGER,
      -1,
      -2,
      -(2 ** 31),
    ]) {
      assert.equal(first(varint(number)), number)
    }
    assert.equal(first(varint(2n ** 63n - 1n)), 2 ** 63)
    assert.equal(first(varint(-(2n ** 63n))), -(2 ** 63))
    // a longer spelling than needed is allowed
    assert.equal(first([0x81, 0x80, 0x80, 0x00]), 1)
  })

  it('refuses numbers that do not end', () => {
    assert.throws(() => first([0x80]), MalformedError)
    assert.throws(() => first(new Array<number>(11).fill(0x80)), MalformedError)
  })
})

describe('the ONNX reader', () => {
  it('tells inputs, outputs, operators, versions and metadata', () => {
    const bytes = onnx({
      inputs: [value('x', 'batch', 50, 6), value('w', 6, 6)],
      outputs: [join(len(1, 'y'), len(2, len(1, num(1, 11))))],
      initializers: [tensor('w', [6, 6])],
      model: [len(2, 'maker'), len(14, join(len(1, 'threshold'), len(2, '0.5')))],
    })
    const model = readOnnx(bytes)
    assert.deepEqual(model.inputs, [{ name: 'x', type: 1, dims: ['batch', 50, 6] }])
    assert.deepEqual(model.outputs, [{ name: 'y', type: 11 }])
    assert.deepEqual(model.nodes, [{ op: 'Relu', domain: '', inputs: ['x'], outputs: ['y'] }])
    assert.deepEqual(model.initializers, [{ name: 'w', type: 1, dims: [6, 6] }])
    assert.deepEqual(model.opsets, [{ domain: '', version: 17 }])
    assert.deepEqual([model.irVersion, model.producer, model.metadata.get('threshold')], [8, 'maker', '0.5'])
    assert.equal(model.suspects.size, 0)
  })

  it('reads packed and unpacked dimensions alike', () => {
    const packed = join(
      len(1, [...varint(2), ...varint(300)]),
      num(2, 1),
      len(8, 'w'),
      len(9, new Array<number>(2400).fill(0)),
    )
    assert.deepEqual(readOnnx(onnx({ initializers: [packed] })).initializers, [
      { name: 'w', type: 1, dims: [2, 300] },
    ])
  })

  it('merges a graph that comes in pieces, as every other reader does', () => {
    const second = len(7, join(len(1, join(len(1, 'y'), len(2, 'z'), len(4, 'If')))))
    assert.deepEqual(
      readOnnx(onnx({ model: [second] })).nodes.map(({ op }) => op),
      ['Relu', 'If'],
    )
  })

  it('tells open dimensions by their names, and nameless ones by ?', () => {
    const shape = len(
      2,
      len(
        1,
        join(
          num(1, 1),
          len(2, join(len(1, []), len(1, len(2, '')), len(1, num(1, -1)), len(1, len(2, 'n')))),
        ),
      ),
    )
    assert.deepEqual(readOnnx(onnx({ inputs: [join(len(1, 'x'), shape)] })).inputs[0]?.dims, [
      '?',
      '?',
      '?',
      'n',
    ])
  })
})
