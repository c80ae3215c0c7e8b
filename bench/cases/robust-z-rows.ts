import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Figure } from '../figure'
import { shareFlagged, type ScoredLine, type Terminal } from './terminal'
import { sharedFolder } from './window-case'

const FOLDER = path.join(sharedFolder, 'reference', 'system3')
/** Its rule: the 0.995 quantile of the scores that it was learned from. */
const ITS_RULE = ['--threshold', 'quantile', '--alpha', '0.005']
const ITS_THRESHOLD = 17.97261619567871
/** The recording is known to hold anomalies, so a tenth of it is neither learned from nor promised to be silent. */
const OURS = ['--contamination', '0.1', '--alpha', '0.05']
/** Its generator's temperature swings by 2 about 50 with noise of 0.25; spikes add 6 to 12. */
const SPIKE = 55.5

/**
 * System 3, robust z of sensors, on its quick start: 240 rows to learn from with six spikes of three rows among them, which
 * are not labelled, and 60 rows during which the pressure drifts away.
 */
export function robustZRows(terminal: Terminal): readonly Figure[] {
  const train = path.join(FOLDER, 'train.csv')
  const test = path.join(FOLDER, 'test.csv')
  const robustZ = ['--detector', 'robust-z']
  const its = terminal.fit('its rule', { train: [train], calib: [train] }, ...robustZ, ...ITS_RULE)
  const predicted = column('predictions.csv', 'is_anomaly')
  const scores = column('predictions.csv', 'anomaly_score').map(Number)
  const scored = terminal.score('its rule', [test])
  terminal.fit('ours', { train: [train] }, ...robustZ, ...OURS)
  const isSpike = column('train.csv', 'temp').map((temperature) => Number(temperature) > SPIKE)
  const found = (model: string): readonly Figure[] => {
    const rows = terminal.score(model, [train])
    const of = (spike: boolean): readonly ScoredLine[] => rows.filter((_, i) => isSpike[i] === spike)
    return [
      {
        name: `system 3, ${model}: recall of ${of(true).length} rows of spikes`,
        value: shareFlagged(of(true)),
      },
      {
        name: `system 3, ${model}: FAR on the ${of(false).length} rows between them`,
        value: shareFlagged(of(false)),
      },
      { name: `system 3, ${model}: drifting rows told`, value: shareFlagged(terminal.score(model, [test])) },
    ]
  }
  terminal.run('import', path.join(FOLDER, 'baseline.json'), '--model', terminal.place('its file'))
  terminal.run(
    'export',
    '--model',
    terminal.place('its file'),
    '--to',
    'sensad',
    '--out',
    `${terminal.place('again')}/`,
  )
  const isSame = ['baseline.json', 'meta.json'].every((name) =>
    readFileSync(path.join(terminal.place('again'), name)).equals(readFileSync(path.join(FOLDER, name))),
  )
  const [spikes, between, drift] = found('ours') as [Figure, Figure, Figure]
  return [
    { name: 'system 3, threshold by its rule', value: its.calibration.threshold },
    {
      name: 'system 3, threshold by its rule: difference from its own',
      value: Math.abs(its.calibration.threshold - ITS_THRESHOLD),
      target: '<=1e-6',
    },
    {
      name: `system 3, ${scores.length} predictions: largest difference of a score`,
      value: Math.max(...scores.map((score, i) => Math.abs(score - (scored[i]?.score ?? NaN)))),
      target: '<=4e-6',
    },
    {
      name: 'system 3, predictions that differ',
      value: predicted.filter((flag, i) => (flag === '1') !== scored[i]?.isFlagged).length,
      target: '==0',
    },
    {
      name: 'system 3, its files taken in and written again: byte for byte',
      value: Number(isSame),
      target: '==1',
    },
    ...found('its rule'),
    { ...spikes, target: '>=0.95' },
    { ...between, target: '<=0.1' },
    drift,
  ]
}

function column(file: string, name: string): readonly string[] {
  const [header = '', ...lines] = readFileSync(path.join(FOLDER, file), 'utf8').trimEnd().split(/\r?\n/)
  const at = header.split(',').indexOf(name)
  return lines.map((line) => line.split(',')[at]!)
}
