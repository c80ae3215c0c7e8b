import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { packageRoot } from '../node-red'
import { edgeAnomaly, records, referenceFile, scratch, succeed } from './edge-anomaly'
import { normalRows } from './recordings'

describe('files without a header', () => {
  const file = scratch()
  const { lines } = normalRows(300, 4)
  const write = (name: string, text: string): string => {
    fs.mkdirSync(path.dirname(file(name)), { recursive: true })
    fs.writeFileSync(file(name), text)
    return file(name)
  }
  const scoresOf = (text: string): readonly string[] => records(text).map(({ score }) => score!)

  it('are read by number and in order, and score as the same rows under a header do', () => {
    const named = write('named.csv', `a,b,c\n${lines.join('\n')}\n`)
    const bare = write('bare.csv', `${lines.map((line) => line.replaceAll(',', ', ')).join('\r\n')}`)
    succeed(['fit', '--input', named, '--model', file('m'), '--alpha', '0.05'])
    const expected = scoresOf(succeed(['score', '--model', file('m'), '--input', named]))
    assert.equal(expected.length, 300)
    assert.deepEqual(
      scoresOf(succeed(['score', '--model', file('m'), '--input', bare, '--no-header'])),
      expected,
    )
    const options = ['--no-header', '--channels', 'a,b,c', '--alpha', '0.05']
    succeed(['fit', '--input', bare, '--model', file('n'), ...options])
    // What learning was told of the file counts for scoring too; a header is still one.
    for (const input of [bare, named])
      assert.deepEqual(scoresOf(succeed(['score', '--model', file('n'), '--input', input])), expected)
  })

  it('are refused without --no-header, in words that say what to do', () => {
    const { code, err } = edgeAnomaly(['fit', '--input', '-', '--model', file('x')], '1,2,3\n4,5,6\n')
    assert.equal(code, 1)
    assert.match(err, /has no header.*--no-header and name them with --channels/)
    const short = edgeAnomaly(['fit', '--input', '-', '--no-header', '--channels', 'a,b,c,d', '--model', file('x')], '1,2,3\n') // prettier-ignore
    assert.match(short.err, /no column d/)
    const filter = edgeAnomaly(['fit', '--input', '-', '--filter', '0', '--model', file('x')], 'a\n1\n')
    assert.match(filter.err, /--filter "0" must be the name or number of a column, =/)
    const none = edgeAnomaly(['fit', '--input', '-', '--filter', 'z=0', '--model', file('x')], 'a\n1\n')
    assert.match(none.err, /has no column z/)
  })

  it('may hold several kinds of lines, of which one is taken', () => {
    const kinds = (header: string): string =>
      `${header}${lines.flatMap((line, i) => [`0,${i},${line}`, `1,${i},oops,,`, `2,${i},9,9,9`]).join('\n')}\n`
    const options = ['--time', '2', '--filter', '1=0', '--channels', 'a,b,c', '--alpha', '0.05']
    const log = write('log.txt', kinds(''))
    succeed(['fit', '--input', log, '--no-header', ...options, '--model', file('log')])
    const plain = write('plain.csv', `time,a,b,c\n${lines.map((line, i) => `${i},${line}`).join('\n')}\n`)
    const scored = records(succeed(['score', '--model', file('log'), '--input', log]))
    assert.equal(scored.length, 300)
    assert.deepEqual(scored.map(({ start }) => start), lines.map((_, i) => String(i))) // prettier-ignore
    assert.ok(scored.every(({ reason }) => reason !== 'DROPOUT'))
    succeed(['fit', '--input', plain, '--alpha', '0.05', '--model', file('plain')])
    assert.deepEqual(
      scored.map(({ score }) => score),
      scoresOf(succeed(['score', '--model', file('plain'), '--input', plain])),
    )
    const titled = write('titled.csv', kinds('kind,t,a,b,c\n'))
    const same = succeed([
      'score',
      '--model',
      file('plain'),
      '--input',
      titled,
      '--time',
      't',
      '--filter',
      'kind=0',
    ])
    assert.deepEqual(scoresOf(same), scoresOf(succeed(['score', '--model', file('plain'), '--input', plain]))) // prettier-ignore
  })

  it('of a folder are taken one by one, in the order in which people count; no window spans two', () => {
    for (let i = 0; i < 12; i++) write(`folder/${i}.csv`, `${lines.slice(25 * i, 25 * i + 25).join('\n')}\n`)
    const options = [
      '--no-header',
      '--channels',
      'a,b,c',
      '--window',
      '10',
      '--hop',
      '5',
      '--features',
      'rms,std',
    ]
    succeed(['fit', '--input', file('folder'), '--model', file('w'), '--alpha', '0.2', ...options])
    const scored = records(succeed(['score', '--model', file('w'), '--input', file('folder')]))
    assert.deepEqual(
      scored.map(({ start }) => Number(start)),
      Array.from({ length: 12 }, (_, i) => [0, 5, 10, 15].map((from) => 25 * i + from)).flat(),
    )
  })

  describe('of the five systems (need ../shared)', () => {
    const shared = process.env['ANOMALY_SHARED'] ?? path.resolve(packageRoot, '../shared')
    before(function () {
      if (referenceFile('system1') === undefined) this.skip()
    })
    const fitAndScore = (
      name: string,
      input: string,
      options: readonly string[],
    ): readonly Readonly<Record<string, string>>[] => {
      // prettier-ignore
      succeed(['fit', '--input', input, '--model', file(name), ...options])
      return records(succeed(['score', '--model', file(name), '--input', input]))
    }

    it('system 0: rows of an IMU under a header', () => {
      const { raw } = JSON.parse(fs.readFileSync(referenceFile('system0/autoencoder.json')!, 'utf8')) as {
        raw: readonly (readonly (readonly number[])[])[]
      }
      const rows = raw.flat().map((row) => row.join(','))
      const input = write('imu.csv', `accel_x,accel_y,accel_z,gyro_x,gyro_y,gyro_z\n${rows.join('\n')}\n`)
      assert.equal(fitAndScore('s0', input, ['--alpha', '0.1']).length, 150)
    })

    it('system 1: a folder of numbered one-second files', () => {
      const options = ['--no-header', '--channels', 'x,y,z', '--unit', 'g', '--rate', '200', '--window', '40', '--hop', '40', '--alpha', '0.2', '--features', 'mad'] // prettier-ignore
      const scored = fitAndScore('s1', referenceFile('system1/csv')!, options)
      assert.equal(scored.length, 18 * 5)
    })

    it('system 2: a data_log of gyroscope, accelerometer and coarse accelerometer', function () {
      const log = path.join(shared, 'data/gyro_fan/data_log_ventilatoreB_V1_Still.txt')
      if (!fs.existsSync(log)) this.skip()
      const options = ['--no-header', '--time', '2', '--filter', '1=0', '--channels', 'gx,gy,gz', '--alpha', '0.02'] // prettier-ignore
      const own = fs.readFileSync(log, 'utf8').trim().split('\n').filter((line) => line.startsWith('0,')) // prettier-ignore
      const scored = fitAndScore('s2', log, options)
      assert.deepEqual(scored.map(({ start }) => start), own.map((line) => line.split(',')[1])) // prettier-ignore
      assert.ok(scored.every(({ score }) => Number(score) > 0))
    })

    it('system 3: train.csv, and test.csv with its labels carried along', () => {
      succeed([
        'fit',
        '--input',
        referenceFile('system3/train.csv')!,
        '--model',
        file('s3'),
        '--alpha',
        '0.05',
      ])
      const scored = records(succeed(['score', '--model', file('s3'), '--input', referenceFile('system3/test.csv')!])) // prettier-ignore
      assert.equal(scored.length, 60)
      assert.deepEqual([...new Set(scored.map(({ anomaly }) => anomaly))], ['0'])
      assert.equal(scored[0]!.start, '2026-01-01 00:04:00')
    })

    it('system 4: its table of metrics, and its single line of an order', () => {
      const table = referenceFile('system4/system_metrics_dynamic.csv')!
      assert.equal(fitAndScore('s4', table, []).length, 1700)
      const input = referenceFile('system4/input_data.txt')!
      const line = records(succeed(['score', '--model', file('s4'), '--input', input, '--no-header']))
      assert.equal(line.length, 1)
      assert.equal(line[0]!.is_anomaly, '1')
    })
  })
})
