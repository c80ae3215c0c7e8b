/**
 * What Node-RED costs: samples per second and CPU time per sample of (a) the whole chain of nodes, (b) the same stages in a bare
 * loop that builds the same messages (all of src/core: reading, stages, life cycle), (c) do-nothing nodes that pass as many messages
 * per hop as the chain does. In (a) and (c) each message comes in a turn of the event loop of its own, in (b) there is no such turn.
 * (d) are nodes of a few lines around the stages of (b), without src/runtime: what Node-RED leaves possible. They too cost more than (b)
 * and (c) together, most likely since Node-RED's code and the stages take the caches of the processor from one another.
 * Each of them runs in two processes of its own, which work in turn, some tenths of a second each, so that all share what the machine
 * does besides; the fastest turn of each counts, since whatever disturbs makes it slower only. V8's young generation has its full size
 * in all of them; it would shrink it in those that wait.
 * `npm run bench -- pipeline quick` measures a tenth of the samples: for a look, not for a record.
 */
import assert from 'node:assert/strict'
import { fork, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { Random } from '../src/core/random'
import { packageRoot } from '../test/node-red'
import { BarePipeline } from './cases/pipeline-bare'
import type { Turn } from './cases/pipeline-run'
import { figuresOf, type Bench, type Figure, type Planned } from './figure'

const SIZES = [1, 10, 100] as const
/** Samples of a turn, by samples per message. */
const TURN = { 1: 10_000, 10: 50_000, 100: 150_000 } as const
const TURNS = 24
/** Of each kind: how V8 compiles the same code is not the same in any two. */
const PROCESSES = 2
const NUMPY_ROUNDS = 5
const HOP = 50
const KINDS = ['chain', 'bare', 'empty', 'plain'] as const
type Kind = (typeof KINDS)[number] | 'core'

export const run: Bench = async ({ say, words }) => {
  const effort = words.includes('quick') ? 0.1 : 1
  const figures: Figure[] = []
  for (const size of SIZES) {
    const fastest = await inTurn(KINDS, size, Math.round(TURN[size] * effort))
    for (const [i, kind] of KINDS.entries()) {
      const label = `${'abcd'[i]} ${kind}, ${size} samples per message`
      figures.push({ name: `${label}: rate`, value: 1 / fastest[kind].seconds, unit: 'samples/s' })
      figures.push({ name: `${label}: CPU`, value: fastest[kind].cpu, unit: 'µs/sample' })
    }
    const [a, b, c, d] = KINDS.map((kind) => fastest[kind].cpu) as [number, number, number, number]
    figures.push({ name: `a / (b + 1.2 c) at ${size}`, value: a / (b + 1.2 * c), target: '<=1' })
    figures.push({ name: `d / (b + 1.2 c) at ${size}`, value: d / (b + 1.2 * c) })
    figures.push({ name: `a / d at ${size}`, value: a / d })
    if (size === 100) {
      figures.push({ name: `a / b at ${size}`, value: a / b, target: '<=1.5' })
      figures.push({ name: `d / b at ${size}`, value: d / b })
    }
    const shown = [a, b, c, d].map((each, i) => `${'abcd'[i]} ${each.toFixed(3)}`).join(', ')
    say(`${size} samples per message: ${shown} µs per sample`)
  }
  figures.push(...(await compareWithNumpy(say, effort)))
  return figures
}

/** Lets the processes of each kind work on `samples` samples, one after the other, TURNS times. Gives back the fastest turn, per sample. */
async function inTurn<K extends Kind>(
  kinds: readonly K[],
  size: number,
  samples: number,
): Promise<Readonly<Record<K, Turn>>> {
  const workers = Array.from({ length: PROCESSES }, () =>
    kinds.map((kind) => ({ kind, worker: new Worker(kind, size) })),
  ).flat()
  const fastest = Object.fromEntries(
    kinds.map((kind) => [kind, { cpu: Infinity, seconds: Infinity }]),
  ) as Record<K, Turn>
  try {
    // One after the other: none warms up beside another.
    for (const { worker } of workers) await worker.start()
    for (let turn = 0; turn < TURNS; turn++)
      for (const { kind, worker } of workers) {
        const { cpu, seconds } = await worker.work(samples)
        const before = fastest[kind]
        fastest[kind] = {
          cpu: Math.min(before.cpu, cpu / samples),
          seconds: Math.min(before.seconds, seconds / samples),
        }
      }
    return fastest
  } finally {
    for (const { worker } of workers) worker.stop()
  }
}

/** A kind in a process of its own. */
class Worker {
  private child?: ChildProcess

  constructor(
    private readonly kind: Kind,
    private readonly size: number,
  ) {}

  async start(): Promise<void> {
    const script = path.join(__dirname, 'cases', 'pipeline-run.ts')
    const execArgv = ['--require', 'tsx/cjs', '--min-semi-space-size=16']
    this.child = fork(script, [this.kind, String(this.size)], { cwd: packageRoot, execArgv })
    await this.answer()
  }

  async work(samples: number): Promise<Turn> {
    const answer = this.answer()
    this.child!.send(samples)
    return (await answer) as Turn
  }

  /** It cleans up and ends by itself. */
  stop(): void {
    if (this.child?.connected === true) this.child.disconnect()
  }

  private answer(): Promise<unknown> {
    const child = this.child!
    return new Promise((resolve, reject) => {
      const failed = (code: number | null): void => reject(new Error(`${this.kind} ended with ${code}`))
      child.once('exit', failed)
      child.once('message', (message) => {
        child.off('exit', failed)
        resolve(message)
      })
    })
  }
}

/** What the numpy script gives. */
interface Numpy {
  /** µs per window. */
  readonly cpu: number
  readonly features: readonly (readonly number[])[]
  readonly distances: readonly number[]
}

/** A window costs (b), and features, scaling and distance alone, against numpy on windows of the same kind, all on one thread. */
async function compareWithNumpy(say: (text: string) => void, effort: number): Promise<readonly Figure[]> {
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
    const samples = samplesFor(400_000 * effort)
    const file = path.join(folder, 'samples')
    writeFileSync(file, samples)
    const first = numpyOn(file)
    if (first === undefined) {
      say('skipped the comparison with numpy: python3 with numpy and scipy is not installed')
      return figuresOf(plan, undefined)
    }
    assertEqual(samples, first)
    // One window per hop of 50 samples.
    const { bare, core } = await inTurn(['bare', 'core'], 100, Math.round(TURN[100] * effort))
    const numpy = Math.min(...Array.from({ length: NUMPY_ROUNDS }, () => numpyOn(file)!.cpu))
    const measured = { whole: bare.cpu * HOP, core: core.cpu * HOP, numpy }
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
