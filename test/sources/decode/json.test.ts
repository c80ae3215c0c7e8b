import assert from 'node:assert/strict'
import { toWire } from '../../../src/core/wire'
import type { Batch, DecodeSettings } from '../../../src/sources/decode/decoder'
import { JsonDecoder } from '../../../src/sources/decode/json'

const CONTEXT = { arrival: 5000 }

function decoder(settings: Partial<DecodeSettings> = {}): JsonDecoder {
  return new JsonDecoder({ wanted: [], timeUnit: 'ms', options: {}, ...settings })
}

function only(batches: readonly Batch[]): Batch {
  assert.equal(batches.length, 1)
  return batches[0]!
}

describe('JsonDecoder', () => {
  const cases: Record<string, [unknown, string[], number[]]> = {
    'an object of numbers': [{ x: 1, y: 2 }, ['x', 'y'], [1, 2]],
    'an array of numbers': [
      [1, 2],
      ['ch1', 'ch2'],
      [1, 2],
    ],
    'a number': [7, ['value'], [7]],
    'rows of numbers': [
      [
        [1, 2],
        [3, 4],
      ],
      ['ch1', 'ch2'],
      [1, 2, 3, 4],
    ],
    'an array of objects': [
      [
        { x: 1, y: 2 },
        { y: 4, x: 3 },
      ],
      ['x', 'y'],
      [1, 2, 3, 4],
    ],
    'arrays per axis': [{ x: [1, 3], y: [2, 4] }, ['x', 'y'], [1, 2, 3, 4]],
    'nested objects': [{ accel: { x: 1, y: 2 }, temp: 20 }, ['accel.x', 'accel.y', 'temp'], [1, 2, 20]],
    'numbers beside arrays per axis': [
      { seq: 1, temp: 20.5, ax: [1, 2], ay: [3, 4] },
      ['ax', 'ay'],
      [1, 3, 2, 4],
    ],
    'lists beside the numbers of several objects': [
      [
        { x: 1, tags: [7] },
        { x: 2, tags: [] },
      ],
      ['x'],
      [1, 2],
    ],
    'labels beside the numbers': [{ id: 'pump', on: true, x: 1 }, ['x'], [1]],
  }
  for (const [name, [value, channels, data]] of Object.entries(cases)) {
    it(`reads ${name}, as text, bytes and parsed`, () => {
      for (const chunk of [value, JSON.stringify(value), Buffer.from(JSON.stringify(value, null, 1))]) {
        const { batches, errors } = decoder().decode(chunk, CONTEXT)
        assert.deepEqual(errors, [])
        assert.deepEqual(only(batches).channels, channels)
        assert.deepEqual([...only(batches).data], data)
      }
    })
  }

  it('makes one batch of lines with a sample each, and leaves out lines that are no JSON', () => {
    const { batches, bad } = decoder().decode('{"x":1,"t":0}\n{"x":2,\n{"x":3,"t":2}\n', CONTEXT)
    assert.deepEqual([...only(batches).data], [1, 0, 3, 2])
    assert.equal(bad, 1)
    assert.deepEqual([...only(decoder().decode('[1,2]\n[3,4]', CONTEXT).batches).data], [1, 2, 3, 4])
  })

  it('makes a batch of each line with arrays', () => {
    const { batches } = decoder().decode('{"x":[1,2]}\n{"x":[3]}', CONTEXT)
    assert.deepEqual(
      batches.map((batch) => [...batch.data]),
      [[1, 2], [3]],
    )
  })

  it('follows a path to the samples', () => {
    const value = { data: { values: [[1, 2]] } }
    assert.deepEqual(
      [...only(decoder({ options: { path: 'data.values' } }).decode(value, CONTEXT).batches).data],
      [1, 2],
    )
    const { errors } = decoder({ options: { path: 'data.samples' } }).decode(value, CONTEXT)
    assert.deepEqual([errors[0]!.key, errors[0]!.params['path']], ['sources.noPath', 'data.samples'])
  })

  it('takes times and counts from each sample, from arrays beside the columns, or once at the top', () => {
    const settings = { timeField: 't', sequenceField: 'n' }
    const each = only(
      decoder(settings).decode(
        [
          { t: 10, n: 1, x: 5 },
          { t: 20, n: 2, x: 6 },
        ],
        CONTEXT,
      ).batches,
    )
    assert.deepEqual(
      [[...each.times!], [...each.sequence!], [...each.data]],
      [
        [10, 20],
        [1, 2],
        [5, 6],
      ],
    )
    const beside = only(decoder(settings).decode({ t: [10, 20], n: 3, x: [5, 6] }, CONTEXT).batches)
    assert.deepEqual([[...beside.times!], [...beside.sequence!], [...beside.data]], [[10, 20], [3], [5, 6]])
    const path = { ...settings, options: { path: 'data' } }
    const top = only(decoder(path).decode({ t: 10, n: 3, data: { x: [5, 6] } }, CONTEXT).batches)
    assert.deepEqual([[...top.times!], [...top.sequence!]], [[10], [3]])
  })

  it('takes times and counts of arrays by the number of their column, which is then no channel', () => {
    const rows = [
      [10, 0.5, 7, 0.6],
      [20, 1.5, 8, 1.6],
    ]
    const settings = { timeField: '1', sequenceField: '3' }
    const batch = only(decoder(settings).decode(rows, CONTEXT).batches)
    assert.deepEqual(
      [batch.channels, [...batch.data]],
      [
        ['ch2', 'ch4'],
        [0.5, 0.6, 1.5, 1.6],
      ],
    )
    assert.deepEqual(
      [[...batch.times!], [...batch.sequence!]],
      [
        [10, 20],
        [7, 8],
      ],
    )
    const one = only(
      decoder({ timeField: '2', timeUnit: 'iso' }).decode('[5,"2026-01-01T00:00:01Z"]', CONTEXT).batches,
    )
    assert.deepEqual([[...one.data], [...one.times!]], [[5], [Date.UTC(2026, 0, 1, 0, 0, 1)]])
    const bad = decoder(settings).decode([rows[0], [30, 1], ['soon', 1, 2, 3], 5, rows[1]], CONTEXT)
    assert.deepEqual(
      [[...only(bad.batches).data], [...only(bad.batches).times!], bad.bad],
      [[0.5, 0.6, 1.5, 1.6], [10, 20], 3],
    )
  })

  it('keeps times beside their samples where bad samples are left out', () => {
    const rows = [
      { t: 10, x: 1 },
      { t: 20, x: null },
      { t: 'soon', x: 3 },
      { t: 40, x: 4 },
    ]
    const { batches, bad } = decoder({ timeField: 't' }).decode(rows, CONTEXT)
    assert.deepEqual(
      [[...only(batches).times!], [...only(batches).data], only(batches).kept],
      [
        [10, 40],
        [1, 4],
        [0, 3],
      ],
    )
    assert.equal(bad, 2)
    const columns = decoder({ timeField: 't' }).decode({ t: [10, 20, 30], x: [1, null, 3] }, CONTEXT)
    assert.deepEqual(
      [[...only(columns.batches).times!], only(columns.batches).kept],
      [
        [10, 30],
        [0, 2],
      ],
    )
  })

  it('names a time column that is not there, or too short', () => {
    assert.equal(decoder({ timeField: 't' }).decode({ x: 1 }, CONTEXT).errors[0]!.key, 'sources.noRole')
    assert.equal(
      decoder({ timeField: 't' }).decode({ x: [1, 2], t: [1] }, CONTEXT).errors[0]!.key,
      'sources.roleLength',
    )
  })

  it('reads a frame in its wire form with its times', () => {
    const frame = {
      channels: ['x'],
      units: ['g'],
      rate: 10,
      start: 1000,
      data: Float32Array.of(0.1, 0.2, 0.3),
    }
    const batch = only(decoder().decode(JSON.stringify(toWire(frame)), CONTEXT).batches)
    assert.deepEqual([[...batch.times!], batch.rate, batch.units], [[1000, 1100, 1200], 10, ['g']])
    assert.deepEqual([...batch.data], [...frame.data])
  })

  it('hands on a frame that other nodes shaped as it is, also where plain JSON was made of it', () => {
    const frame = {
      channels: ['x'],
      start: 1000,
      times: Float64Array.of(1000, 1100),
      data: Float32Array.of(0.1, 2),
      contract: ['source x 10 Hz', 'window 2'],
    }
    for (const text of [JSON.stringify(toWire(frame)), JSON.stringify(frame)]) {
      const { batches, frames } = decoder().decode(text, CONTEXT)
      assert.equal(batches.length, 0)
      assert.deepEqual(frames, [frame])
    }
  })

  it('takes the wanted properties only', () => {
    const batch = only(
      decoder({ wanted: ['z', 'a.x'] }).decode({ a: { x: 1 }, y: 'text', z: 3 }, CONTEXT).batches,
    )
    assert.deepEqual(
      [batch.channels, [...batch.data]],
      [
        ['z', 'a.x'],
        [3, 1],
      ],
    )
  })
})
