import assert from 'node:assert/strict'
import fs from 'node:fs'
import { edgeAnomaly, records, scratch, succeed } from './edge-anomaly'
import { normalRows } from './recordings'

/** Rows a,b,c with a spike of +12 in a in every 60th. */
function spiked(rows: number, seed: number): string {
  const { values } = normalRows(rows, seed)
  const lines = values.map(([a, b, c], i) => `${a! + (i % 60 === 30 ? 12 : 0)},${b},${c}`)
  return `a,b,c\n${lines.join('\n')}\n`
}

describe('fitting robust-z on rows of which 1.7 % are spikes, at the default alpha', () => {
  const file = scratch()
  before(() => {
    fs.writeFileSync(file('train.csv'), spiked(3000, 1))
    fs.writeFileSync(file('test.csv'), spiked(1200, 2))
  })
  const fit = (model: string, ...more: string[]): string =>
    edgeAnomaly([
      'fit',
      '--input',
      file('train.csv'),
      '--detector',
      'robust-z',
      '--model',
      file(model),
      ...more,
    ]).err
  const spikes = (model: string): { found: number; falseAlarms: number; pValues: string[] } => {
    const lines = records(succeed(['score', '--model', file(model), '--input', file('test.csv')]))
    const [bad, good] = [lines.filter((_, i) => i % 60 === 30), lines.filter((_, i) => i % 60 !== 30)]
    const flagged = (some: typeof lines): number => some.filter((line) => line.is_anomaly === '1').length
    return { found: flagged(bad), falseAlarms: flagged(good), pValues: bad.map((line) => line.p_value!) }
  }

  it('warns where the share is not stated that the threshold rests on the spikes', () => {
    assert.match(
      fit('plain'),
      /warning: 20 of 1200 windows have scores of .* Leave out 1\.7 % of the calibration/,
    )
    assert.ok(spikes('plain').found < 15)
  })

  it('with --contamination flags every spike, and keeps false alarms within alpha and the share', () => {
    assert.doesNotMatch(fit('told', '--contamination', '0.02'), /warning/)
    const { found, falseAlarms, pValues } = spikes('told')
    assert.equal(found, 20)
    assert.ok(falseAlarms > 0 && falseAlarms / 1180 < 0.03, String(falseAlarms))
    // The 24 scores left out count for nothing: (1 + 0) / (1176 + 1).
    assert.equal(pValues.filter((p) => Number(p) < 0.001).length, 20)
  })
})
