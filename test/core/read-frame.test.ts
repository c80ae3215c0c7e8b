import assert from 'node:assert/strict'
import vm from 'node:vm'
import { InputError } from '../../src/core/errors'
import type { Frame } from '../../src/core/frame'
import { readFrame } from '../../src/core/read-frame'
import { toWire } from '../../src/core/wire'

const NOW = 1_700_000_000_000
const read = (payload: unknown, rest: object = {}): Frame => readFrame(payload, { now: NOW, ...rest })

function whole(): Frame {
  return {
    channels: ['ax', 'ay'],
    units: ['g', 'g'],
    rate: 200,
    start: 5,
    data: Float32Array.of(1, 2, 3, 4),
    contract: ['source ax,ay g 200 Hz'],
  }
}

/** The error that a payload gives, whose text must name the field and hold no gap. */
function refusal(payload: unknown, rest: object = {}): InputError {
  try {
    readFrame(payload, { now: NOW, ...rest })
  } catch (error) {
    assert.ok(error instanceof InputError, String(error))
    assert.match(error.message, /msg\.payload/)
    assert.doesNotMatch(error.message, /__(?!proto__)\w+__/)
    return error
  }
  return assert.fail('was not refused')
}

describe('readFrame', () => {
  it('gives a whole frame back as the very same object', () => {
    for (const frame of [
      whole(),
      { ...whole(), times: Float64Array.of(5, 9) },
      { ...whole(), end: 99, contract: undefined },
    ]) {
      assert.equal(read(frame), frame)
    }
  })

  const readable: Record<string, [payload: unknown, channels: string[], values: number[]]> = {
    'a number': [7, ['value'], [7]],
    'an array of numbers': [
      [1, 2],
      ['ch1', 'ch2'],
      [1, 2],
    ],
    'an object of numbers': [{ ax: 1, ay: 2 }, ['ax', 'ay'], [1, 2]],
    rows: [
      [
        [1, 2],
        [3, 4],
      ],
      ['ch1', 'ch2'],
      [1, 2, 3, 4],
    ],
    'rows by name': [
      [
        { x: 1, y: 2 },
        { y: 4, x: 3 },
      ],
      ['x', 'y'],
      [1, 2, 3, 4],
    ],
    columns: [{ x: [1, 3], y: [2, 4] }, ['x', 'y'], [1, 2, 3, 4]],
    'columns in typed arrays': [
      { x: Int16Array.of(1, 3), y: Float64Array.of(2, 4) },
      ['x', 'y'],
      [1, 2, 3, 4],
    ],
    'a typed array': [Float64Array.of(1, 2), ['ch1', 'ch2'], [1, 2]],
    'a frame with rows': [
      {
        channels: ['x', 'y'],
        data: [
          [1, 2],
          [3, 4],
        ],
      },
      ['x', 'y'],
      [1, 2, 3, 4],
    ],
    'a frame with flat numbers': [{ channels: ['x', 'y'], data: [1, 2, 3, 4] }, ['x', 'y'], [1, 2, 3, 4]],
    'columns named channels and data': [
      { channels: [1, 2], data: [3, 4] },
      ['channels', 'data'],
      [1, 3, 2, 4],
    ],
  }
  for (const [name, [payload, channels, values]] of Object.entries(readable)) {
    it(`reads ${name}`, () => {
      const frame = read(payload)
      assert.deepEqual([frame.channels, [...frame.data], frame.start], [channels, values, NOW])
      assert.equal(frame.rate, undefined)
      assert.equal(frame.data.byteLength, frame.data.buffer.byteLength)
    })
  }

  it('reads JSON text of all of these, as a string, a Buffer and a Uint8Array', () => {
    for (const [payload, channels, values] of Object.values(readable)) {
      if (JSON.stringify(payload).includes('"0":')) continue
      const text = ` ${JSON.stringify(payload)}\n`
      for (const form of [text, `\ufeff${text}`, Buffer.from(text), new TextEncoder().encode(text)]) {
        const frame = read(form)
        assert.deepEqual([frame.channels, [...frame.data]], [channels, values])
      }
    }
  })

  it('takes names, rate and field from the options where the value has none', () => {
    assert.deepEqual(read([1, 2], { channels: ['x', 'y'] }).channels, ['x', 'y'])
    assert.deepEqual([...read({ x: 1, y: 2, label: 'a' }, { channels: ['y'] }).data], [2])
    assert.equal(read(1, { rate: 50 }).rate, 50)
    assert.equal(read({ channels: ['x'], data: [1], rate: 20 }, { rate: 50 }).rate, 20)
    assert.throws(() => readFrame('x', { now: NOW, field: 'msg.sample' }), /msg\.sample/)
  })

  it('works the start out from the end where the sender knows only that', () => {
    const frame = read({ channels: ['x'], data: [1, 2, 3, 4], rate: 10, end: 1000 })
    assert.deepEqual([frame.start, frame.end], [600, undefined])
  })

  it('reads what a function node makes, which lives in a realm of its own', () => {
    const foreign = (code: string): unknown => vm.runInNewContext(code)
    const frame = read(foreign('({channels: ["x"], start: 5, rate: 10, data: new Float32Array([1, 2])})'))
    assert.ok(frame.data instanceof Float32Array)
    assert.deepEqual([[...frame.data], frame.start, frame.rate], [[1, 2], 5, 10])
    assert.deepEqual([...read(foreign('({x: [1, 2]})')).data], [1, 2])
    assert.deepEqual([...read(foreign('new Float64Array([1, 2])')).data], [1, 2])
    assert.deepEqual([...read(foreign('new Uint8Array([49])')).data], [1])
  })

  it('copies data that are a view on a larger buffer', () => {
    const data = new Float32Array([9, 9, 1, 2, 9]).subarray(2, 4)
    const frame = read({ ...whole(), data })
    assert.deepEqual([[...frame.data], frame.data.buffer.byteLength], [[1, 2], 8])
  })

  it('reads a clone and the wire form to the bit', () => {
    const frame = {
      ...whole(),
      data: Float32Array.of(0.1, -0, 3.4e38, 1.4e-45),
      times: Float64Array.of(5.25, 9),
      end: 10,
    }
    assert.deepEqual(read(structuredClone(frame)), frame)
    const back = read(JSON.stringify(toWire(frame)))
    assert.deepEqual(back, frame)
    assert.ok(Object.is(back.data[1], -0))
  })

  const refused: Record<string, [payload: unknown, key: string, params?: Record<string, unknown>]> = {
    nothing: [undefined, 'frame.notReadable'],
    null: [null, 'frame.notReadable'],
    true: [true, 'frame.notReadable'],
    'a bigint': [1n, 'frame.notReadable'],
    'a symbol': [Symbol('x'), 'frame.notReadable'],
    'a function': [() => 1, 'frame.notReadable'],
    'a date': [new Date(), 'frame.notReadable'],
    'a map': [new Map(), 'frame.notReadable'],
    'a DataView': [new DataView(new ArrayBuffer(8)), 'frame.notReadable'],
    'big integers': [new BigInt64Array(2), 'frame.notReadable'],
    'empty text': ['  ', 'frame.empty'],
    'an empty array': [[], 'frame.empty'],
    'an empty object': [{}, 'frame.empty'],
    'empty columns': [{ x: [] }, 'frame.empty'],
    'text that is no JSON': ['{"x":', 'frame.notJson'],
    'text within JSON': ['"1"', 'frame.notReadable'],
    NaN: [NaN, 'frame.notFinite', { channel: 'value', row: 0 }],
    'infinity in a row': [
      [
        [1, 2],
        [3, -Infinity],
      ],
      'frame.notFinite',
      { channel: 'ch2', row: 1 },
    ],
    'a number beyond single precision': [{ x: 1e39 }, 'frame.tooBig', { channel: 'x' }],
    'text for a number': [{ x: 1, y: '2' }, 'frame.notFinite', { channel: 'y' }],
    'a sparse array': [[1, , 3], 'frame.notFinite', { channel: 'ch2' }],
    'rows of unequal length': [[[1, 2], [3]], 'frame.wrongLength', { row: 1, got: 1, expected: 2 }],
    'a number among rows': [[[1, 2], 3], 'frame.notARow', { row: 1, got: '3', expected: 2 }],
    'a missing channel': [[{ x: 1, y: 2 }, { x: 3 }], 'frame.missingChannel', { channel: 'y', row: 1 }],
    'columns of unequal length': [{ x: [1, 2], y: [1] }, 'frame.unevenColumns', { channel: 'y' }],
    'a number beside columns': [{ x: [1, 2], y: 1 }, 'frame.notAColumn', { channel: 'y' }],
    'a number before columns': [{ y: 1, x: [1, 2] }, 'frame.notAColumn', { channel: 'y' }],
    'a channel named __proto__': [JSON.parse('{"__proto__": 1}'), 'frame.badChannelName'],
    'a name with a comma': [{ 'a,b': 1 }, 'frame.badChannelName'],
    'a huge sparse array': [new Array(1e9), 'frame.tooLarge', { what: 'channels' }],
    'a million numbers in one row': [new Array(1e6).fill(1), 'frame.tooLarge', { got: 1e6 }],
    'more than four million values': [
      new Array(2_000_001).fill([1, 2]),
      'frame.tooLarge',
      { what: 'values' },
    ],
    'a typed array gone through JSON': [{ 0: 1, 1: 2 }, 'frame.typedArrayAsJson'],
    'a frame without channels': [{ ...whole(), channels: [] }, 'frame.empty'],
    'a frame with two equal channels': [
      { ...whole(), channels: ['x', 'x'] },
      'frame.duplicateChannel',
      { channel: 'x' },
    ],
    'a frame with a channel that is no text': [{ ...whole(), channels: ['x', 5] }, 'frame.badChannelName'],
    'a frame with a broken row': [
      { ...whole(), data: new Float32Array(3) },
      'frame.notMultiple',
      { got: 3, channels: 2 },
    ],
    'a frame without rows': [{ ...whole(), data: new Float32Array(0) }, 'frame.empty'],
    'a frame with NaN': [
      { ...whole(), data: Float32Array.of(1, 2, 3, NaN) },
      'frame.notFinite',
      { channel: 'ay', row: 1 },
    ],
    'a frame with a bad start': [{ ...whole(), start: 'now' }, 'frame.badProperty'],
    'a frame with a bad rate': [{ ...whole(), rate: 0 }, 'frame.badProperty'],
    'a frame so slow that its end is no time': [
      { ...whole(), rate: 5e-324 },
      'frame.badProperty',
      { field: 'msg.payload.rate', got: '5e-324' },
    ],
    'a frame with a unit too few': [{ ...whole(), units: ['g'] }, 'frame.badProperty'],
    'a frame with times that go back': [{ ...whole(), times: Float64Array.of(9, 5) }, 'frame.badProperty'],
    'a frame with a bad contract': [{ ...whole(), contract: [1] }, 'frame.badProperty'],
    'a frame of a later version': [{ v: 2, channels: ['x'], f32: '' }, 'frame.badProperty'],
    'values that are no base64': [{ channels: ['x'], f32: '!' }, 'frame.badProperty'],
    'base64 of half a number': [{ channels: ['x'], f32: 'AAA=' }, 'frame.badProperty'],
    'base64 of NaN': [{ channels: ['x'], f32: 'AADAfw==' }, 'frame.notFinite', { channel: 'x' }],
  }
  for (const [name, [payload, key, params]] of Object.entries(refused)) {
    it(`refuses ${name}`, () => {
      const error = refusal(payload)
      assert.equal(error.key, key, error.message)
      for (const [param, value] of Object.entries(params ?? {})) assert.equal(error.params[param], value)
    })
  }

  it('reads a frame that went through plain JSON, and refuses one that lost values on the way', () => {
    const frame = { ...whole(), times: Float64Array.of(5, 9) }
    assert.deepEqual(read(JSON.parse(JSON.stringify(frame))), frame)
    const part = (data: object): InputError => refusal({ ...whole(), data })
    assert.equal(part({ 0: 1, 1: 2, 2: 3, 4: 4 }).key, 'frame.notFinite')
    assert.equal(part({ 0: 1, 1: null }).key, 'frame.notFinite')
    assert.equal(part({ 0: 1, 1: 2, 2: 3 }).key, 'frame.notMultiple')
  })

  it('refuses objects that throw when they are read', () => {
    const thrower = {
      get: () => {
        throw new TypeError('no')
      },
      ownKeys: () => {
        throw new RangeError('no')
      },
    }
    assert.equal(refusal(new Proxy({}, thrower)).key, 'frame.notReadable')
    assert.equal(
      refusal({
        get x() {
          throw new Error('no')
        },
      }).key,
      'frame.notReadable',
    )
    assert.equal(refusal({ ...whole(), data: new Proxy(new Float32Array(4), {}) }).key, 'frame.notReadable')
    const revoked = Proxy.revocable({}, {})
    revoked.revoke()
    assert.equal(refusal(revoked.proxy).key, 'frame.notReadable')
  })

  it('reads own properties only, and pollutes nothing', () => {
    assert.equal(refusal(Object.create({ x: 1 })).key, 'frame.empty')
    refusal(JSON.parse('{"x": 1, "__proto__": {"polluted": 1}}'))
    refusal([JSON.parse('{"__proto__": 1, "constructor": 2}')])
    assert.equal(({} as { polluted?: unknown }).polluted, undefined)
  })

  it('gives finite frames or an InputError for 2,000 random payloads', () => {
    let state = 1
    const next = (): number => (state = (state * 48271) % 2147483647) / 2147483647
    const pieces = [
      NaN,
      Infinity,
      -0,
      1e308,
      '5',
      '',
      null,
      undefined,
      true,
      1n,
      Symbol('x'),
      [],
      {},
      [1, 2],
      { x: 1 },
      [[1], [2]],
    ]
    const names = [
      'x',
      'y',
      'channels',
      'data',
      'f32',
      'rate',
      'start',
      'times',
      '__proto__',
      'constructor',
      '0',
      'length',
    ]
    const any = (depth: number): unknown => {
      const kind = depth === 0 ? 0 : Math.floor(next() * 4)
      if (kind === 1) return Array.from({ length: Math.floor(next() * 4) }, () => any(depth - 1))
      if (kind === 2 || kind === 3) {
        const made: Record<string, unknown> = {}
        for (let i = 0; i < 3; i++) made[names[Math.floor(next() * names.length)]!] = any(depth - 1)
        return made
      }
      return next() < 0.5 ? next() * 10 : pieces[Math.floor(next() * pieces.length)]
    }
    let read = 0
    for (let i = 0; i < 2000; i++) {
      try {
        const frame = readFrame(any(3), { now: NOW })
        assert.ok(frame.data.every((value) => Number.isFinite(value)) && frame.data.length > 0)
        assert.equal(frame.data.length % frame.channels.length, 0)
        read++
      } catch (error) {
        assert.ok(error instanceof InputError, String(error))
      }
    }
    assert.ok(read > 100)
  })
})
