import assert from 'node:assert/strict'
import type { Frame } from '../../src/core/frame'
import { readFrame } from '../../src/core/read-frame'
import { toWire } from '../../src/core/wire'

describe('toWire', () => {
  it('writes little-endian 32-bit floats as base64', () => {
    const wire = toWire({ channels: ['x'], start: 1, data: Float32Array.of(1, -2) })
    // 1.0 = 00 00 80 3f, -2.0 = 00 00 00 c0
    assert.deepEqual(wire, {
      v: 1,
      channels: ['x'],
      start: 1,
      f32: Buffer.from('0000803f000000c0', 'hex').toString('base64'),
    })
  })

  it('round-trips every bit pattern of finite floats through JSON text', () => {
    const bits = new Uint32Array(20_000)
    for (let i = 0, state = 1; i < bits.length; i++)
      bits[i] = state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    const data = new Float32Array(bits.buffer).filter((value) => Number.isFinite(value))
    const frame: Frame = { channels: ['x'], rate: 1000, start: 1234.5, data }
    const back = readFrame(JSON.stringify(toWire(frame)), { now: 0 })
    assert.deepEqual(Buffer.from(back.data.buffer), Buffer.from(data.slice().buffer))
    assert.deepEqual(back, frame)
  })

  it('shares no array with the frame', () => {
    const frame: Frame = {
      channels: ['x'],
      units: ['g'],
      start: 1,
      times: Float64Array.of(1),
      data: Float32Array.of(1),
      contract: ['a'],
    }
    const wire = toWire(frame)
    assert.notEqual(wire.channels, frame.channels)
    assert.notEqual(wire.contract, frame.contract)
    assert.deepEqual(wire.times, [1])
  })

  it('keeps units, times, end and contract', () => {
    const frame: Frame = {
      channels: ['x', 'y'],
      units: ['g', '°C'],
      start: 10.25,
      end: 99,
      times: Float64Array.of(10.25, 12),
      data: Float32Array.of(1, 2, 3, 4),
      contract: ['source x,y g,°C', 'window 2'],
    }
    assert.deepEqual(readFrame(JSON.parse(JSON.stringify(toWire(frame))), { now: 0 }), frame)
  })

  it('writes a million values without running out of stack', () => {
    const frame: Frame = { channels: ['x'], start: 0, data: new Float32Array(1_000_000).fill(0.5) }
    assert.equal(readFrame(toWire(frame), { now: 0 }).data[999_999], 0.5)
  })
})
