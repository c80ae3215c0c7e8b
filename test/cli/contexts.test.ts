import assert from 'node:assert/strict'
import fs from 'node:fs'
import { readModel } from '../../src/cli/model/stored-model'
import { edgeAnomaly, records, scratch, succeed } from './edge-anomaly'
import { normalRows } from './recordings'

describe('one baseline for each context', () => {
  const file = scratch()
  const low = normalRows(400, 1)
  const high = normalRows(400, 2, 100)
  let model = ''
  const text = (rows: readonly (readonly [string, string])[]): string =>
    `a,b,c,speed\n${rows.map(([line, speed]) => `${line},${speed}`).join('\n')}\n`
  const mixed = text(
    low.lines.flatMap((line, i) => [[line, 'low'] as const, [high.lines[i]!, 'high'] as const]),
  )

  before(() => {
    model = file('model')
    succeed(['fit', '--input', '-', '--model', model, '--context', 'speed', '--alpha', '0.02'], mixed)
  })

  it('learns each on its own rows and calibrates their scores together', () => {
    const { baselines } = readModel(model)
    assert.deepEqual(baselines.map(({ context }) => context).sort(), ['high', 'low'])
    const [first, second] = baselines.map(({ calibration }) => calibration!)
    // 40 % of 400 rows of each.
    assert.deepEqual([first!.n, second!.n], [320, 320])
    assert.equal(first!.threshold, second!.threshold)
    const centers = baselines.map(({ context, parts }) => [
      context,
      Math.round((parts[0]!.body as { center: readonly number[] }).center[0]! / 10) * 10,
    ])
    assert.deepEqual(
      new Map(centers as [string, number][]),
      new Map([
        ['low', 0],
        ['high', 100],
      ]),
    )
  })

  it('scores each row by the baseline of its context', () => {
    const scored = records(succeed(['score', '--model', model, '--input', '-'], mixed))
    const flagged = scored.filter(({ is_anomaly }) => is_anomaly === '1').length
    assert.ok(flagged < 40, String(flagged))
    const swapped = text([
      [low.lines[0]!, 'high'],
      [high.lines[0]!, 'low'],
    ])
    const wrong = records(succeed(['score', '--model', model, '--input', '-'], swapped))
    assert.ok(wrong.every(({ score, is_anomaly }) => Number(score) > 50 && is_anomaly === '1'))
  })

  it('gives a reason and no score where a context was not learned', () => {
    const strange = text([
      [low.lines[0]!, 'low'],
      [low.lines[1]!, 'medium'],
      [low.lines[2]!, 'low'],
    ])
    const scored = records(succeed(['score', '--model', model, '--input', '-'], strange))
    assert.deepEqual(
      scored.map(({ reason, score, is_anomaly, speed }) => [reason, score === '', is_anomaly, speed]),
      [
        ['NORMAL', false, '0', 'low'],
        ['UNKNOWN_CONTEXT', true, '0', 'medium'],
        ['NORMAL', false, '0', 'low'],
      ],
    )
  })

  it('leaves windows of unknown contexts out of a calibration, and says so', () => {
    fs.writeFileSync(file('train.csv'), mixed)
    fs.writeFileSync(
      file('calib.csv'),
      text([...low.lines.map((line) => [line, 'low'] as const), ['1,2,3', 'other']]),
    )
    const args = ['--context', 'speed', '--input', file('train.csv'), '--calibrate', file('calib.csv')]
    const { code, out, err } = edgeAnomaly(['fit', '--json', '--model', file('second'), ...args])
    assert.equal(code, 0)
    assert.match(err, /1 windows of contexts that were not learned/)
    assert.equal((JSON.parse(out) as { calibration: { n: number } }).calibration.n, 400)
  })

  it('never makes a window of two contexts', () => {
    const blocks = text(
      low.lines.flatMap((line, i) => [
        [i % 20 < 12 ? line : high.lines[i]!, i % 20 < 12 ? 'low' : 'high'] as const,
      ]),
    )
    const options = [
      '--context',
      'speed',
      '--window',
      '4',
      '--hop',
      '4',
      '--features',
      'none',
      '--alpha',
      '0.1',
    ]
    succeed(['fit', '--input', '-', '--model', file('windows'), ...options], blocks)
    const scored = records(succeed(['score', '--model', file('windows'), '--input', '-'], blocks))
    assert.equal(scored.length, 100)
    for (const { start, end, speed } of scored) {
      const places = [Number(start) % 20, Number(end) % 20]
      assert.ok(speed === 'low' ? places[1]! < 12 : places[0]! >= 12, `${start} … ${end} ${speed}`)
    }
  })

  it('forgets the contexts of before where a model is learned anew without them', () => {
    succeed(['fit', '--input', '-', '--model', file('again'), '--context', 'speed', '--alpha', '0.02'], mixed)
    const plain = `a,b,c\n${low.lines.join('\n')}\n`
    succeed(['fit', '--input', '-', '--model', file('again')], plain)
    const { baselines } = readModel(file('again'))
    assert.deepEqual(
      baselines.map(({ context }) => context),
      [undefined],
    )
  })

  it('says which context has too few rows', () => {
    const few = text([...low.lines.map((line) => [line, 'low'] as const), [high.lines[0]!, 'high']])
    const { code, err } = edgeAnomaly(
      ['fit', '--input', '-', '--model', file('few'), '--context', 'speed'],
      few,
    )
    assert.equal(code, 1)
    assert.match(err, /at least 30 windows \(or rows\) of each context, but high has 1/)
  })
})
