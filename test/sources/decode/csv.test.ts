import assert from 'node:assert/strict'
import { CsvDecoder } from '../../../src/sources/decode/csv'
import type { Batch, DecodeSettings } from '../../../src/sources/decode/decoder'

const CONTEXT = { arrival: 0, topic: 'm' }

function decoder(settings: Partial<DecodeSettings> = {}): CsvDecoder {
  return new CsvDecoder({ wanted: [], timeUnit: 'ms', options: {}, ...settings })
}

function only(batches: readonly Batch[]): Batch {
  assert.equal(batches.length, 1)
  return batches[0]!
}

describe('CsvDecoder', () => {
  for (const [name, line] of Object.entries({
    comma: '1.5, -2,3e1',
    semicolon: '1.5;-2;3e1',
    tab: '1.5\t-2\t3e1',
    spaces: '  1.5   -2 3e1 ',
    quotes: '"1.5","-2","3e1"',
    'decimal comma': '1,5;-2;30,0',
  })) {
    it(`reads columns parted by ${name}`, () => {
      const batch = only(decoder().decode(line, CONTEXT).batches)
      assert.deepEqual([...batch.data], [1.5, -2, 30])
      assert.deepEqual(batch.channels, ['ch1', 'ch2', 'ch3'])
    })
  }

  it('makes one batch of all lines of a chunk, whatever the line ends', () => {
    for (const end of ['\n', '\r\n', '\r']) {
      const batch = only(decoder().decode(['1,2', '', '# comment', '3,4', ''].join(end), CONTEXT).batches)
      assert.deepEqual([...batch.data], [1, 2, 3, 4])
    }
  })

  it('takes names from a header, keeps them for later chunks and for their stream only', () => {
    const csv = decoder()
    csv.decode('ax,ay\n', CONTEXT)
    assert.deepEqual(only(csv.decode('1,2\n', CONTEXT).batches).channels, ['ax', 'ay'])
    assert.deepEqual(only(csv.decode('1,2\n', { arrival: 0, topic: 'other' }).batches).channels, [
      'ch1',
      'ch2',
    ])
    csv.reset()
    assert.deepEqual(only(csv.decode('1,2\n', CONTEXT).batches).channels, ['ch1', 'ch2'])
  })

  it('picks the wanted columns by name and by number', () => {
    const byName = decoder({ wanted: ['z', 'x'] }).decode('x,y,z\n1,2,3\n', CONTEXT)
    assert.deepEqual([...only(byName.batches).data], [3, 1])
    const byNumber = decoder({ wanted: ['3', '1'] }).decode('1,2,3\n', CONTEXT)
    assert.deepEqual([...only(byNumber.batches).data], [3, 1])
    const inOrder = decoder({ wanted: ['a', 'b', 'c'] }).decode('1,2,3\n', CONTEXT)
    assert.deepEqual(only(inOrder.batches).channels, ['a', 'b', 'c'])
  })

  it('honours the number of one column beside names that are taken in order', () => {
    const { batches } = decoder({ wanted: ['3', 'ax'] }).decode('1,2,3\n4,5,6\n', CONTEXT)
    assert.deepEqual([...only(batches).data], [3, 1, 6, 4])
    const shown = decoder({ wanted: ['ch2', 'ch1'] }).decode('1,2\n', CONTEXT)
    assert.deepEqual([...only(shown.batches).data], [2, 1])
  })

  it('names a wanted column that the header lacks, and those that it has', () => {
    for (const wanted of [['x', 'w'], ['w']]) {
      const { batches, errors, bad } = decoder({ wanted }).decode('x,y\n1,2\n3,4\n', CONTEXT)
      assert.deepEqual([batches.length, bad], [0, 2])
      assert.match(errors[0]!.message, /lacks the column w \(it has x, y\)/)
    }
  })

  it('names a time or count column that the header lacks', () => {
    for (const roles of [{ timeField: 't' }, { sequenceField: 't' }]) {
      const { errors, bad } = decoder(roles).decode('x,y\n1,2\n', CONTEXT)
      assert.deepEqual(
        [errors[0]!.key, errors[0]!.params['channel'], bad],
        ['sources.missingChannel', 't', 1],
      )
    }
  })

  it('takes a greeting before lines without a header for no header', () => {
    for (const [greeting, lines] of [
      ['Hello world', '1,2\n3,4\n'],
      ['sensor ready,go', '1,2,3\n4,5,6\n'],
    ] as const) {
      const { batches } = decoder({ wanted: ['ax', 'ay'] }).decode(`${greeting}\n${lines}`, CONTEXT)
      assert.deepEqual([...only(batches).data.subarray(0, 2)], [1, 2])
      assert.deepEqual(only(batches).channels, ['ax', 'ay'])
    }
    assert.deepEqual(only(decoder().decode('Hello world\n1,2\n', CONTEXT).batches).channels, ['ch1', 'ch2'])
  })

  it('takes the header of a device that starts again for one', () => {
    const { batches, bad } = decoder().decode('ax,ay\n1,2\nax,ay\n3,4\n', CONTEXT)
    assert.deepEqual([bad, batches.flatMap(({ data }) => [...data])], [0, [1, 2, 3, 4]])
  })

  it('reads lines that end with a separator', () => {
    const { batches, bad } = decoder().decode('ax,ay,\n1,2,\n3,4,\n', CONTEXT)
    assert.deepEqual([only(batches).channels, [...only(batches).data], bad], [['ax', 'ay'], [1, 2, 3, 4], 0])
    const without = decoder().decode('1,2,3,\n', CONTEXT)
    assert.deepEqual([...only(without.batches).data], [1, 2, 3])
  })

  it('refuses a line whose last value is missing, however often it comes', () => {
    const { batches, bad } = decoder().decode(`1,2\n${'5,\n'.repeat(5)}3,4\n`, CONTEXT)
    assert.deepEqual([[...only(batches).data], bad], [[1, 2, 3, 4], 5])
  })

  it('reads lines that name their values, as the Arduino Serial Plotter takes them', () => {
    for (const text of ['ax:1,ay:2\nax:3,ay:4\n', 'ax:1\tay:2\nax:3\tay:4', 'ax:1 ay:2\nax:3 ay:4']) {
      const { batches, bad } = decoder().decode(text, CONTEXT)
      assert.deepEqual(
        [only(batches).channels, [...only(batches).data], bad],
        [['ax', 'ay'], [1, 2, 3, 4], 0],
      )
    }
    const picked = decoder({ wanted: ['ay'] }).decode('ax:1,ay:2\nax:3,ay:4', CONTEXT)
    assert.deepEqual([...only(picked.batches).data], [2, 4])
    const lacking = decoder({ wanted: ['az'] }).decode('ax:1,ay:2', CONTEXT)
    assert.match(lacking.errors[0]!.message, /lacks the column az \(it has ax, ay\)/)
    assert.equal(decoder().decode('12:30,5\n', CONTEXT).bad, 1)
  })

  it('reads times in s, ms, µs and as dates', () => {
    const time = (timeUnit: DecodeSettings['timeUnit'], text: string): number =>
      only(decoder({ timeField: 't', timeUnit }).decode(`t,x\n${text},1\n`, CONTEXT).batches).times![0]!
    assert.equal(time('s', '1733763890.25'), 1_733_763_890_250)
    assert.equal(time('ms', '1733763890250'), 1_733_763_890_250)
    assert.equal(time('us', '1500'), 1.5)
    assert.equal(time('iso', '2026-01-01T00:00:01.5Z'), Date.UTC(2026, 0, 1, 0, 0, 1, 500))
  })

  it('reads a sequence column', () => {
    const batch = only(decoder({ sequenceField: '1' }).decode('7,0.5\n8,0.6\n', CONTEXT).batches)
    assert.deepEqual([...batch.sequence!], [7, 8])
    assert.deepEqual([...batch.data], [0.5, 0.6])
  })

  it('keeps the good lines of a chunk and names the bad ones', () => {
    const { batches, errors, bad } = decoder().decode('1,2\n3,x\n5,\n7,8,9\nnan,1\n9,10\n', CONTEXT)
    assert.deepEqual([...only(batches).data], [1, 2, 9, 10])
    assert.equal(bad, 4)
    assert.deepEqual([errors[0]!.params['channel'], errors[0]!.params['row']], ['ch2', 1])
  })

  it('takes two lines that ran together for no sample', () => {
    const { batches, bad } = decoder({ wanted: ['x', 'y', 'z'] }).decode(
      '1,2,3\n1,2,31,2,3\n4,5,6\n',
      CONTEXT,
    )
    assert.deepEqual([...only(batches).data], [1, 2, 3, 4, 5, 6])
    assert.equal(bad, 1)
  })

  it('follows a stream that changes its width for good', () => {
    const { batches, bad } = decoder().decode('1,2\n1,2,3\n4,5,6\n7,8,9\n1,2,3\n', CONTEXT)
    assert.equal(bad, 2)
    assert.deepEqual(
      batches.map((batch) => [...batch.data]),
      [
        [1, 2],
        [7, 8, 9, 1, 2, 3],
      ],
    )
  })

  it('does not take a message of a booting device for a header in mid-stream', () => {
    const csv = decoder({ wanted: ['x', 'y'] })
    csv.decode('1,2\n', CONTEXT)
    const { batches, bad } = csv.decode('rst:POWERON,boot:FLASH\n3,4\n', CONTEXT)
    assert.equal(bad, 1)
    assert.deepEqual([...only(batches).data], [3, 4])
  })

  it('takes only lines that pass the filter', () => {
    const filtered = decoder({ options: { filter: 'kind=gyro' } }).decode(
      'kind,x\ngyro,1\naccel,2\ngyro,3\n',
      CONTEXT,
    )
    assert.deepEqual([...only(filtered.batches).data], [1, 3])
    assert.equal(filtered.bad, 0)
    assert.throws(() => decoder({ options: { filter: 'gyro' } }), {
      name: 'ConfigError',
      key: 'sources.badFilter',
    })
  })

  it('says that the filter column is missing', () => {
    const { errors } = decoder({ options: { filter: 'kind=gyro' } }).decode('x,y\n1,2\n', CONTEXT)
    assert.equal(errors[0]!.key, 'frame.missingChannel')
  })

  it('reads 100,000 lines of one chunk into one batch', () => {
    const batch = only(decoder().decode('1,2,3\n'.repeat(100_000), CONTEXT).batches)
    assert.equal(batch.data.length, 300_000)
  })
})
