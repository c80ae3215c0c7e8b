import assert from 'node:assert/strict'
import { LineFramer } from '../../src/sources/line-framer'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('LineFramer', () => {
  const text = 'ax,ay\n1.5,2\n°C,µ\n-3,4\n'

  it('gives the same lines when the stream is split at every byte', () => {
    const whole = bytes(text)
    for (let at = 0; at <= whole.length; at++) {
      const framer = new LineFramer()
      const parts = [framer.push(whole.slice(0, at)), framer.push(whole.slice(at))]
      const lines = parts.filter((part) => part !== '').flatMap((part) => part.split('\n'))
      assert.deepEqual(lines, ['ax,ay', '1.5,2', '°C,µ', '-3,4'])
    }
  })

  it('gives the same lines byte by byte', () => {
    const framer = new LineFramer()
    const lines = Array.from(bytes(text), (byte) => framer.push(Uint8Array.of(byte))).filter(
      (line) => line !== '',
    )
    assert.deepEqual(lines, ['ax,ay', '1.5,2', '°C,µ', '-3,4'])
  })

  it('gives all lines of a chunk together', () => {
    assert.equal(new LineFramer().push(bytes('1\n2\n3\n4')), '1\n2\n3')
  })

  it('gives the last line without a delimiter at the flush', () => {
    const framer = new LineFramer()
    framer.push(bytes('1\n2'))
    assert.equal(framer.flush(), '2')
    assert.equal(framer.flush(), '')
  })

  it('drops the first line unless it is known to be whole, where asked', () => {
    const keepsFirst = (line: string): boolean => line === 'ax,ay'
    const framer = new LineFramer({ keepsFirst })
    assert.equal(framer.push(bytes('.98\n1,2')), '')
    assert.equal(framer.push(bytes('\nax,ay\n')), '1,2\nax,ay')
    assert.equal(new LineFramer({ keepsFirst }).push(bytes('ax,ay\r\n1,2\r\n')), 'ax,ay\n1,2')
  })

  it('gives the same lines for each line end, wherever the stream is split', () => {
    for (const end of ['\n', '\r\n', '\r']) {
      const whole = bytes(['1,2', '3,4', '5,6', ''].join(end))
      for (let at = 0; at <= whole.length; at++) {
        const framer = new LineFramer()
        const parts = [framer.push(whole.slice(0, at)), framer.push(whole.slice(at))]
        assert.deepEqual(
          parts.filter((part) => part !== '').flatMap((part) => part.split('\n')),
          ['1,2', '3,4', '5,6'],
        )
      }
    }
  })

  it('joins nothing over a break of the line', () => {
    const framer = new LineFramer({ keepsFirst: () => false })
    framer.push(bytes('\n0.98'))
    framer.reset()
    assert.equal(framer.push(bytes('1,2\n3,4\n')), '3,4')
    assert.equal(framer.held, 0)
  })

  it('never holds more than its limit, and goes on after a line that was too long', () => {
    const framer = new LineFramer()
    for (let i = 0; i < 100; i++) {
      assert.equal(framer.push(new Uint8Array(10_000).fill(65)), '')
      assert.ok(framer.held <= 65536)
    }
    assert.equal(framer.push(bytes('tail\n1,2\n')), '1,2')
    assert.equal(framer.tooLong, 1)
  })

  it('leaves out a line that is too long within one chunk', () => {
    const framer = new LineFramer({ maxLength: 8 })
    assert.equal(framer.push(bytes('1,2\n123456789\n3,4\n')), '1,2\n3,4')
    assert.equal(framer.tooLong, 1)
  })

  it('keeps nothing of the chunk it was given', () => {
    const framer = new LineFramer()
    const chunk = bytes('1,2')
    framer.push(chunk)
    chunk.fill(0)
    assert.equal(framer.push(bytes('\n')), '1,2')
  })
})
