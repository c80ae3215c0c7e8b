import assert from 'node:assert/strict'
import fs from 'node:fs'
import { FeatureStage } from '../../src/core/features/feature-stage'
import { readFeatureSettings } from '../../src/core/features/settings'
import type { Frame } from '../../src/core/frame'
import { readModel } from '../../src/cli/model/stored-model'
import { edgeAnomaly, records, scratch, succeed } from './edge-anomaly'
import { fanRows, normalRows } from './recordings'

const RATE = 200

describe('scoring windows', () => {
  const file = scratch()
  const rows = fanRows(RATE * 60)
  let model = ''

  before(() => {
    model = file('fan')
    fs.writeFileSync(file('fan.csv'), `ax,ay,az\n${rows.join('\n')}\n`)
    const options = ['--window', '200', '--hop', '100', '--rate', '200', '--unit', 'g', '--alpha', '0.05']
    succeed(['fit', '--input', file('fan.csv'), '--model', model, ...options])
  })

  it('has the contract of the same stages in a flow', () => {
    const [{ input, parts }] = readModel(model).baselines as [ReturnType<typeof readModel>['baselines'][0]]
    assert.deepEqual(input, [
      'source ax,ay,az g 200 Hz',
      'window 200',
      'features v1 log_rms,mad,skewness,kurtosis,crest,bands,corr mean removed bands 8 resolution auto',
    ])
    assert.deepEqual(
      parts.map(({ kind, role }) => [kind, role]),
      [
        ['scaler standard', 'scaler'],
        ['mahalanobis ledoit-wolf', 'detector'],
      ],
    )
  })

  it('cuts windows every hop rows, described by the features of the core', () => {
    const text = succeed(['score', '--model', model, '--input', file('fan.csv')])
    const lines = records(text)
    assert.equal(lines.length, 119)
    assert.deepEqual(
      lines.slice(0, 3).map(({ start, end }) => [start, end]),
      [
        ['0', '199'],
        ['100', '299'],
        ['200', '399'],
      ],
    )
    const data = Float32Array.from(rows.slice(0, 200).flatMap((row) => row.split(',').map(Number)))
    const frame: Frame = { channels: ['ax', 'ay', 'az'], rate: RATE, start: 0, data }
    const [columns] = new FeatureStage(readFeatureSettings({})).push(frame) as readonly [Frame]
    const names = Object.keys(lines[0]!).filter((name) => name.startsWith('share.'))
    assert.deepEqual(
      names,
      columns.channels.map((name) => `share.${name}`),
    )
    for (const line of lines) {
      const sum = names.reduce((total, name) => total + Number(line[name]), 0)
      assert.ok(Math.abs(sum - 1) < 1e-4)
    }
  })

  it('finds a coin that is taped to a blade, and keeps its false-alarm rate without one', () => {
    const healthy = `ax,ay,az\n${fanRows(RATE * 60, { seed: 2 }).join('\n')}\n`
    const taped = `ax,ay,az\n${fanRows(RATE * 20, { seed: 3, coin: true }).join('\n')}\n`
    const flagged = (text: string): number => {
      const lines = records(succeed(['score', '--model', model, '--input', '-'], text))
      return lines.filter(({ is_anomaly }) => is_anomaly === '1').length / lines.length
    }
    assert.equal(flagged(taped), 1)
    assert.ok(flagged(healthy) < 0.2)
  })

  it('never crosses a change of the group, and writes its name', () => {
    const grouped = rows.slice(0, 1000).map((row, i) => `${row},${i < 350 ? 'first' : 'second, half'}`)
    const text = ['ax,ay,az,id', ...grouped.map((row) => row.replace('second, half', '"second, half"'))].join(
      '\n',
    )
    const lines = succeed(['score', '--model', model, '--input', '-', '--group', 'id'], text)
      .trimEnd()
      .split('\n')
    assert.deepEqual(
      lines.slice(1).map((line) => /^(\d+),(\d+),("second, half"|first),/.exec(line)!.slice(1)),
      [
        ['0', '199', 'first'],
        ['100', '299', 'first'],
        ['350', '549', '"second, half"'],
        ['450', '649', '"second, half"'],
        ['550', '749', '"second, half"'],
        ['650', '849', '"second, half"'],
        ['750', '949', '"second, half"'],
      ],
    )
  })

  it('remembers group, hop and time of the fit', () => {
    const recorded = rows.map((row, i) => `${(i % 400) / RATE},${row},${Math.floor(i / 400)}`)
    const text = `t,ax,ay,az,recording\n${recorded.join('\n')}\n`
    const options = [
      '--window',
      '200',
      '--hop',
      '200',
      '--rate',
      '200',
      '--time',
      't',
      '--group',
      'recording',
    ]
    succeed(['fit', '--input', '-', '--model', file('recorded'), '--alpha', '0.1', ...options], text)
    const lines = records(succeed(['score', '--model', file('recorded'), '--input', '-'], text))
    assert.equal(lines.length, 60)
    assert.deepEqual([lines[0]!.start, lines[0]!.end, lines[0]!.group], ['0', '0.995', '0'])
    assert.deepEqual([lines[59]!.start, lines[59]!.end, lines[59]!.group], ['1', '1.995', '29'])
  })

  it('begins anew behind a gap in time, behind a bad row, and in the next file', () => {
    const timed = rows.slice(0, 1200).map((row, i) => `${(i + (i >= 500 ? 1000 : 0)) / RATE},${row}`)
    timed[850] = timed[850]!.replace(/,[^,]*$/, ',')
    const text = `time,ax,ay,az\n${timed.join('\n')}\n`
    const places = (out: string): readonly string[] =>
      records(out).map(({ start, reason }) => `${Math.round(Number(start) * RATE)} ${reason}`)
    const starts = places(succeed(['score', '--model', model, '--input', '-', '--threshold', '1e9'], text))
    const normal = [0, 100, 200, 300, 1500, 1600].map((start) => `${start} NORMAL`)
    assert.deepEqual(starts, [...normal, '1850 DROPOUT', '1851 NORMAL', '1951 NORMAL'])
    fs.writeFileSync(file('a.csv'), `ax,ay,az\n${rows.slice(0, 350).join('\n')}`)
    const two = succeed(['score', '--model', model, '--input', `${file('a.csv')},${file('a.csv')}`])
    assert.deepEqual(
      records(two).map(({ start, end }) => `${start} ${end}`),
      ['0 199', '100 299', '350 549', '450 649'],
    )
  })

  it('tells how many rows are in no window, and which recordings were too short for one', () => {
    const grouped = rows.slice(0, 649).map((row, i) => `${row},${i < 449 ? 'a' : i < 500 ? 'b' : 'c'}`)
    const input = `ax,ay,az,id\n${grouped.join('\n')}\n`
    const args = ['score', '--model', model, '--input', '-', '--group', 'id', '--out', file('short.csv')]
    const { out, err } = edgeAnomaly(args, input)
    // 449 rows hold windows up to 400; 51 and 149 hold none.
    assert.match(out, /649 rows, 3 scored, \d anomalous, 0 without a score\n249 rows are in no window\n$/)
    assert.equal(
      err,
      'note: 2 recordings, or what gaps and unusable rows leave of them, are shorter than a window: their 200 rows are in none\n',
    )
    const summary = edgeAnomaly(['score', '--json', ...args.slice(1)], input).out
    assert.equal((JSON.parse(summary) as { uncovered: number }).uncovered, 249)
  })

  it('takes each of several files for a recording where no column tells', () => {
    fs.writeFileSync(file('one.csv'), `ax,ay,az\n${rows.slice(0, 300).join('\n')}\n`)
    fs.writeFileSync(file('two.csv'), `ax,ay,az\n${rows.slice(300, 500).join('\n')}\n`)
    const lines = records(
      succeed(['score', '--model', model, '--input', `${file('one.csv')},${file('two.csv')}`]),
    )
    assert.deepEqual(
      lines.map(({ start, group }) => [start, group]),
      [
        ['0', file('one.csv')],
        ['100', file('one.csv')],
        ['300', file('two.csv')],
      ],
    )
  })

  it('refuses what a model of windows at a rate cannot take', () => {
    const score = (...args: string[]): string =>
      edgeAnomaly(['score', '--model', model, '--input', file('fan.csv'), ...args]).err
    assert.match(score('--rate', '100'), /--rate 100 has no effect: the model was learned with 200 Hz/)
    assert.match(score('--agg', 'mean'), /--agg goes with --detector robust-z only/)
  })

  it('says STUCK of a window that is constant in a channel', () => {
    const stuck = rows.slice(0, 200).map((row) => row.replace(/,[^,]*$/, ',0.98'))
    const [line] = records(
      succeed(['score', '--model', model, '--input', '-'], `ax,ay,az\n${stuck.join('\n')}\n`),
    )
    assert.deepEqual([line!.reason, line!.score, line!.is_anomaly], ['STUCK', '', '0'])
  })

  it('gives a label to every window that holds a labelled row', () => {
    const labelled = rows.slice(0, 500).map((row, i) => `${row},${i >= 290 && i < 295 ? 1 : 0},${i}`)
    const text = `ax,ay,az,label,count\n${labelled.join('\n')}\n`
    const lines = records(succeed(['score', '--model', model, '--input', '-'], text))
    assert.deepEqual(
      lines.map(({ start, label, count }) => `${start} ${label} ${count}`),
      ['0 0 199', '100 1 299', '200 1 399', '300 0 499'],
    )
  })

  it('takes lags and differences of slow metrics, one window for each row', () => {
    const { lines } = normalRows(400, 5)
    const text = `a,b,c\n${lines.join('\n')}\n`
    succeed(['fit', '--input', '-', '--model', file('slow'), '--lags', '3', '--alpha', '0.05'], text)
    const scored = records(succeed(['score', '--model', file('slow'), '--input', '-'], text))
    assert.equal(scored.length, 398)
    assert.deepEqual([scored[0]!.start, scored[0]!.end], ['0', '2'])
    assert.deepEqual(
      Object.keys(scored[0]!).filter((name) => name.startsWith('share.a.')),
      ['lag1', 'lag2', 'lag3', 'diff1', 'diff2'].map((name) => `share.a.${name}`),
    )
  })

  it('resamples irregular rows by their times', () => {
    const irregular = rows.slice(0, 4000).filter((_, i) => i % 7 !== 3)
    const times = Array.from({ length: 4000 }, (_, i) => i / RATE).filter((_, i) => i % 7 !== 3)
    const text = `time,ax,ay,az\n${irregular.map((row, i) => `${times[i]},${row}`).join('\n')}\n`
    const options = [
      '--window',
      '100',
      '--hop',
      '50',
      '--resample',
      '100',
      '--features',
      'log_rms,bands',
      '--alpha',
      '0.2',
    ]
    succeed(['fit', '--input', '-', '--model', file('even'), ...options], text)
    const scored = records(succeed(['score', '--model', file('even'), '--input', '-'], text))
    assert.ok(scored.length >= 36 && scored.length <= 39, String(scored.length))
    // Windows of a second, half a second apart, named by the rows next to the grid.
    scored.forEach(({ start, end }, i) => {
      assert.ok(Math.abs(Number(start) - i * 0.5) <= 0.011, `${start} of window ${i}`)
      assert.ok(Math.abs(Number(end) - Number(start) - 0.99) <= 0.016, `${start} … ${end}`)
    })
  })

  it('is calibrated for a budget by the rate, and refuses one where nothing tells how much time passes', () => {
    const args = [
      'fit',
      '--json',
      '--input',
      file('fan.csv'),
      '--model',
      file('budget'),
      '--window',
      '200',
      '--hop',
      '200',
    ]
    const summary = JSON.parse(succeed([...args, '--rate', '200', '--budget', '6/hour'])) as {
      calibration: { extrapolated: boolean; n: number }
    }
    assert.equal(summary.calibration.extrapolated, true)
    const { code, err } = edgeAnomaly([...args, '--budget', '6/hour'])
    assert.equal(code, 1)
    assert.match(err, /stated per time/)
  })
})
