/**
 * What the terminal manages: 10 million rows of 6 channels from a pipe into a pipe, with the memory that it takes on the way; then
 * 1 million rows from a file into a file, beside a script that does the same work with pandas (read_csv in chunks, the same
 * distance and shares by the same model, to_csv of the same columns). Both run in turn, several times; medians are compared.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { readModel } from '../src/cli/model/stored-model'
import { packageRoot } from '../test/node-red'
import { rowsOfText } from './cases/cli-rows'
import type { Bench, Figure } from './figure'

const STREAM_ROWS = 10_000_000
const FILE_ROWS = 1_000_000
const LEARNED_ROWS = 20_000
/** Rows that are made once and sent again and again. */
const BLOCK = 20_000
const BLOCKS = 10
const ROUNDS = 5
const HEADER = 'ax,ay,az,gx,gy,gz\n'
const BINARY = path.join(packageRoot, 'dist', 'src', 'cli', 'main.js')
const WATCH = path.join(__dirname, 'cases', 'watch-process.cjs')
const MB = 1024 * 1024

/** What a process said of itself at its end. */
interface Watched {
  /** CPU seconds, all threads. */
  readonly cpu: number
  /** Resident bytes, sampled all along, and their maximum. */
  readonly rss: readonly number[]
  readonly peak: number
}

interface Timed {
  /** Rows per second of wall time. */
  readonly rate: number
  /** CPU µs per row. */
  readonly cpu: number
}

export const run: Bench = async ({ say }) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'anomaly-cli-bench-'))
  const place = (name: string): string => path.join(folder, name)
  try {
    writeFileSync(place('train.csv'), HEADER + rowsOfText(LEARNED_ROWS, 1))
    execFileSync(process.execPath, [BINARY, 'fit', '--input', place('train.csv'), '--model', place('model')])
    return [...(await streamed(place, say)), ...besidePandas(place, say)]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

type Place = (name: string) => string
type Say = (text: string) => void

async function streamed(place: Place, say: Say): Promise<readonly Figure[]> {
  const report = place('stream.json')
  const child = spawn(
    process.execPath,
    ['--require', WATCH, BINARY, 'score', '--model', place('model'), '--input', '-', '--out', '-'],
    { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, WATCH_REPORT: report } },
  )
  let lines = 0
  child.stdout.on('data', (piece: Buffer) => {
    for (let at = piece.indexOf(10); at >= 0; at = piece.indexOf(10, at + 1)) lines++
  })
  const closed = new Promise<number | null>((resolve) => child.on('close', resolve))
  const blocks = Array.from({ length: BLOCKS }, (_, i) => Buffer.from(rowsOfText(BLOCK, 2 + i)))
  const begin = performance.now()
  child.stdin.write(HEADER)
  for (let sent = 0, i = 0; sent < STREAM_ROWS; sent += BLOCK, i++)
    if (!child.stdin.write(blocks[i % BLOCKS]!)) await once(child.stdin, 'drain')
  child.stdin.end()
  const code = await closed
  const seconds = (performance.now() - begin) / 1000
  if (code !== 0) throw new Error(`score ended with ${code}`)
  const { cpu, rss, peak } = JSON.parse(readFileSync(report, 'utf8')) as Watched
  const middle = rss.length >> 1
  const halves = [rss.slice(0, middle), rss.slice(middle)] as const
  const [first, last] = halves.map((half) => Math.max(...half)) as [number, number]
  const [usualFirst, usualLast] = halves.map(median) as [number, number]
  say(
    `${STREAM_ROWS} rows through a pipe in ${seconds.toFixed(1)} s; ${rss.length} looks at the memory: ` +
      `at most ${(first / MB).toFixed(1)} MB in the first half, ${(last / MB).toFixed(1)} MB in the last`,
  )
  return [
    { name: 'stream: lines that did not come back', value: STREAM_ROWS + 1 - lines, target: '==0' },
    { name: 'stream: rate', value: STREAM_ROWS / seconds, unit: 'rows/s' },
    { name: 'stream: CPU', value: (cpu / STREAM_ROWS) * 1e6, unit: 'µs/row' },
    // One number kept of each row would be 8 bytes; what is below is how full the heap happened to be.
    {
      name: 'stream: memory that each row leaves',
      value: (usualLast - usualFirst) / (STREAM_ROWS / 2),
      unit: 'bytes',
      target: '<=4',
    },
    // The maximum is a peak right before a collection of garbage: it comes and goes over any number of rows.
    { name: 'stream: most memory of the last half over the first', value: last / first, target: '<=1.3' },
    { name: 'stream: peak memory', value: peak / MB, unit: 'MB', target: '<=200' },
  ]
}

function besidePandas(place: Place, say: Say): readonly Figure[] {
  const input = place('input.csv')
  writeFileSync(input, HEADER + rowsOfText(FILE_ROWS, 99))
  writeFileSync(place('model.json'), JSON.stringify(plainModel(place('model'))))
  const isThere = spawnSync('python3', ['-c', 'import numpy, pandas, sklearn']).status === 0
  if (!isThere) say('skipped pandas: python3 with numpy, pandas and scikit-learn is not installed')
  const own: Timed[] = []
  const pandas: Timed[] = []
  for (let round = 0; round < ROUNDS; round++) {
    own.push(ownRun(place))
    if (isThere) pandas.push(pandasRun(place))
  }
  const [ours, theirs] = [own, pandas].map((runs) => ({
    rate: median(runs.map(({ rate }) => rate)),
    cpu: median(runs.map(({ cpu }) => cpu)),
  })) as [Timed, Timed]
  const size = (statSync(input).size / MB).toFixed(0)
  say(
    `${FILE_ROWS} rows (${size} MB) from file to file, ${ROUNDS} rounds; the terminal's time is that of its whole process`,
  )
  const known = (value: number): number | null => (isThere ? value : null)
  return [
    { name: 'file: rate of the terminal', value: ours.rate, unit: 'rows/s' },
    { name: 'file: rate of pandas', value: known(theirs.rate), unit: 'rows/s' },
    {
      name: 'file: rate of the terminal over that of pandas',
      value: known(ours.rate / theirs.rate),
      target: '>=1',
    },
    { name: 'file: CPU of the terminal', value: ours.cpu, unit: 'µs/row' },
    { name: 'file: CPU of pandas', value: known(theirs.cpu), unit: 'µs/row' },
    {
      name: 'file: CPU of pandas over that of the terminal',
      value: known(theirs.cpu / ours.cpu),
      target: '>=1',
    },
    {
      // The terminal reads columns as single-precision floats, as a flow has them.
      name: 'file: largest relative difference of the scores',
      value: isThere ? largestDifference(place('own.csv'), place('pandas.csv')) : null,
      target: '<=1e-5',
    },
  ]
}

function ownRun(place: Place): Timed {
  const report = place('file.json')
  const begin = performance.now()
  execFileSync(
    process.execPath,
    [
      ...['--require', WATCH, BINARY, 'score', '--model', place('model')],
      ...['--input', place('input.csv'), '--out', place('own.csv')],
    ],
    { stdio: 'ignore', env: { ...process.env, WATCH_REPORT: report } },
  )
  const seconds = (performance.now() - begin) / 1000
  const { cpu } = JSON.parse(readFileSync(report, 'utf8')) as Watched
  return { rate: FILE_ROWS / seconds, cpu: (cpu / FILE_ROWS) * 1e6 }
}

/** Without the time that Python takes to start and to import. */
function pandasRun(place: Place): Timed {
  const script = path.join(__dirname, 'cases', 'cli_pandas.py')
  const output = execFileSync(
    'python3',
    [script, place('model.json'), place('input.csv'), place('pandas.csv')],
    {
      encoding: 'utf8',
      env: { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' },
    },
  )
  const [seconds, cpu] = output.trim().split(' ').map(Number) as [number, number]
  return { rate: FILE_ROWS / seconds, cpu: (cpu / FILE_ROWS) * 1e6 }
}

/** What was learned, as the script takes it. */
function plainModel(folder: string): object {
  const [baseline] = readModel(folder).baselines
  const [scaler, detector] = baseline!.parts.map(({ body }) => body)
  const { threshold, scores } = baseline!.calibration as unknown as {
    threshold: number
    scores: { tail: number[] }
  }
  return { ...(detector as object), scaler, threshold, scores: scores.tail }
}

function largestDifference(own: string, pandas: string): number {
  const [a, b] = [own, pandas].map(scoresOf) as [Float64Array, Float64Array]
  if (a.length !== FILE_ROWS || b.length !== FILE_ROWS) return NaN
  return a.reduce((worst, score, i) => Math.max(worst, Math.abs(score - b[i]!) / Math.max(1e-3, b[i]!)), 0)
}

function scoresOf(file: string): Float64Array {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  const column = lines[0]!.split(',').indexOf('score')
  return Float64Array.from(lines.slice(1), (line) => Number(line.split(',')[column]))
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN
}
