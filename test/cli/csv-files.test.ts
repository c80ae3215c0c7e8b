import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import zlib from 'node:zlib'
import { WholeLines } from '../../src/cli/csv/whole-lines'
import { edgeAnomaly, records, scratch, succeed } from './edge-anomaly'
import { normalRows } from './recordings'

describe('files of other programs', () => {
  const file = scratch()
  const { lines } = normalRows(200, 1)
  const csv = `time,a,b,c,id\n${lines.map((line, i) => `${i},${line},${i < 100 ? 'x' : 'y'}`).join('\n')}\n`
  const score = (text: string | Buffer, ...args: string[]): ReturnType<typeof edgeAnomaly> =>
    edgeAnomaly(['score', '--model', file('model'), '--input', '-', ...args], text)

  before(() => {
    const learn = ['--group', 'id', '--filter', 'id=x', '--alpha', '0.1', '--ignore', 'note']
    succeed(['fit', '--input', '-', '--model', file('model'), ...learn], csv.replaceAll(/\n/g, ',\n').replace('id,\n', 'id,note\n')) // prettier-ignore
  })

  it('with semicolons may have decimal commas, in quotes too, and in times', () => {
    const european = csv.replaceAll(',', ';').replaceAll('.', ',').replace(/^1;/m, '1,0;')
    const scoresOf = (text: string): readonly unknown[] =>
      score(text, '--json')
        .out.trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { score: number | null }).score)
    const expected = scoresOf(csv)
    assert.equal(expected.length, 100)
    const quoted = european.replace(/^(2;)([^;]*)/m, '$1"$2"')
    for (const text of [european, quoted]) assert.deepEqual(scoresOf(text), expected)
    assert.equal(records(score('a;b;c;id\n1.234,5;1;1;x\n').out)[0]!.reason, 'DROPOUT')
  })

  it('that are no text in UTF-8 with line feeds are told as what they are', () => {
    for (const [bytes, words] of [
      [zlib.gzipSync(csv), /stdin is compressed by gzip/],
      [Buffer.from(`\uFEFF${csv}`, 'utf16le'), /stdin is no text in UTF-8/],
      [csv.replaceAll('\n', '\r'), /stdin ends its lines with carriage returns alone/],
    ] as const) {
      const { code, out, err } = score(bytes)
      assert.match(err, words)
      assert.deepEqual([code, out], [1, ''])
    }
  })

  it('without the columns of group and filter that only the model remembers are read all the same', () => {
    const { code, out, err } = score(`a,b,c\n${lines.slice(0, 5).join('\n')}\n`)
    assert.equal(code, 0, err)
    assert.deepEqual(records(out).map(({ group }) => group), ['', '', '', '', '']) // prettier-ignore
    assert.match(err, /learned with --group id, which is not in this input/)
    assert.match(err, /learned with --filter id, which is not in this input/)
    assert.match(score('a,b,c\n1,2,3\n', '--group', 'id').err, /no column id/)
  })

  it('are read without group and filter where that is asked', () => {
    for (const none of ['none', '']) {
      const { code, out, err } = score(csv, '--group', none, '--filter', none)
      assert.deepEqual([code, err], [0, ''])
      assert.deepEqual([...new Set(records(out).map(({ group }) => group))], [''])
      assert.equal(records(out).length, 200)
    }
  })

  it('with two columns of the name of a channel are refused', () => {
    assert.match(score('a,b,c,b,id\n1,2,3,4,x\n').err, /stdin has two columns called b/)
  })

  it('name the bad column of each row, not of the first alone', () => {
    const { out } = score('a,b,c,id\n1,,1,x\n1,1,,x\n1,1,x\n,1,1,x\n', '--json')
    const details = out.trim().split('\n').map((line) => (JSON.parse(line) as { detail?: string }).detail) // prettier-ignore
    assert.deepEqual(details, ['b', 'c', 'a'])
    const time = score('time,a,b,c,id\n0,1,1,1,x\noops,1,1,1,x\n', '--json')
    assert.match(time.out, /"DROPOUT","detail":"time"/)
  })

  it('that are left out by --ignore must be there; a column of times can be left out', () => {
    const fit = (...args: string[]): ReturnType<typeof edgeAnomaly> =>
      edgeAnomaly(['fit', '--input', '-', '--model', file('other'), '--alpha', '0.1', '--ignore', ...args], csv.replaceAll(/,[xy]$/gm, '').replace(',id', '')) // prettier-ignore
    assert.match(fit('nope').err, /--ignore: stdin has no column nope/)
    assert.equal(fit('time').code, 0)
    const [first] = records(succeed(['score', '--model', file('other'), '--input', '-'], csv))
    assert.deepEqual([first!.start, first!.time], ['0', '0'])
    assert.ok(!('time_unit' in first!))
  })

  it('of which one is no CSV are told without a trace of the program', () => {
    fs.writeFileSync(file('scores.ndjson'), '{"start":0,"score":1}\n{"start":1,"score":2}\n')
    const { code, err } = edgeAnomaly(['eval', '--scores', file('scores.ndjson'), '--labels', 'label'])
    assert.equal(code, 1)
    assert.match(err, /scores\.ndjson is not read as CSV: /)
    assert.doesNotMatch(err, /\n {4}at /)
  })
})

describe('lines of a file', () => {
  it('come whole, however the bytes are parted', () => {
    const text = Buffer.from('a,b\n1,2\n\n3,4')
    for (const size of [1, 2, 3, 5, 100]) {
      const lines = new WholeLines('x')
      const pieces: string[] = []
      for (let at = 0; at < text.length; at += size)
        pieces.push(String(lines.push(text.subarray(at, at + size))))
      pieces.push(String(lines.end()))
      assert.equal(pieces.join(''), 'a,b\n1,2\n\n3,4\n')
      assert.ok(pieces.every((piece) => piece === '' || piece.endsWith('\n')))
    }
  })

  it('of more than 16 MB are refused, and each byte is copied once at most', () => {
    const lines = new WholeLines('x')
    const chunk = Buffer.alloc(65_536, 49)
    const begin = performance.now()
    assert.throws(() => {
      for (let i = 0; i < 1000; i++) lines.push(chunk)
    }, /x has a line of more than 16 MB/)
    // Copied anew with each chunk, they would be 2 GB.
    assert.ok(performance.now() - begin < 300, `${performance.now() - begin} ms`)
  })
})

describe('replay of several files', () => {
  const file = scratch()
  const write = (name: string, text: string): string => {
    fs.mkdirSync(path.dirname(file(name)), { recursive: true })
    fs.writeFileSync(file(name), text)
    return file(name)
  }
  const replay = (names: readonly string[], ...args: string[]): ReturnType<typeof edgeAnomaly> =>
    edgeAnomaly(['replay', '--rate', '0', '--input', names.join(','), ...args])

  it('without a header loses no row', () => {
    const names = [write('1.csv', '1,2\n3,4\n'), write('2.csv', '5,6\n')]
    assert.equal(replay(names).out, '1,2\n3,4\n5,6\n')
    assert.equal(replay([write('h.csv', 'a,b\n0,0\n'), ...names]).out, 'a,b\n0,0\n1,2\n3,4\n5,6\n')
    assert.equal(replay(names, '--json').out.split('\n')[2], '{"1":5,"2":6}')
    const dated = write('d.csv', '2026-01-01,7\n')
    assert.equal(replay([dated], '--no-header').out, '2026-01-01,7\n')
  })

  it('with other columns is refused, but for objects', () => {
    const names = [write('ab.csv', 'a,b\n1,2\n'), write('ba.csv', 'b,a\n3,4\n')]
    const { code, err } = replay(names)
    assert.equal(code, 1)
    assert.match(err, /ba\.csv has other columns \(b, a\) than the file before it \(a, b\)/)
    assert.equal(replay(names, '--json').out, '{"a":1,"b":2}\n{"b":3,"a":4}\n')
  })

  it('takes a quoted field with a line feed as one row', () => {
    const name = write('q.csv', 'a,note\n1,"x\ny"\n2,z\n')
    assert.equal(replay([name]).out, 'a,note\n1,"x\ny"\n2,z\n')
    assert.equal(replay([name], '--json').out, '{"a":1,"note":"x\\ny"}\n{"a":2,"note":"z"}\n')
  })

  it('ends where there is no row to begin anew with', () => {
    const { code, err } = replay([write('none.csv', 'a,b\n')], '--loop')
    assert.equal(code, 1)
    assert.match(err, /--input holds no rows/)
  })
})
