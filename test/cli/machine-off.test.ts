import assert from 'node:assert/strict'
import fs from 'node:fs'
import { Random } from '../../src/core/random'
import { records, scratch, succeed } from './edge-anomaly'

/** 200 rows at work, then 100 of a machine that is off, again and again. */
function table(rows: number, at: (row: number, isOff: boolean, noise: number) => number): string {
  const random = new Random(1)
  const lines = Array.from({ length: rows }, (_, i) => at(i, i % 300 >= 200, random.normal()))
  return `x\n${lines.join('\n')}\n`
}

describe('a machine that is off, in the terminal', () => {
  const file = scratch()
  const reasons = (model: string, ...more: string[]): readonly string[] =>
    records(succeed(['score', '--model', file(model), '--input', file(`${model}.csv`), ...more])).map(({ reason }) => reason!) // prettier-ignore

  it('is told by the value of rows, and neither learned nor scored; the model keeps the level', () => {
    fs.writeFileSync(
      file('rows.csv'),
      table(900, (_, isOff, noise) => (isOff ? 0.1 : 20 + noise)),
    )
    const fit = ['fit', '--input', file('rows.csv'), '--model', file('rows'), '--detector', 'robust-z']
    const { learned } = JSON.parse(succeed([...fit, '--off-below', '1', '--json'])) as { learned: { windows: number }[] } // prettier-ignore
    assert.equal(learned[0]!.windows, 360, '60 % of 600 rows at work')
    const seen = reasons('rows')
    seen.forEach((reason, i) => assert.equal(reason === 'MACHINE_OFF', i % 300 >= 200, `row ${i}: ${reason}`))
  })

  it('is told by the vibration of windows, without their mean', () => {
    fs.writeFileSync(
      file('windows.csv'),
      table(
        6000,
        (row, isOff, noise) => 9.81 + (isOff ? 0.001 : Math.sin(row) + 0.1) * (1 + 0.1 * noise) * 0.1,
      ),
    )
    const shape = ['--window', '50', '--hop', '50', '--features', 'none', '--rate', '100']
    succeed(['fit', '--input', file('windows.csv'), '--model', file('windows'), '--detector', 'robust-z', ...shape, '--off-below', '0.01', '--alpha', '0.1']) // prettier-ignore
    const seen = reasons('windows')
    assert.equal(seen.length, 120)
    seen.forEach((reason, i) => assert.equal(reason === 'MACHINE_OFF', i % 6 >= 4, `window ${i}: ${reason}`))
  })
})
