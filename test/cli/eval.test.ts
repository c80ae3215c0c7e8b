import assert from 'node:assert/strict'
import fs from 'node:fs'
import { readLabel, RowLabels } from '../../src/cli/evaluation/labels'
import type { Evaluation } from '../../src/cli/evaluation/report'
import { edgeAnomaly, scratch, succeed } from './edge-anomaly'

const SCORES = [0.2, 0.4, 0.1, 2.0, 1.5, 3.0, 0.3, 0.9, 1.1, 2.5, 0.5, 1.5]
const LABELS = [0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 0]
const near = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) < 1e-9, `${actual} is not ${expected}`)

/** A file of scores of windows of 10 rows, or with times 10 s apart. */
function scores(times: boolean, label: (i: number) => string): string {
  const lines = SCORES.map((score, i) => {
    const at = (row: number): string =>
      times ? new Date(Date.UTC(2026, 0, 1) + row * 1000).toISOString() : String(row)
    return [at(10 * i), at(10 * i + 9), '', score, 1, score > 1 ? 1 : 0, 0.5, 'NORMAL', label(i)].join(',')
  })
  return `start,end,group,score,threshold,is_anomaly,p_value,reason,label\n${lines.join('\n')}\n`
}

describe('eval', () => {
  const file = scratch()
  const evaluate = (text: string, ...more: string[]): Evaluation & { sweep?: { threshold: number }[] } => {
    fs.writeFileSync(file('scores.csv'), text)
    const args = ['eval', '--json', '--scores', file('scores.csv'), '--labels', 'label', ...more]
    return JSON.parse(succeed(args)) as Evaluation & { sweep?: { threshold: number }[] }
  }

  it('gives the figures of scikit-learn, the exact interval, and the delay of each event', () => {
    const report = evaluate(scores(false, (i) => String(LABELS[i])))
    near(report.precision, 4 / 6)
    near(report.recall, 0.8)
    near(report.f1, 8 / 11)
    near(report.rocAuc, 0.9)
    near(report.prAuc, 0.885)
    near(report.far, 2 / 7)
    near(report.farInterval[0], 0.03669256617608555)
    near(report.farInterval[1], 0.7095791362626572)
    assert.deepEqual([report.truePositives, report.falsePositives], [4, 2])
    assert.deepEqual([report.falseNegatives, report.trueNegatives], [1, 5])
    // Two events, both flagged in their first window of ten rows.
    assert.deepEqual(report.events, {
      count: 2,
      detected: 2,
      delay: { median: 10, longest: 10, unit: 'rows' },
    })
  })

  it('is never point-adjusted: a flag in an event does not redeem its other windows', () => {
    const adjusted = evaluate(scores(false, (i) => (i >= 3 && i <= 8 ? '1' : '0')))
    assert.deepEqual([adjusted.truePositives, adjusted.falseNegatives], [4, 2])
  })

  it('reads delays from times in seconds', () => {
    const report = evaluate(scores(true, (i) => (i >= 2 && i <= 5 ? 'fault' : 'normal')))
    // The event begins with window 2; window 3 ends 19 s later.
    assert.deepEqual(report.events, { count: 1, detected: 1, delay: { median: 19, longest: 19, unit: 's' } })
  })

  it('keeps windows without a score out of the ranking, and tells them', () => {
    const lines = scores(false, (i) => String(LABELS[i])).replace(
      '20,29,,0.1,1,0,0.5,NORMAL',
      '20,29,,,1,0,,STUCK',
    )
    const report = evaluate(lines.replace('30,39,,2,1,1,0.5,NORMAL', '30,39,,,1,0,,DROPOUT'))
    assert.deepEqual(report.unscored, { normal: 1, anomalous: 1 })
    assert.equal(report.normal + report.anomalous, 10)
    assert.equal(report.events.delay!.longest, 20)
  })

  it('takes labels of rows from the file that was scored', () => {
    const rows = Array.from({ length: 120 }, (_, row) => `${row},${row >= 35 && row < 60 ? 1 : 0}`)
    fs.writeFileSync(file('rows.csv'), `x,label\n${rows.join('\n')}\n`)
    const report = evaluate(
      scores(false, () => '0'),
      '--input',
      file('rows.csv'),
    )
    assert.deepEqual([report.anomalous, report.truePositives], [3, 3])
    const timed = rows.map(
      (line, row) => `${new Date(Date.UTC(2026, 0, 1) + row * 1000).toISOString()},${line}`,
    )
    fs.writeFileSync(file('timed.csv'), `time,x,label\n${timed.join('\n')}\n`)
    assert.equal(
      evaluate(
        scores(true, () => '0'),
        '--input',
        file('timed.csv'),
      ).truePositives,
      3,
    )
  })

  it('sweeps 20 thresholds, and warns of choosing one of them', () => {
    const text = scores(false, (i) => String(LABELS[i]))
    const points = evaluate(text, '--sweep').sweep!
    assert.equal(points.length, 20)
    assert.ok(points.every(({ threshold }, i) => i === 0 || threshold >= points[i - 1]!.threshold))
    const out = succeed(['eval', '--scores', file('scores.csv'), '--labels', 'label', '--sweep'])
    assert.match(out, /looks better than it will be/)
  })

  it('leaves lines without a label out, and fails where there is none', () => {
    fs.writeFileSync(
      file('some.csv'),
      scores(false, (i) => (i < 6 ? '' : String(LABELS[i]))),
    )
    const { err, out } = edgeAnomaly(['eval', '--json', '--scores', file('some.csv'), '--labels', 'label'])
    assert.match(err, /6 lines without a label/)
    assert.equal((JSON.parse(out) as Evaluation).windows, 6)
    assert.equal(edgeAnomaly(['eval', '--scores', file('some.csv'), '--labels', 'other']).code, 1)
    fs.writeFileSync(
      file('none.csv'),
      scores(false, () => ''),
    )
    assert.equal(edgeAnomaly(['eval', '--scores', file('none.csv'), '--labels', 'label']).code, 1)
  })

  it('reads labels in the usual words', () => {
    for (const text of ['0', '0.0', 'false', 'No', 'normal', 'OK']) assert.equal(readLabel(text), false, text)
    for (const text of ['1', '2.5', 'true', 'coin', 'anomaly']) assert.equal(readLabel(text), true, text)
    for (const text of ['', ' ', 'nan']) assert.equal(readLabel(text), undefined)
    const labels = new RowLabels()
    for (const label of [false, undefined, true, undefined]) labels.add(label, undefined)
    assert.deepEqual(
      [labels.label('0', '1'), labels.label('1', '2'), labels.label('3', '3'), labels.label('0', '9')],
      [false, true, undefined, undefined],
    )
  })
})
