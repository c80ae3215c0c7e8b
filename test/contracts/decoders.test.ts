import assert from 'node:assert/strict'
import { InputError } from '../../src/core/errors'
import type { DecodeResult, Decoder, DecoderSpec } from '../../src/sources/decode/decoder'
import { DECODERS, findDecoder } from '../../src/sources/decode/registry'

const CONTEXT = { arrival: 1_700_000_000_000, topic: 'machine' }

/** A decoder set as the dialog sets it when its format is chosen. */
function byDefault({ create, defaults, settings }: DecoderSpec): Decoder {
  return create({
    wanted: (defaults?.channels ?? []).map(({ name, from }) => from ?? name),
    timeField: defaults?.timeField,
    timeUnit: defaults?.timeUnit ?? 'ms',
    sequenceField: defaults?.sequenceField,
    options: Object.fromEntries(settings.map(({ name, fallback }) => [name, fallback])),
  })
}

function rowsOf({ batches }: DecodeResult): number {
  return batches.reduce((rows, { channels, data }) => rows + data.length / channels.length, 0)
}

function assertSound(result: DecodeResult): void {
  for (const { channels, data, times, sequence } of result.batches) {
    assert.ok(channels.length > 0)
    assert.ok(data.length > 0)
    const rows = data.length / channels.length
    assert.ok(Number.isInteger(rows))
    for (const list of [data, times ?? [], sequence ?? []])
      for (const value of list) assert.ok(Number.isFinite(value))
    for (const list of [times, sequence])
      if (list !== undefined) assert.ok(list.length === rows || list.length === 1)
  }
  assert.equal(result.bad === 0, result.errors.length === 0)
  assert.ok(result.errors.length <= result.bad)
  for (const error of result.errors) {
    assert.ok(error instanceof InputError)
    assert.ok(error.params['field'] !== undefined)
    assert.doesNotMatch(error.message, /__(?!proto__)\w+__/)
  }
}

function bytesOf(example: string | Uint8Array): Uint8Array {
  return typeof example === 'string' ? new TextEncoder().encode(example) : example.slice()
}

/** Small deterministic generator of numbers from 0 to 1 (mulberry32). */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

describe('every decoder', () => {
  it('has a name of its own', () => {
    const names = DECODERS.map((spec) => spec.name)
    assert.equal(new Set(names).size, names.length)
    for (const name of names) assert.match(name, /^[a-z][a-z0-9-]*$/)
  })

  it('is found by its name, and an unknown name is refused', () => {
    for (const spec of DECODERS) assert.equal(findDecoder('format', spec.name), spec)
    assert.throws(() => findDecoder('format', 'nonsense'), { name: 'ConfigError', key: 'settings.notOneOf' })
  })

  for (const spec of DECODERS) {
    describe(spec.name, () => {
      it('reads its example without fault, as text and as bytes', () => {
        for (const chunk of [spec.example, bytesOf(spec.example), Buffer.from(bytesOf(spec.example))]) {
          const result = byDefault(spec).decode(chunk, CONTEXT)
          assert.deepEqual(
            result.errors.map((error) => error.message),
            [],
          )
          assert.ok(rowsOf(result) > 0)
          assertSound(result)
        }
      })

      it('has the channels of its defaults in the example', () => {
        const wanted = spec.defaults?.channels
        if (wanted === undefined) return
        const { batches } = byDefault(spec).decode(spec.example, CONTEXT)
        const { channels } = batches[0]!
        const areNumbered = channels.every((name, i) => name === `ch${i + 1}`)
        assert.deepEqual(
          areNumbered ? wanted.length : channels,
          areNumbered ? channels.length : wanted.map(({ name, from }) => from ?? name),
        )
      })

      it('leaves the chunk as it was', () => {
        const chunk = bytesOf(spec.example)
        const before = chunk.slice()
        byDefault(spec).decode(chunk, CONTEXT)
        assert.deepEqual(chunk, before)
      })

      it('gives data in buffers of their own', () => {
        const decoder = byDefault(spec)
        const first = decoder.decode(spec.example, CONTEXT).batches[0]!
        const second = decoder.decode(spec.example, CONTEXT).batches[0]!
        assert.notEqual(first.data.buffer, second.data.buffer)
        assert.equal(first.data.byteLength, first.data.buffer.byteLength)
      })

      it('counts what is no data at all, and throws for nothing', () => {
        const thrower = new Proxy(
          {},
          {
            get: () => {
              throw new Error('no')
            },
            ownKeys: () => {
              throw new Error('no')
            },
          },
        )
        const polluted: unknown = JSON.parse(
          '{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}',
        )
        const chunks = [
          null,
          undefined,
          NaN,
          Infinity,
          true,
          1n,
          Symbol('x'),
          () => 1,
          new Date(),
          new Map(),
          [],
          {},
          thrower,
          polluted,
        ]
        const more = [
          [1, , 3],
          new Array(1e6).fill('x'),
          '\u0000\u0001',
          '{"x":',
          '[[[[',
          ',,,,',
          ' ',
          'a,b\nc,d',
          new BigInt64Array(2),
        ]
        for (const chunk of [...chunks, ...more]) assertSound(byDefault(spec).decode(chunk, CONTEXT))
        assert.equal(({} as { polluted?: unknown }).polluted, undefined)
      })

      it('stays sound when any byte of its example is broken', () => {
        const next = random(1)
        const decoder = byDefault(spec)
        for (let run = 0; run < 500; run++) {
          const chunk = bytesOf(spec.example)
          for (let i = 0; i < 1 + (run % 3); i++)
            chunk[Math.floor(next() * chunk.length)] = Math.floor(next() * 256)
          assertSound(decoder.decode(chunk.subarray(0, Math.ceil(next() * chunk.length)), CONTEXT))
        }
      })

      it('keeps the good part of a chunk with something bad in it', () => {
        const decoder = byDefault(spec)
        const alone = rowsOf(decoder.decode(spec.example, CONTEXT))
        const good = bytesOf(spec.example)
        const junk =
          decoder.framing.kind === 'lines' ? new TextEncoder().encode('\n!?\n') : Uint8Array.of(1, 2, 3)
        const result = decoder.decode(Buffer.concat([good, junk, good]), CONTEXT)
        assert.equal(rowsOf(result), 2 * alone)
        assert.ok(result.bad > 0)
      })
    })
  }
})
