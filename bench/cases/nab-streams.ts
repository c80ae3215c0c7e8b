import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Figure } from '../figure'
import type { Terminal } from './terminal'
import { sharedFolder } from './window-case'

/** Five minutes a row: a day. */
const HOLD_OFF = 288
const SCORER = path.join(sharedFolder, 'tools', 'nab_score.py')
const FOLDER = path.join(sharedFolder, 'data', 'nab_metrics')

interface Series {
  readonly name: string
  readonly file: string
  readonly warmup_rows: number
}

interface Scores {
  readonly series: Series
  readonly scores: readonly number[]
}

/**
 * Nine streams of CPU load and temperature. Each is learned on its warm-up alone (values of the last rows and their differences,
 * scaled, Mahalanobis distance), then every row is scored from itself and earlier ones. The scores are ranked by the benchmark's own
 * rule with one threshold for all streams, so of the terminal's own threshold only this matters: which rows it leaves to learn from.
 */
export function nabStreams(terminal: Terminal, say: (text: string) => void): readonly Figure[] {
  if (!existsSync(SCORER) || spawnSync('python3', ['--version']).status !== 0) {
    say('skipped nab: the scorer or python3 is not here')
    return [{ name: 'nab', value: null }]
  }
  const { series } = JSON.parse(readFileSync(path.join(FOLDER, 'manifest.json'), 'utf8')) as {
    series: readonly Series[]
  }
  // Five lags are the default of the features node.
  const [five, ten] = [5, 10].map((lags) => series.map((each) => scoresOf(each, lags, terminal))) as [
    Scores[],
    Scores[],
  ]
  const standard = (name: string, all: readonly Scores[]): number => {
    const lines = all.flatMap(({ series: { name: file }, scores }) =>
      scores.map((score, row) => `${file},${row},${score}`),
    )
    const input = terminal.write('nab.csv', `file,row,score\n${lines.join('\n')}\n`)
    const { status, stdout, stderr } = spawnSync('python3', [SCORER, input, '--case', FOLDER], {
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`nab_score.py ended with ${status}: ${stderr}`)
    say(`nab, ${name}: ${stdout.trim()}`)
    return (JSON.parse(stdout) as { standard: number }).standard
  }
  const figure = (name: string, all: readonly Scores[], target?: string): Figure => ({
    name: `nab, ${name}: standard score`,
    value: standard(name, all),
    ...(target === undefined ? {} : { target }),
  })
  return [
    figure('defaults, no hold-off', five),
    figure('defaults, hold-off of a day', five.map(holdOff), '>=45'),
    figure('10 lags and differences, hold-off of a day', ten.map(holdOff), '>=50'),
  ]
}

/** A score for each row; 0 for the first ones, which have too few before them. */
function scoresOf(series: Series, lags: number, terminal: Terminal): Scores {
  const file = path.join(FOLDER, series.file)
  const [header = '', ...rows] = readFileSync(file, 'utf8').trimEnd().split(/\r?\n/)
  const warmUp = terminal.write(
    'warm-up.csv',
    `${[header, ...rows.slice(0, series.warmup_rows)].join('\n')}\n`,
  )
  const options = ['--ignore', 'label', '--lags', String(lags)]
  terminal.fit('stream', { train: [warmUp] }, ...options)
  const byTime = new Map(terminal.score('stream', [file]).map(({ end, score }) => [end, score]))
  return { series, scores: rows.map((row) => byTime.get(row.split(',')[0]!) ?? 0) }
}

/** An alarm tells more than the alarms that came within a day after it: a row scores only above all those of the day before. */
function holdOff({ series, scores }: Scores): Scores {
  return {
    series,
    scores: scores.map((score, i) =>
      score > Math.max(0, ...scores.slice(Math.max(0, i - HOLD_OFF), i)) ? score : 0,
    ),
  }
}
