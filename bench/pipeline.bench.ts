/**
 * What Node-RED costs: samples per second and CPU time per sample of (a) the whole chain of nodes, (b) the same stages in a bare
 * loop that builds the same messages (all of src/core: reading, stages, life cycle), (c) do-nothing nodes that pass as many messages per hop as the chain does.
 * Each of the three runs in a process of its own, in turn, several times; medians are compared.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import path from 'node:path'
import { packageRoot } from '../test/node-red'
import type { Bench, Figure } from './figure'

const SIZES = [1, 10, 100] as const
const ROUNDS = 5
const KINDS = ['chain', 'bare', 'empty'] as const
type Kind = (typeof KINDS)[number] | 'core'

interface Run {
  /** Samples per second of wall time. */
  readonly rate: number
  /** CPU µs per sample. */
  readonly cpu: number
}

export const run: Bench = ({ say }) => {
  const figures: Figure[] = []
  for (const size of SIZES) {
    const runs: Record<(typeof KINDS)[number], Run[]> = { chain: [], bare: [], empty: [] }
    for (let round = 0; round < ROUNDS; round++)
      for (const kind of KINDS) runs[kind].push(measure(kind, size))
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
  figures.push(...compareWithNumpy(say))
  return Promise.resolve(figures)
}

function measure(kind: Kind, size: number): Run {
  const script = path.join(__dirname, 'cases', 'pipeline-run.ts')
  const output = execFileSync(process.execPath, ['--require', 'tsx/cjs', script, kind, String(size)], {
    cwd: packageRoot,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return JSON.parse(output.trim().split('\n').at(-1)!) as Run
}

/** The windows, features, scaling and distances of (b) against numpy on the same windows, both on one thread. */
function compareWithNumpy(say: (text: string) => void): Figure[] {
  const name = 'features, scaling and distance of b / numpy'
  const numpy = (): number | undefined => {
    const done = spawnSync('python3', [path.join(__dirname, 'cases', 'pipeline_numpy.py')], {
      encoding: 'utf8',
      env: { ...process.env, OPENBLAS_NUM_THREADS: '1', OMP_NUM_THREADS: '1' },
    })
    return done.status === 0 ? Number(done.stdout.trim()) : undefined
  }
  if (numpy() === undefined) {
    say('skipped the comparison with numpy: python3 with numpy and scipy is not installed')
    return [{ name, value: null }]
  }
  // In turn, so that both see the same load; one window per hop of 50 samples.
  const pairs = Array.from({ length: ROUNDS }, () => ({
    own: measure('core', 100).cpu * 50,
    numpy: numpy() ?? NaN,
  }))
  const own = median(pairs.map((pair) => pair.own))
  const reference = median(pairs.map((pair) => pair.numpy))
  say(`per window: own ${own.toFixed(1)} µs, numpy ${reference.toFixed(1)} µs`)
  return [{ name, value: own / reference, target: '<=1' }]
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((x, y) => x - y)
  return sorted[sorted.length >> 1]!
}
