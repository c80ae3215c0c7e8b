import assert from 'node:assert/strict'
import type { Framed } from '../../src/cli/chain/sample'
import { splitByTime } from '../../src/cli/chain/split'
import { scratch, edgeAnomaly } from './edge-anomaly'
import { normalRows } from './recordings'

const windows = (count: number, rows: number, hop: number): readonly Framed[] =>
  Array.from({ length: count }, (_, i) => ({ from: i * hop, to: i * hop + rows }) as Framed)
/** Windows that share no data. */
const apart = (items: readonly Framed[]): number => {
  let until = -Infinity
  return items.filter(({ from, to }) => from >= until && (until = to) > 0).length
}

describe('parting a recording into what is learned from and what is calibrated on', () => {
  it('leaves 40 % for the calibration where that is enough', () => {
    const { learn, calibrate } = splitByTime(windows(1000, 1, 1), { scores: 99, isFirm: false, fewest: 30 })
    assert.deepEqual([learn.length, calibrate.length], [600, 400])
  })

  it('leaves exactly what the threshold needs where that is more, and no window twice', () => {
    for (const isFirm of [true, false]) {
      const items = windows(1000, 5, 1)
      const { learn, calibrate } = splitByTime(items, { scores: 99, isFirm, fewest: 30 })
      assert.equal(apart(calibrate), 99)
      assert.ok(calibrate[0]!.from >= learn.at(-1)!.to)
    }
  })

  it('takes most of a short recording only where so much was asked for', () => {
    const items = windows(600, 5, 1)
    const firm = splitByTime(items, { scores: 99, isFirm: true, fewest: 30 })
    assert.equal(apart(firm.calibrate), 99)
    assert.ok(firm.learn.length < 120)
    assert.equal(splitByTime(items, { scores: 99, isFirm: false, fewest: 30 }).learn.length, 360)
  })
})

describe('fit at its defaults', () => {
  const file = scratch()
  const csv = (rows: number): string => `a,b,c\n${normalRows(rows, 1).lines.join('\n')}\n`
  const fit = (rows: number, ...args: string[]): ReturnType<typeof edgeAnomaly> =>
    edgeAnomaly(['fit', '--json', '--input', '-', '--model', file('model'), ...args], csv(rows))

  it('takes the smallest false-alarm rate that the data support where 1 % is too small, and says so', () => {
    const { code, out, err } = fit(200, '--lags', '5')
    assert.equal(code, 0, err)
    const { calibration, learned } = JSON.parse(out) as {
      calibration: { n: number; alpha: number; guaranteed: number }
      learned: readonly { windows: number }[]
    }
    // 196 windows leave 79, which hold 15 that share no data: 1 of 16.
    assert.deepEqual([learned[0]!.windows, calibration.n], [117, 15])
    assert.ok(Math.abs(calibration.alpha - 1 / 16) < 2e-6, String(calibration.alpha))
    assert.match(err, /15 scores that share no data support a false-alarm rate of 6\.25 %, not of 1 %/)
  })

  it('refuses a rate that was asked for, or warns that little is left to learn from', () => {
    const refused = fit(200, '--lags', '5', '--alpha', '1%')
    assert.equal(refused.code, 1)
    assert.match(refused.err, /needs 99 windows/)
    const { code, err } = fit(300, '--threshold', 'pac', '--alpha', '1%')
    assert.equal(code, 0, err)
    // ln 0.1 / ln 0.99 = 229.1
    assert.match(err, /warning: 70 of 300 windows are learned from, since the threshold takes 230/)
  })
})
