import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import { makeMahalanobis } from '../../src/core/detectors/mahalanobis'
import type { Frame } from '../../src/core/frame'
import { makeScaler } from '../../src/core/scalers/scaler'
import type { FittedPart, Score } from '../../src/core/stage'
import { BINARY, edgeAnomaly, records, scratch, succeed } from './edge-anomaly'
import { normalRows } from './recordings'

const HEADER = 'a,b,c'
const frameOf = (values: readonly number[]): Frame => ({
  channels: ['a', 'b', 'c'],
  start: 0,
  data: Float32Array.from(values),
  contract: ['source a,b,c'],
})

describe('scoring rows', () => {
  const file = scratch()
  const train = normalRows(600, 1)
  const test = normalRows(300, 2)
  let model = ''

  before(() => {
    model = file('model')
    fs.writeFileSync(file('train.csv'), `${HEADER}\n${train.lines.join('\n')}\n`)
    fs.writeFileSync(file('test.csv'), `${HEADER}\n${test.lines.join('\n')}\n9,0,0\n`)
    succeed(['fit', '--input', file('train.csv'), '--model', model])
  })

  it('gives the distances and shares of the core, fitted on the first 60 % and calibrated on the rest', () => {
    const learned = train.values.slice(0, 360).map(frameOf)
    const scaler = makeScaler({ method: 'standard' })
    const scale = scaler.load((scaler.fit(learned) as FittedPart).body)
    const apply = (frames: readonly Frame[]): readonly Frame[] => scale.apply(frames) as readonly Frame[]
    const detector = makeMahalanobis({ covariance: 'ledoit-wolf' })
    const distance = detector.load((detector.fit(apply(learned)) as FittedPart).body)
    const score = (frames: readonly Frame[]): readonly Score[] =>
      distance.apply(apply(frames)) as readonly Score[]
    const calibration = score(train.values.slice(360).map(frameOf)).map((one) => one.score)
    calibration.sort((x, y) => x - y)
    // ceil((240 + 1) · 0.99) = 239
    const threshold = calibration[238]!
    const expected = score([...test.values, [9, 0, 0]].map(frameOf))
    const lines = records(succeed(['score', '--model', model, '--input', file('test.csv')]))
    assert.equal(lines.length, 301)
    lines.forEach((line, i) => {
      const { score: distance, contributions } = expected[i]!
      assert.equal(Number(line.score), distance)
      assert.equal(Number(line.threshold), threshold)
      assert.equal(line.is_anomaly, distance > threshold ? '1' : '0')
      assert.equal(line.reason, distance > threshold ? 'ANOMALY' : 'NORMAL')
      const p = (1 + calibration.filter((other) => other >= distance).length) / 241
      assert.ok(Math.abs(Number(line.p_value) - p) < 1e-8)
      for (const name of ['a', 'b', 'c']) {
        assert.ok(Math.abs(Number(line[`share.${name}`]) - contributions[name]!) <= 5.1e-7)
      }
      assert.deepEqual([line.start, line.end, line.group], [String(i), String(i), ''])
    })
    assert.equal(lines.at(-1)!.is_anomaly, '1')
  })

  it('has the columns that were promised, and carries others behind them', () => {
    const fixed = 'start,end,group,score,threshold,is_anomaly,p_value,reason,share.a,share.b,share.c'
    assert.equal(succeed(['score', '--model', model, '--input', '-'], 'a,b,c\n1,2,3\n').split('\n')[0], fixed)
    const carried = succeed(
      ['score', '--model', model, '--input', '-'],
      'c,note,score,a,b\n3,"x, =1",7,1,2\n',
    )
    const [header, line] = carried.split('\n')
    assert.equal(header, `${fixed},note,input.score`)
    assert.match(line!, /,"x, =1",7$/)
  })

  it('leaves nothing in a cell that a spreadsheet would run; numbers stay numbers', () => {
    const input = [
      '=h(),a,b,c,note',
      '@x,1,2,3,-1',
      "+cmd|' /C calc'!A0,1,2,3,=1+1",
      '-1+2,1,2,3,-.5e-3',
      '',
    ].join('\n')
    const out = succeed(['score', '--model', model, '--input', '-', '--group', '=h()'], input)
    const lines = records(out)
    assert.deepEqual(lines.map(({ group }) => group), ["'@x", "'+cmd|' /C calc'!A0", "'-1+2"]) // prettier-ignore
    assert.deepEqual(lines.map(({ note }) => note), ['-1', "'=1+1", '-.5e-3']) // prettier-ignore
    const carried = succeed(['score', '--model', model, '--input', '-'], 'a,b,c,=h()\n1,2,3,\tx\n')
    assert.match(carried.split('\n')[0]!, /,'=h\(\)$/)
  })

  it('does not care about the order of the columns', () => {
    const straight = records(succeed(['score', '--model', model, '--input', '-'], 'a,b,c\n1,2,3\n'))
    const turned = records(succeed(['score', '--model', model, '--input', '-'], 'c,b,a\n3,2,1\n'))
    assert.equal(turned[0]!.score, straight[0]!.score)
  })

  it('says DROPOUT of a row with a missing value instead of a score', () => {
    const text = 'a,b,c\n0.1,1,0\n0.1,,0\n0.1,nan,0\n0.1,oops,0\n9,0,0\n0.1,1,0\n'
    const lines = records(succeed(['score', '--model', model, '--input', '-'], text))
    const fault = ['DROPOUT', true, '0', true]
    assert.deepEqual(
      lines.map(({ reason, score, is_anomaly, p_value }) => [
        reason,
        score === '',
        is_anomaly,
        p_value === '',
      ]),
      [
        ['NORMAL', false, '0', false],
        fault,
        fault,
        fault,
        ['ANOMALY', false, '1', false],
        ['NORMAL', false, '0', false],
      ],
    )
  })

  it('says SATURATED of a row too far out to compute with, and scores the rows beside it', () => {
    const small = train.values.map((row) => row.map((value) => value / 1000).join(','))
    succeed(['fit', '--input', '-', '--model', file('small')], `${HEADER}\n${small.join('\n')}\n`)
    const text = 'a,b,c\n1e-4,1e-3,0\n3e38,0,0\n1e-4,1e-3,0\n'
    const lines = records(succeed(['score', '--model', file('small'), '--input', '-'], text))
    assert.deepEqual(
      lines.map(({ reason, score }) => [reason, score === '']),
      [
        ['NORMAL', false],
        ['SATURATED', true],
        ['NORMAL', false],
      ],
    )
    assert.equal(lines[0]!.score, lines[2]!.score)
  })

  it('holds scores against another threshold, and writes anomalies alone where that is asked', () => {
    const all = records(succeed(['score', '--model', model, '--input', file('test.csv'), '--threshold', '2']))
    assert.ok(all.every(({ threshold }) => threshold === '2'))
    const flagged = all.filter(({ score }) => Number(score) > 2)
    assert.ok(flagged.length > 10 && flagged.length < 200)
    const args = [
      'score',
      '--model',
      model,
      '--input',
      file('test.csv'),
      '--threshold',
      '2',
      '--only-anomalies',
    ]
    assert.deepEqual(records(succeed(args)), flagged)
  })

  it('leaves a dead sensor in where anomalies alone are asked for, and counts it', () => {
    const { out, err } = edgeAnomaly(
      ['score', '--model', model, '--input', '-', '--only-anomalies'],
      `a,b,c\n0.1,1,0\n${'0.1,,0\n'.repeat(8)}9,0,0\n`,
    )
    const reasons = records(out).map(({ reason }) => reason)
    assert.deepEqual(reasons, [...Array<string>(8).fill('DROPOUT'), 'ANOMALY'])
    assert.equal(
      err,
      'warning: 8 of 10 rows or windows show a fault of the sensor (DROPOUT 8) and were not judged\n',
    )
  })

  it('writes one JSON object in each line with --json', () => {
    const text = succeed(['score', '--json', '--model', model, '--input', '-'], 'a,b,c\n0.1,1,0\n1,,3\n')
    const [first, second] = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    assert.equal(first!.reason, 'NORMAL')
    assert.deepEqual(Object.keys(first!.shares as object), ['a', 'b', 'c'])
    assert.equal(first!.start, 0)
    assert.deepEqual([second!.score, second!.p_value, second!.reason], [null, null, 'DROPOUT'])
    assert.equal(second!.detail, 'b')
  })

  it('says in a summary what went into a file', () => {
    const args = [
      'score',
      '--json',
      '--model',
      model,
      '--input',
      file('test.csv'),
      '--out',
      file('scores.csv'),
    ]
    const summary = JSON.parse(succeed(args)) as Record<string, unknown>
    assert.deepEqual([summary.rows, summary.scored, summary.unscored], [301, 301, 0])
    assert.equal(fs.readFileSync(file('scores.csv'), 'utf8').trimEnd().split('\n').length, 301)
  })

  it('answers row by row on standard input, before the next one comes', async () => {
    const child = spawn(process.execPath, [
      ...BINARY,
      'score',
      '--model',
      model,
      '--input',
      '-',
      '--out',
      '-',
    ])
    let seen = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (seen += text))
    const lines = async (count: number): Promise<void> => {
      while (seen.split('\n').length - 1 < count) await new Promise((resolve) => setTimeout(resolve, 5))
    }
    child.stdin.write('a,b,c\n')
    await lines(1)
    for (let row = 1; row <= 3; row++) {
      child.stdin.write('1,2,3\n')
      await lines(1 + row)
    }
    child.stdin.write('9,0')
    child.stdin.end(',0')
    await lines(5)
    const code = await new Promise((resolve) => child.on('close', resolve))
    assert.equal(code, 0)
    assert.match(seen.trimEnd().split('\n').at(-1)!, /,1,[^,]*,ANOMALY,/)
  })

  it('ends quietly where nobody reads on', async () => {
    const child = spawn(process.execPath, [...BINARY, 'score', '--model', model, '--input', '-'])
    let complaint = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text))
    child.stdin.on('error', () => undefined)
    child.stdout.once('data', () => child.stdout.destroy())
    const feed = setInterval(() => child.stdin.write(`${'1,2,3\n'.repeat(1000)}`), 5)
    child.stdin.write('a,b,c\n1,2,3\n')
    const code = await new Promise((resolve) => child.on('close', resolve))
    clearInterval(feed)
    assert.equal(code, 0)
    assert.equal(complaint, '')
  })

  it('names the channel that a file lacks', () => {
    const { code, err } = edgeAnomaly(['score', '--model', model, '--input', '-'], 'a,b\n1,2\n')
    assert.equal(code, 1)
    assert.match(err, /stdin has no column c/)
  })
})
