import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { nextAbove, nextBelow } from '../../src/model/import/next-double'
import { edgeAnomaly, records, referenceFile, scratch, succeed } from './edge-anomaly'
import { normalRows } from './recordings'

const RULE = ['--detector', 'robust-z', '--threshold', 'quantile', '--alpha', '0.005']

/** numpy.quantile. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (sorted.length - 1) * share
  const low = sorted[Math.floor(at)]!
  return low + (sorted[Math.ceil(at)]! - low) * (at - Math.floor(at))
}

describe('models of sensad', () => {
  const file = scratch()
  const { values, lines } = normalRows(240, 7)
  const csv = `a,b,c\n${lines.join('\n')}\n`

  it('are learned by its rule: quantile of the training scores of median and MAD', () => {
    fs.writeFileSync(file('train.csv'), csv)
    const args = ['--input', file('train.csv'), '--calibrate', file('train.csv'), '--model', file('rule')]
    const { code, out, err } = edgeAnomaly(['fit', '--json', ...args, ...RULE])
    assert.equal(code, 0)
    assert.match(err, /calibrating on windows that were learned from/)
    const columns = [0, 1, 2].map((c) => values.map((row) => row[c]!))
    const med = columns.map((column) => quantile(column, 0.5))
    const mad = columns.map((column, c) =>
      quantile(
        column.map((x) => Math.abs(x - med[c]!)),
        0.5,
      ),
    )
    const scores = values.map((row) =>
      Math.max(...row.map((x, c) => Math.abs(x - med[c]!) / (1.4826 * mad[c]!))),
    )
    const { threshold } = (JSON.parse(out) as { calibration: { threshold: number } }).calibration
    assert.ok(Math.abs(threshold / quantile(scores, 0.995) - 1) < 1e-12)
  })

  it('are exported with a threshold that flags the same rows, since sensad flags a score at its threshold', () => {
    succeed(['export', '--model', file('rule'), '--to', 'sensad', '--out', `${file('run')}/`])
    const baseline = JSON.parse(fs.readFileSync(file('run/baseline.json'), 'utf8')) as Record<string, unknown>
    assert.deepEqual(Object.keys(baseline), [
      'type',
      'columns',
      'med',
      'mad',
      'threshold',
      'agg',
      'train_quantile',
    ])
    assert.equal(baseline.train_quantile, 0.995)
    const meta = JSON.parse(fs.readFileSync(file('run/meta.json'), 'utf8')) as Record<string, unknown>
    assert.deepEqual(meta, { model: 'baseline', device: 'cpu', n_rows: 240, columns: ['a', 'b', 'c'] })
    // Both files at once, also under other names; the rows that it was learned from are in meta.json.
    fs.mkdirSync(file('apart'), { recursive: true })
    fs.copyFileSync(file('run/baseline.json'), file('apart/b.json'))
    for (const [model, names] of Object.entries({
      back: ['run/baseline.json', 'run/meta.json'],
      renamed: ['run/meta.json', 'apart/b.json'],
    }))
      // prettier-ignore
      assert.equal(succeed(['import', ...names.map(file), '--model', file(model)]).includes('robust-z'), true)
    succeed(['export', '--model', file('renamed'), '--to', 'sensad', '--out', `${file('again')}/`])
    assert.equal(
      fs.readFileSync(file('again/meta.json'), 'utf8'),
      fs.readFileSync(file('run/meta.json'), 'utf8'),
    )
    const alone = edgeAnomaly(['import', file('run/meta.json'), '--model', file('alone')])
    assert.equal(alone.code, 1)
    assert.match(alone.err, /choose baseline\.json beside it/)
    const of = (model: string): unknown[] =>
      records(succeed(['score', '--model', file(model), '--input', file('train.csv')])).map((line) => [
        Number(line.score).toPrecision(12),
        line.is_anomaly,
        Number(line.threshold),
      ])
    assert.deepEqual(of('back'), of('rule'))
  })

  it('are folded together with the scaler before them', () => {
    fs.writeFileSync(file('train.csv'), csv)
    const args = ['fit', '--input', file('train.csv'), '--model', file('scaled'), '--detector', 'robust-z']
    succeed([...args, '--scaler', 'standard', '--alpha', '0.05'])
    succeed(['export', '--model', file('scaled'), '--to', 'sensad', '--out', file('scaled.json')])
    succeed(['import', file('scaled.json'), '--model', file('unscaled')])
    const of = (model: string): readonly number[] =>
      records(succeed(['score', '--model', file(model), '--input', '-'], csv)).map(({ score }) =>
        Number(score),
      )
    const scaled = of('scaled')
    of('unscaled').forEach((score, i) => assert.ok(Math.abs(score - scaled[i]!) < 1e-4 * (1 + score)))
  })

  it('are refused where sensad could not use them', () => {
    succeed(['fit', '--input', '-', '--model', file('other')], csv)
    const { code, err } = edgeAnomaly(['export', '--model', file('other'), '--to', 'sensad'])
    assert.equal(code, 1)
    assert.match(err, /no robust z but mahalanobis/)
  })

  it('neighbours of a double', () => {
    for (const value of [1, -1, 17.97261619567871, 1e-300, 5e-324, 0]) {
      assert.ok(nextAbove(value) > value && nextBelow(value) < value)
      assert.equal(nextBelow(nextAbove(value)), value)
    }
    assert.equal(nextAbove(1), 1 + Number.EPSILON)
  })

  describe('its quick start (needs ../shared/reference/system3)', () => {
    const reference = (name: string): string => referenceFile(path.join('system3', name))!
    before(function () {
      if (referenceFile('system3') === undefined) this.skip()
    })

    it('has the threshold 17.9726 by its rule, and the predictions agree', () => {
      const train = reference('train.csv')
      const args = ['fit', '--json', '--input', train, '--calibrate', train, '--model', file('quick')]
      const { calibration } = JSON.parse(succeed([...args, ...RULE])) as {
        calibration: { threshold: number }
      }
      assert.ok(Math.abs(calibration.threshold - 17.97261619567871) < 1e-6)
      const scored = records(succeed(['score', '--model', file('quick'), '--input', reference('test.csv')]))
      const expected = records(fs.readFileSync(reference('predictions.csv'), 'utf8'))
      assert.equal(scored.length, 60)
      scored.forEach((line, i) => {
        assert.ok(Math.abs(Number(line.score) - Number(expected[i]!.anomaly_score)) < 4e-6)
        assert.equal(line.is_anomaly, expected[i]!.is_anomaly)
        assert.equal(line.start, expected[i]!.time)
        assert.equal(line.anomaly, expected[i]!.anomaly)
      })
    })

    it('is taken in and written again byte for byte', () => {
      succeed(['import', reference('baseline.json'), '--model', file('taken')])
      succeed(['export', '--model', file('taken'), '--to', 'sensad', '--out', `${file('again')}/`])
      for (const name of ['baseline.json', 'meta.json'])
        assert.equal(
          fs.readFileSync(file(`again/${name}`), 'utf8'),
          fs.readFileSync(reference(name), 'utf8'),
          name,
        )
    })

    it('gives its predictions by its own model, also with another aggregate and another threshold', () => {
      succeed(['import', reference('baseline.json'), '--model', file('own')])
      const cases: [string, string[], string][] = [
        ['predictions.csv', [], 'max'],
        ['pred_mean.csv', ['--agg', 'mean'], 'mean'],
        ['pred_thr5.csv', ['--threshold', '5'], 'max'],
      ]
      for (const [name, options] of cases) {
        const args = ['score', '--model', file('own'), '--input', reference('test.csv'), ...options]
        const scored = records(edgeAnomaly(args).out)
        records(fs.readFileSync(reference(name), 'utf8')).forEach((line, i) => {
          assert.ok(Math.abs(Number(scored[i]!.score) - Number(line.anomaly_score)) < 4e-6, name)
          assert.equal(scored[i]!.is_anomaly, line.is_anomaly, name)
        })
      }
    })
  })
})
