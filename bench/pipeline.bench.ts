/**
 * What Node-RED costs: samples per second and CPU time per sample of (a) the whole chain of nodes, (b) the same stages in a bare
 * loop that builds the same messages (all of src/core: reading, stages, life cycle), (c) do-nothing nodes that pass as many messages
 * per hop as the chain does. In (a) and (c) each message comes in a turn of the event loop of its own, in (b) there is no such turn.
 * Each of the three runs in a process of its own, in turn, several times; medians are compared. What (a) costs beyond (b) and (c) is
 * for the least part code: the adapters of `src/runtime`, called one after the other without Node-RED, add 2 to 3 µs per window. Between
 * the turns of the event loop the caches grow cold, so that in (a) the same stages take about one and a half times what they take in the
 * loop of (b).
 * `npm run bench -- pipeline quick` measures a tenth of the samples in one round: for a look, not for a record.
 */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { Random } from '../src/core/random'
import { packageRoot } from '../test/node-red'
import { BarePipeline } from './cases/pipeline-bare'
import { figuresOf, type Bench, type Figure, type Planned } from './figure'

const SIZES = [1, 10, 100] as const
const ROUNDS = 5
const HOP = 50
const KINDS = ['chain', 'bare', 'empty'] as const
type Kind = (typeof KINDS)[number] | 'core'

interface Run {
  /** Samples per second of wall time. */
  readonly rate: number
  /** CPU µs per sample. */
  readonly cpu: number
}

export const run: Bench = ({ say, words }) => {
  const effort = words.includes('quick') ? { rounds: 1, share: 0.1 } : { rounds: ROUNDS, share: 1 }
  const figures: Figure[] = []
  for (const size of SIZES) {
    const runs: Record<(typeof KINDS)[number], Run[]> = { chain: [], bare: [], empty: [] }
    for (let round = 0; round < effort.rounds; round++)
      for (const kind of KINDS) runs[kind].push(measure(kind, size, effort))
    const [a, b, c] = KINDS.map((kind) => median(runs[kind].map((one) => one.cpu))) as [
      number,
      number,
      number,
    ]
    for (const [i, kind] of KINDS.entries()) {
      const label = `${'abc'[i]} ${kind}, ${size} samples per message`
      figures.push({
        name: `${label}: rate`,
        value: median(runs[kind].map((one) => one.rate)),
        unit: 'samples/s',
      })
      figures.push({ name: `${label}: CPU`, value: [a, b, c][i]!, unit: 'µs/sample' })
    }
    figures.push({ name: `a / (b + 1.2 c) at ${size}`, value: a / (b + 1.2 * c), target: '<=1' })
    if (size === 100) figures.push({ name: `a / b at ${size}`, value: a / b, target: '<=1.5' })
    say(`${size} samples per message: a ${a.toFixed(3)}, b ${b.toFixed(3)}, c ${c.toFixed(3)} µs per sample`)
  }
  figures.push(...compareWithNumpy(say, effort))
  return Promise.resolve(figures)
}

interface Effort {
  readonly rounds: number
  readonly share: number
}

function measure(kind: Kind, size: number, { share }: Effort): Run {
  const script = path.join(__dirname, 'cases', 'pipeline-run.ts')
  const args = ['--require', 'tsx/cjs', script, kind, String(size), String(share)]
  const output = execFileSync(process.execPath, args, {
    cwd: packageRoot,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return JSON.parse(output.trim().split('\n').at(-1)!) as Run
}

/** What the numpy script gives. */
interface Numpy {
  /** µs per window. */
  readonly cpu: number
  readonly features: readonly (readonly number[])[]
  readonly distances: readonly number[]
}

/** A window costs (b), and features, scaling and distance alone, against numpy on windows of the same kind, all on one thread. */
function compareWithNumpy(say: (text: string) => void, effort: Effort): readonly Figure[] {
  const plan: readonly Planned<{ readonly whole: number; readonly core: number; readonly numpy: number }>[] =
    [
      { name: 'b / numpy, per window', of: ({ whole, numpy }) => whole / numpy, target: '<=1' },
      {
        name: 'features, scaling and distance of b alone / numpy, per window',
        of: ({ core, numpy }) => core / numpy,
      },
    ]
  const folder = mkdtempSync(path.join(os.tmpdir(), 'anomaly-numpy-'))
  try {
    const samples = samplesFor(400_000 * effort.share)
    const file = path.join(folder, 'samples')
    writeFileSync(file, samples)
    const first = numpyOn(file)
    if (first === undefined) {
      say('skipped the comparison with numpy: python3 with numpy and scipy is not installed')
      return figuresOf(plan, undefined)
    }
    assertEqual(samples, first)
    // In turn, so that all see the same load; one window per hop of 50 samples.
    const rounds = Array.from({ length: effort.rounds }, () => ({
      whole: measure('bare', 100, effort).cpu * HOP,
      core: measure('core', 100, effort).cpu * HOP,
      numpy: numpyOn(file)!.cpu,
    }))
    const middle = (of: keyof (typeof rounds)[number]): number => median(rounds.map((round) => round[of]))
    const measured = { whole: middle('whole'), core: middle('core'), numpy: middle('numpy') }
    const words = Object.entries(measured).map(([name, cpu]) => `${name} ${cpu.toFixed(1)}`)
    say(`µs per window, with the same values: ${words.join(', ')}`)
    return figuresOf(plan, measured)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function samplesFor(rows: number): Float32Array {
  const random = new Random(1)
  return Float32Array.from({ length: 3 * rows }, () => random.normal())
}

function numpyOn(file: string): Numpy | undefined {
  const done = spawnSync('python3', [path.join(__dirname, 'cases', 'pipeline_numpy.py'), file], {
    encoding: 'utf8',
    env: { ...process.env, OPENBLAS_NUM_THREADS: '1', OMP_NUM_THREADS: '1' },
  })
  return done.status === 0 ? (JSON.parse(done.stdout) as Numpy) : undefined
}

/** Both must do the same work: the first windows that are scored have the same features and distances. */
function assertEqual(samples: Float32Array, numpy: Numpy): void {
  const pipeline = new BarePipeline(['ax', 'ay', 'az'], 200)
  const features: number[][] = []
  const distances: number[] = []
  for (let row = 0; distances.length < numpy.distances.length; row += HOP)
    pipeline.pushFrame(
      {
        channels: ['ax', 'ay', 'az'],
        rate: 200,
        start: row * 5,
        data: samples.slice(3 * row, 3 * (row + HOP)),
      },
      (frame, distance) => {
        features.push([...frame.data])
        distances.push(distance)
      },
    )
  const isNear = (got: number, wanted: number): boolean =>
    Math.abs(got - wanted) <= 1e-5 * Math.max(1, Math.abs(wanted))
  numpy.features.forEach((row, w) =>
    row.forEach((value, column) =>
      assert.ok(
        isNear(features[w]![column]!, value),
        `feature ${column} of window ${w}: ${features[w]![column]}, ${value}`,
      ),
    ),
  )
  numpy.distances.forEach((value, w) =>
    assert.ok(isNear(distances[w]!, value), `distance of window ${w}: ${distances[w]}, ${value}`),
  )
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((x, y) => x - y)
  return sorted[sorted.length >> 1]!
}
