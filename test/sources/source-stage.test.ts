import assert from 'node:assert/strict'
import type { Frame } from '../../src/core/frame'
import { format } from '../../src/core/messages'
import { toWire } from '../../src/core/wire'
import type { SourceOutput } from '../../src/sources/source-events'
import type { SourceSettings } from '../../src/sources/source-settings'
import { SourceStage } from '../../src/sources/source-stage'

const START = 1_700_000_000_000

const SETTINGS: SourceSettings = {
  channels: [],
  format: 'json',
  options: {},
  clock: 'arrival',
  timeUnit: 'ms',
  sequenceCounts: 'samples',
  continuity: 'continuous',
  reorder: 0,
  noDataAfter: 10_000,
  rateTolerance: 0,
  topic: '',
  maxStreams: 1000,
}

const stage = (settings: Partial<SourceSettings> = {}): SourceStage =>
  new SourceStage({ ...SETTINGS, ...settings })
const AXES = ['ax', 'ay', 'az'].map((name, i) => ({ name, unit: 'g', scale: 1, offset: 0, from: 'xyz'[i] }))

function frames({ items }: SourceOutput): Frame[] {
  return items.flatMap(({ frame }) => (frame === undefined ? [] : [frame]))
}
const values = (output: SourceOutput): number[] => frames(output).flatMap(({ data }) => [...data])
const kinds = ({ events }: SourceOutput): string[] => events.map(({ kind }) => kind)

describe('SourceStage', () => {
  it('makes a frame of what the ESP32 sketch posts, with its contract', () => {
    const source = stage({ format: 'fan-post', channels: AXES, rate: 200, continuity: 'separate' })
    const body = JSON.stringify({
      x: new Array(200).fill(0.5),
      y: new Array(200).fill(0),
      z: new Array(200).fill(1),
    })
    const { items, events, errors } = source.push({ arrival: START, topic: 'fan', value: Buffer.from(body) })
    assert.deepEqual([items.length, events, errors], [1, [], []])
    const { topic, frame } = items[0]!
    assert.equal(topic, 'fan')
    assert.deepEqual(frame!.contract, ['source ax,ay,az g 200 Hz'])
    assert.deepEqual([frame!.channels, frame!.units, frame!.rate], [['ax', 'ay', 'az'], ['g', 'g', 'g'], 200])
    assert.deepEqual(
      [frame!.start, frame!.data.length, [...frame!.data.subarray(0, 3)]],
      [START - 1000, 600, [0.5, 0, 1]],
    )
  })

  it('names different units, and no unit or rate where there is none, in the contract', () => {
    const line = (settings: Partial<SourceSettings>): unknown =>
      frames(stage(settings).push({ arrival: START, value: { x: 1, y: 2, z: 3 } }))[0]!.contract![0]
    assert.equal(line({}), 'source x,y,z')
    assert.equal(line({ rate: 12.5 }), 'source x,y,z 12.5 Hz')
    const mixed = [
      { ...AXES[0]!, unit: 'g' },
      { ...AXES[1]!, unit: '°C' },
      { ...AXES[2]!, unit: '' },
    ]
    assert.equal(line({ channels: mixed, rate: 1 }), 'source ax,ay,az g,°C,- 1 Hz')
  })

  it('gives the same contract array and channels from frame to frame', () => {
    const source = stage({ rate: 100 })
    const [a] = frames(source.push({ arrival: START, value: '{"x":1}' }))
    const [b] = frames(source.push({ arrival: START + 10, value: '{"x":2}' }))
    assert.equal(a!.contract, b!.contract)
    assert.equal(a!.channels, b!.channels)
    assert.notEqual(a!.data.buffer, b!.data.buffer)
  })

  it('makes one frame of all lines that one chunk of a serial line completes', () => {
    const source = stage({ format: 'csv', rate: 100 })
    const push = (text: string, arrival: number): SourceOutput =>
      source.push({ arrival, bytes: Buffer.from(text) })
    assert.deepEqual(values(push('98\n1,2\n3,', START)), [1, 2])
    assert.deepEqual(values(push('4', START + 5)), [])
    const out = push('\n5,6\n', START + 20)
    assert.deepEqual([values(out), frames(out).length], [[3, 4, 5, 6], 1])
  })

  it('takes a header that is the first line after the port was opened, but no sample that may be torn', () => {
    const source = stage({ format: 'csv', rate: 100 })
    const out = source.push({ arrival: START, bytes: Buffer.from('ax,ay\r\n1,2\r\n') })
    assert.deepEqual(
      [values(out), frames(out)[0]!.channels],
      [
        [1, 2],
        ['ax', 'ay'],
      ],
    )
    const torn = stage({ format: 'csv', rate: 100 })
    assert.deepEqual(values(torn.push({ arrival: START, bytes: Buffer.from('98,1\n1,2\n') })), [1, 2])
    const json = stage({ rate: 100 })
    assert.deepEqual(values(json.push({ arrival: START, bytes: Buffer.from('{"x":1}\n{"x":2}\n') })), [1, 2])
  })

  it('reads lines that end with a carriage return only', () => {
    const source = stage({ format: 'csv', rate: 100 })
    assert.deepEqual(
      values(source.push({ arrival: START, bytes: Buffer.from('98\r1,2\r3,4\r') })),
      [1, 2, 3, 4],
    )
    const json = stage({ rate: 100 })
    assert.deepEqual(
      values(json.push({ arrival: START, bytes: Buffer.from('1}\r{"x":1}\r{"x":2}\r') })),
      [1, 2],
    )
  })

  it('joins nothing over a break of the line', () => {
    const source = stage({ format: 'csv', rate: 100 })
    source.push({ arrival: START, bytes: Buffer.from('\n1,2\n3.1') })
    source.reconnected()
    assert.deepEqual(values(source.push({ arrival: START + 10, bytes: Buffer.from('4,5\n6,7\n') })), [6, 7])
  })

  it('reads binary records from a serial line split at any byte', () => {
    const layout = 'u8 magic=0x7E, u8 seq, i16 x*0.5 g, sum8'
    const record = (seq: number, x: number): number[] => {
      const head = [0x7e, seq, x & 255, x >> 8]
      return [...head, head.reduce((sum, byte) => (sum + byte) & 255, 0)]
    }
    const bytes = Uint8Array.from([...record(254, 2), ...record(255, 4), ...record(0, 6)])
    for (let at = 0; at <= bytes.length; at++) {
      const source = stage({ format: 'binary', options: { layout }, clock: 'sequence', rate: 100 })
      const got = [bytes.slice(0, at), bytes.slice(at)].map((part) =>
        source.push({ arrival: START, bytes: part }),
      )
      assert.deepEqual(got.flatMap(values), [1, 2, 3])
      assert.deepEqual(got.flatMap(kinds), [])
      assert.deepEqual(frames(got[0]!.items.length > 0 ? got[0]! : got[1]!)[0]!.units, ['g'])
    }
  })

  for (const [name, layout, ticks, bytes] of [
    ['32 bits of µs', 'u32 time us, i16 x', 1000, 4],
    ['16 bits of ms', 'u16 time ms, i16 x', 1, 2],
    ['24 bits of 10 µs', 'u24 time*10 us, i16 x', 100, 3],
  ] as const) {
    it(`goes on without a word when a device's ${name} start over`, () => {
      const source = stage({ format: 'binary', options: { layout }, rate: 100 })
      const modulus = 2 ** (8 * bytes)
      const begin = modulus - 5000 * ticks
      const starts: number[] = []
      for (let i = 0; i < 1000; i++) {
        const record = Buffer.alloc(bytes + 2)
        record.writeUIntLE((begin + 10 * i * ticks) % modulus, 0, bytes)
        const out = source.push({ arrival: START + 10 * i, value: record })
        assert.deepEqual(kinds(out), [], `row ${i}`)
        starts.push(...frames(out).map((frame) => frame.start))
      }
      assert.equal(starts.length, 1000)
      for (let i = 1; i < 1000; i++) assert.ok(Math.abs(starts[i]! - starts[i - 1]! - 10) < 0.2)
    })
  }

  it('takes a pause of 20 s for one, though the device counts 16 bits of ms', () => {
    const layout = 'u16 time ms, i16 x'
    const source = stage({ format: 'binary', options: { layout }, rate: 100, noDataAfter: 0 })
    const push = (time: number): SourceOutput => {
      const value = Buffer.alloc(4)
      value.writeUInt16LE(time)
      return source.push({ arrival: START + time, value })
    }
    push(1000)
    const out = push(21_000)
    assert.deepEqual([kinds(out), out.events[0]!.params['seconds']], [['gap'], 19.99])
  })

  it('keeps streams apart by topic', () => {
    const source = stage({ clock: 'device', timeField: 't', rate: 100 })
    const push = (topic: string, t: number): number[] =>
      values(source.push({ arrival: START, topic, value: { t: START + t, x: t } }))
    assert.deepEqual(
      [push('a', 0), push('b', 0), push('a', 10), push('a', 0), push('b', 10)],
      [[0], [0], [10], [], [10]],
    )
    assert.equal(source.health(START).streams, 2)
  })

  it('refuses streams beyond its limit, tells it once, and goes on with the others', () => {
    const source = stage({ maxStreams: 2 })
    const out = ['a', 'b', 'c', 'd', 'a', '__proto__'].map((topic) =>
      source.push({ arrival: START, topic, value: 1 }),
    )
    assert.deepEqual(
      out.map((output) => frames(output).length),
      [1, 1, 0, 0, 1, 0],
    )
    assert.deepEqual(out.flatMap(kinds), ['tooManyStreams'])
    assert.deepEqual(
      out[3]!.errors.map(({ key }) => key),
      ['sources.tooManyStreams'],
    )
  })

  it('takes streams named like parts of JavaScript', () => {
    const source = stage()
    for (const topic of ['__proto__', 'constructor', 'toString']) {
      assert.equal(source.push({ arrival: START, topic, value: 1 }).items[0]!.topic, topic)
    }
  })

  it('keeps the good rows beside bad ones, and tells the first of an outage', () => {
    const source = stage()
    const push = (value: unknown): SourceOutput => source.push({ arrival: START, value })
    const first = push([{ x: 1 }, { x: 'broken' }, { x: 3 }])
    assert.deepEqual([values(first), kinds(first)], [[1, 3], ['badInput']])
    assert.match(format(first.events[0]!.key, first.events[0]!.params), /channel x, row 1/)
    const second = push('{')
    assert.deepEqual([kinds(second), second.errors.length], [[], 1])
    push({ x: 5 })
    assert.deepEqual(kinds(push('{')), ['badInput'])
  })

  it('tells all gaps of one arrival at once, and refuses a message of nothing but holes', () => {
    const source = stage({ topic: 'machine', rate: 100 })
    const holes = (rows: number): unknown =>
      Array.from({ length: rows }, (_, i) => ({ x: i % 2 === 0 ? i : null }))
    const some = source.push({ arrival: START, value: holes(10) })
    assert.deepEqual([frames(some).length, kinds(some)], [5, ['gap', 'badInput']])
    assert.deepEqual(some.events[0]!.params, { field: 'machine', seconds: 0.04, missing: 4 })
    const many = source.push({ arrival: START + 5000, value: holes(5000) })
    assert.equal(many.items.length, 0)
    assert.equal(many.errors[many.errors.length - 1]!.key, 'sources.tooManyHoles')
  })

  it('says what is missing for the clock that is asked for', () => {
    const lacks = stage({ clock: 'sequence', sequenceField: 'n' }).push({ arrival: START, value: { x: 1 } })
    assert.deepEqual(
      lacks.errors.map(({ key }) => key),
      ['sources.noRole'],
    )
  })

  it('asks for the field of time or count where the format has none of its own', () => {
    for (const format of ['json', 'csv', 'fan-post', 'sensor-readings']) {
      for (const [clock, field] of [
        ['device', 'timeField'],
        ['sequence', 'sequenceField'],
      ] as const)
        assert.throws(() => stage({ format, clock }), {
          name: 'ConfigError',
          key: 'settings.missing',
          params: { field },
        })
    }
  })

  it('refuses a clock that the format does not have', () => {
    for (const format of ['gyro-log', 'sensad-csv', 'pi-metrics'])
      assert.throws(() => stage({ format, clock: 'sequence' }), {
        name: 'ConfigError',
        key: 'sources.formatWithoutCounts',
        message: new RegExp(
          `the format ${format}, as it is set, has no counts of the device: choose arrival`,
        ),
      })
    const options = { layout: 'u16 seq, i16 x' }
    assert.throws(() => stage({ format: 'binary', options, clock: 'device' }), {
      key: 'sources.formatWithoutTimes',
    })
    assert.doesNotThrow(() => stage({ format: 'binary', options, clock: 'sequence' }))
  })

  it('times rows by arrival where a format has rows without a time, as the dialog sets it', () => {
    const rows = stage({ format: 'pi-metrics', clock: 'device', timeUnit: 'iso', rate: 1 })
    const bare = rows.push({ arrival: START, value: '40.0,2000.0,40.0,100.0' })
    assert.deepEqual(
      [bare.errors, values(bare), frames(bare)[0]!.start],
      [[], [40, 2000, 40, 100], START - 1000],
    )
    const timed = stage({ format: 'pi-metrics', clock: 'device', timeUnit: 'iso', rate: 1 })
    const [frame] = frames(
      timed.push({ arrival: START, value: '2024-11-10T03:12:13.5Z,10,2756.4,52.1,2487.0' }),
    )
    assert.equal(frame!.start, Date.UTC(2024, 10, 10, 3, 12, 13, 500))
    const posted = stage({ format: 'gyro-log', clock: 'device', rate: 100 })
    assert.deepEqual(values(posted.push({ arrival: START, value: '1,2,3\n' })), [1, 2, 3])
  })

  it('names each axis of the gyroscope as it is, in the order of the channels', () => {
    const channels = (['gz', 'gy', 'gx'] as const).map((name) => ({ ...AXES[0]!, name, from: name[1] }))
    const [frame] = frames(stage({ format: 'gyro-log', channels }).push({ arrival: START, value: '1,2,3\n' }))
    assert.deepEqual(
      [frame!.channels, [...frame!.data]],
      [
        ['gz', 'gy', 'gx'],
        [3, 2, 1],
      ],
    )
  })

  it('says that a source with a chip of its own takes nothing from other nodes', () => {
    const { errors } = stage({ format: 'batch' }).push({ arrival: START, value: [1, 2, 3] })
    assert.match(
      errors[0]!.message,
      /^payload is an array of 3: this source reads its own chip and takes nothing/,
    )
  })

  it('takes one column for two channels', () => {
    const channels = [AXES[0]!, { ...AXES[0]!, name: 'raw', scale: 1000 }]
    assert.deepEqual(values(stage({ channels }).push({ arrival: START, value: { x: 2 } })), [2, 2000])
  })

  it('says once that samples are left out since their times stand still', () => {
    const source = stage({ clock: 'device', timeField: 't', rate: 100 })
    const told: SourceOutput[] = []
    for (let t = 0; t <= 30_000; t += 250) {
      if (t < 3000)
        for (let i = 0; i < 25; i++)
          told.push(source.push({ arrival: START + t + 10 * i, value: { t: START, x: 1 } }))
      told.push(source.tick(START + t))
    }
    assert.deepEqual(told.flatMap(kinds), ['leftOut', 'noData'])
    const { key, params } = told.flatMap(({ events }) => events)[0]!
    assert.match(
      format(key, params),
      /source: 299 of the samples of 5(\.\d)? s are left out, 299 with the time or count of one before/,
    )
  })

  it('tells NO_DATA on the stream that fell silent, once, and when it is back', () => {
    const source = stage({ rate: 100 })
    source.push({ arrival: START, topic: 'a', value: { x: 1 } })
    const told = []
    for (let t = 0; t <= 30_000; t += 250) {
      if (t % 1000 === 0) source.push({ arrival: START + t, topic: 'b', value: { x: 1 } })
      told.push(source.tick(START + t))
    }
    const items = told.flatMap((output) => output.items)
    assert.deepEqual(
      items.map(({ topic, verdict }) => [topic, verdict?.reason]),
      [['a', 'NO_DATA']],
    )
    assert.deepEqual(items[0]!.verdict!.contract, ['source x 100 Hz'])
    assert.deepEqual(told.flatMap(kinds), ['noData'])
    const back = source.push({ arrival: START + 30_000, topic: 'a', value: { x: 1 } })
    assert.deepEqual(kinds(back), ['gap', 'recovered'])
  })

  it('says how many streams are silent, and of how many the last input was bad, for as long as silence is not told', () => {
    const source = stage({ noDataAfter: 2000 })
    let now = START
    const tickTo = (end: number): void => {
      for (; now <= end; now += 250) source.tick(now)
    }
    assert.deepEqual(source.health(now), { streams: 1, silent: 0, bad: 0 })
    tickTo(START + 3000)
    assert.deepEqual(source.health(now), { streams: 1, silent: 1, bad: 0 })
    source.push({ arrival: now, topic: 'a', value: { x: 1 } })
    source.push({ arrival: now, topic: 'b', value: { x: 1 } })
    assert.deepEqual(source.health(now), { streams: 2, silent: 0, bad: 0 })
    for (let i = 0; i < 4; i++) {
      tickTo(now + 1000)
      source.push({ arrival: now, topic: 'a', value: { x: 1 } })
    }
    assert.deepEqual(source.health(now), { streams: 2, silent: 1, bad: 0 })
    source.push({ arrival: now, topic: 'a', value: 'xxxx' })
    source.push({ arrival: now, topic: 'scanner', value: 'GET /' })
    assert.deepEqual(source.health(now), { streams: 3, silent: 1, bad: 2 })
    source.push({ arrival: now, topic: 'a', value: { x: 1 } })
    assert.deepEqual(source.health(now), { streams: 3, silent: 1, bad: 1 })
    assert.deepEqual(source.health(now + 10_000), { streams: 2, silent: 1, bad: 0 })
  })

  it('has one stream of the name that is set, whatever the topics of the data', () => {
    const source = stage({ topic: 'machine', maxStreams: 1 })
    const out = ['192.168.0.7', '192.168.0.8', ''].map((topic) =>
      source.push({ arrival: START, topic, value: { x: 1 } }),
    )
    assert.deepEqual(
      out.map(({ items, errors }) => [items[0]!.topic, errors]),
      out.map(() => ['machine', []]),
    )
  })

  it('takes back what it told of no stream in particular when the first stream speaks', () => {
    const source = stage({ topic: '', noDataAfter: 2000 })
    for (let t = 0; t <= 3000; t += 250) source.tick(START + t)
    const { items } = source.push({ arrival: START + 4000, topic: 'rig/fan', value: { x: 1 } })
    assert.deepEqual(
      items.map(({ topic, verdict }) => [topic, verdict?.reason]),
      [
        ['', 'LEARNING'],
        ['rig/fan', undefined],
      ],
    )
  })

  it('tells NO_DATA on its own topic where nothing ever came', () => {
    const source = stage({ topic: 'machine' })
    const told = []
    for (let t = 0; t <= 30_000; t += 250) told.push(...source.tick(START + t).items)
    assert.deepEqual(
      told.map(({ topic, verdict }) => [topic, verdict?.reason]),
      [['machine', 'NO_DATA']],
    )
    assert.deepEqual(kinds(source.push({ arrival: START + 30_000, value: 1 })), ['recovered'])
  })

  for (const [name, step] of [
    ['on by an hour', 3_600_000],
    ['back by an hour', -3_600_000],
    ['to 1970', -START],
  ] as const) {
    it(`warns once, and alarms never, when the clock of this machine is set ${name}`, () => {
      for (const clock of ['arrival', 'sequence'] as const) {
        const source = stage({
          clock,
          sequenceField: clock === 'sequence' ? 'n' : undefined,
          rate: 100,
          rateTolerance: 0.05,
        })
        const told: SourceOutput[] = []
        for (let t = 0; t < 60_000; t += 10) {
          const now = START + t + (t < 30_005 ? 0 : step)
          const value = clock === 'sequence' ? { n: t / 10, x: 1 } : { x: 1 }
          told.push(source.push({ arrival: now, value }))
          if (t % 250 === 0) told.push(source.tick(now))
        }
        assert.deepEqual(told.flatMap(kinds), ['clockJump'])
        assert.deepEqual(
          told.flatMap(({ items }) => items.filter(({ verdict }) => verdict !== undefined)),
          [],
        )
        assert.equal(told.flatMap(values).length, 6000)
      }
    })
  }

  it('hands on frames that other nodes shaped, overlapping ones too', () => {
    const source = stage({ clock: 'arrival', rate: 100 })
    const window = (start: number): Frame => ({
      channels: ['x'],
      rate: 100,
      start,
      data: Float32Array.of(1, 2, 3, 4),
      contract: ['source x 100 Hz', 'window 4'],
    })
    const given = [0, 20, 40].map((t) => window(START + t))
    const got = given.flatMap((frame) =>
      frames(source.push({ arrival: START, value: JSON.stringify(toWire(frame)) })),
    )
    assert.deepEqual(got, given)
  })

  it('takes batches of a transport that decodes by itself', () => {
    const source = stage({ format: 'batch', clock: 'sequence', rate: 100 })
    const batch = (first: number): object => ({
      channels: ['ax'],
      units: ['g'],
      data: Float64Array.of(first, first + 1),
      sequence: Float64Array.of(first),
    })
    assert.deepEqual(values(source.push({ arrival: START, value: batch(0) })), [0, 1])
    const out = source.push({ arrival: START + 40, value: batch(4) })
    assert.deepEqual([values(out), kinds(out)], [[4, 5], ['gap']])
    assert.deepEqual(frames(out)[0]!.contract, ['source ax g 100 Hz'])
  })

  it('gives nothing twice after a restart, and watches the streams it knew', () => {
    const settings = { clock: 'device', timeField: 't', rate: 100 } as const
    const before = stage(settings)
    before.push({
      arrival: START,
      topic: 'a',
      value: [
        { t: START, x: 1 },
        { t: START + 10, x: 2 },
      ],
    })
    const after = stage(settings)
    after.restore(JSON.parse(JSON.stringify(before.snapshot())))
    const again = [
      { t: START + 10, x: 2 },
      { t: START + 20, x: 3 },
    ]
    const out = after.push({ arrival: START + 500, topic: 'a', value: again })
    assert.deepEqual([values(out), kinds(out)], [[3], []])
    const silent = stage(settings)
    silent.restore(JSON.parse(JSON.stringify(before.snapshot())))
    const told = []
    for (let t = 0; t <= 11_000; t += 250) told.push(...silent.tick(START + t).items)
    assert.deepEqual(
      told.map(({ topic, verdict }) => [topic, verdict?.reason]),
      [['a', 'NO_DATA']],
    )
  })

  it('refuses a state that is none', () => {
    for (const state of [
      null,
      5,
      {},
      { version: 2, streams: [] },
      { version: 1, streams: [{ topic: 'a', order: {} }] },
    ]) {
      assert.throws(() => stage().restore(state), { name: 'InputError', key: 'sources.badState' })
    }
  })

  it('forgets one stream or all', () => {
    const source = stage({ clock: 'sequence', sequenceField: 'n' })
    const push = (topic: string): number =>
      frames(source.push({ arrival: START, topic, value: { n: 1, x: 1 } })).length
    assert.deepEqual([push('a'), push('b'), push('a')], [1, 1, 0])
    source.reset('a')
    assert.deepEqual([push('a'), push('b')], [1, 0])
    source.reset()
    assert.deepEqual([push('a'), push('b')], [1, 1])
  })

  it('measures the rate of all streams together', () => {
    const source = stage()
    for (let t = 0; t < 8000; t += 10)
      source.push({ arrival: START + t, topic: String(t % 20), value: [[1], [2]] })
    assert.equal(source.measuredRate(START + 8000), 200)
    assert.equal(source.measuredRate(START + 20_000), 0)
  })

  it('gives out held rows when time passes', () => {
    const source = stage({ clock: 'device', timeField: 't', rate: 100, reorder: 100 })
    assert.deepEqual(
      values(
        source.push({
          arrival: START,
          value: [
            { t: START, x: 1 },
            { t: START + 20, x: 3 },
          ],
        }),
      ),
      [],
    )
    source.push({ arrival: START + 10, value: { t: START + 10, x: 2 } })
    assert.deepEqual(values(source.tick(START + 200)), [1, 2, 3])
  })

  it('refuses settings that are wrong', () => {
    assert.throws(() => stage({ format: 'nonsense' }), { name: 'ConfigError' })
    assert.throws(() => stage({ format: 'binary', options: { layout: 'u12 x' } }), { name: 'ConfigError' })
  })

  it('throws for no payload whatever', () => {
    const thrower = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no')
        },
      },
    )
    const payloads = [
      null,
      undefined,
      NaN,
      1n,
      Symbol('x'),
      thrower,
      [],
      {},
      new Array(1e6),
      Buffer.alloc(3),
      JSON.parse('{"__proto__":1}'),
    ]
    for (const format of ['json', 'csv', 'binary', 'batch', 'gyro-log']) {
      const source = stage({ format })
      for (const value of payloads) assert.equal(source.push({ arrival: START, value }).items.length, 0)
    }
  })
})
