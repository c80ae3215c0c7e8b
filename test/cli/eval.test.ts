import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { readLabel, RowLabels } from '../../src/cli/evaluation/labels'
import type { Evaluation } from '../../src/cli/evaluation/report'
import { BINARY, edgeAnomaly, scratch, succeed } from './edge-anomaly'

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

  it('tells times of whole seconds from numbers of rows: by the scores, or by the file that was scored', () => {
    const label = (i: number): string => (i >= 2 && i <= 5 ? '1' : '0')
    const header = 'start,end,group,score,threshold,is_anomaly,p_value,reason,time_unit,label'
    const lines = SCORES.map((score, i) => `${i},${i},,${score},1,${score > 1 ? 1 : 0},,NORMAL,s,${label(i)}`)
    const text = [header, ...lines, ''].join('\n')
    const seconds = { count: 1, detected: 1, delay: { median: 1, longest: 1, unit: 's' } }
    assert.deepEqual(evaluate(text).events, seconds)
    const plain = text.replaceAll(',s,', ',').replace(',time_unit', '')
    assert.deepEqual(evaluate(plain).events.delay, { median: 2, longest: 2, unit: 'rows' })
    fs.writeFileSync(file('timed.csv'), `time,label\n${lines.map((_, i) => `${i},${label(i)}`).join('\n')}\n`)
    assert.deepEqual(evaluate(plain, '--input', file('timed.csv')).events, seconds)
    assert.deepEqual(
      evaluate(plain, '--input', file('timed.csv'), '--time', 'none').events.delay!.unit,
      'rows',
    )
  })

  it('ends an event with its recording: at a change of group or context, and where the time runs backwards', () => {
    const header = 'start,end,group,score,threshold,is_anomaly,p_value,reason,speed,label'
    const text = (rows: readonly (readonly [number, string, string])[]): string =>
      [header, ...rows.map(([at, group, speed], i) => `${at},${at},${group},1,2,${i === 3 ? 1 : 0},,NORMAL,${speed},1`), ''].join('\n') // prettier-ignore
    const count = (rows: readonly (readonly [number, string, string])[], ...more: string[]): number =>
      evaluate(text(rows), ...more).events.count
    const one = [0, 1, 2, 3].map((at) => [at, 'a', 'low'] as const)
    assert.equal(count(one), 1)
    assert.equal(count(one.map(([at], i) => [at, i < 2 ? 'a' : 'b', 'low'])), 2)
    assert.equal(count(one.map((_, i) => [i % 2, 'a', 'low'])), 2)
    const speeds = one.map(([at], i) => [at, 'a', i < 2 ? 'low' : 'high'] as const)
    assert.equal(count(speeds), 1)
    assert.equal(count(speeds, '--context', 'speed'), 2)
    const [event] = [evaluate(text(speeds), '--context', 'speed').events]
    assert.deepEqual([event.detected, event.delay!.longest], [1, 2])
  })

  it('takes labels of several recordings whose times begin anew', () => {
    const rows = Array.from({ length: 40 }, (_, row) => `${row % 20},${row >= 25 && row < 30 ? 1 : 0}`)
    fs.writeFileSync(file('twice.csv'), `time,label\n${rows.join('\n')}\n`)
    const header = 'start,end,group,score,threshold,is_anomaly,p_value,reason'
    const lines = Array.from({ length: 8 }, (_, i) => `${(5 * i) % 20},${((5 * i) % 20) + 4},,1,2,0,,NORMAL`)
    const report = evaluate(`${[header, ...lines].join('\n')}\n`, '--input', file('twice.csv'))
    assert.deepEqual([report.normal, report.anomalous], [7, 1])
  })

  it('holds nine bytes of a line, so millions of lines fit into a small heap', function () {
    this.timeout(120_000)
    const header = 'start,end,group,score,threshold,is_anomaly,p_value,reason,label\n'
    const block = Array.from({ length: 1000 }, (_, i) => `${i},${i},,${i % 7},5,${i % 7 > 5 ? 1 : 0},,NORMAL,${i % 2}`).join('\n') // prettier-ignore
    fs.writeFileSync(file('long.csv'), header)
    for (let i = 0; i < 400; i++) fs.appendFileSync(file('long.csv'), `${block}\n`)
    const args = ['eval', '--json', '--scores', file('long.csv'), '--labels', 'label', '--sweep']
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--max-old-space-size=48', ...BINARY, ...args], { encoding: 'utf8' }) // prettier-ignore
    assert.equal(status, 0, stderr)
    const report = JSON.parse(stdout) as Evaluation
    assert.deepEqual([report.normal, report.anomalous, report.windows], [200_000, 200_000, 400_000])
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
