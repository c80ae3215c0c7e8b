/**
 * What training costs, side by side: our own trainer on WebAssembly and on plain JavaScript, TensorFlow.js on WebAssembly, and
 * PyTorch on one thread where Python has it. Same windows, weights to begin with, order of rows, epochs and batch; each run has a
 * process of its own, in turn. Then the delay of the event loop while a node learns.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { buildSync } from 'esbuild'
import { packageRoot } from '../test/node-red'
import { BATCH, EPOCHS, NETWORKS, ROWS, writeCase } from './cases/train-case'
import type { Bench, Figure } from './figure'

/** Runs of our own and of PyTorch; their medians are compared. */
const ROUNDS = 3
const CONTENDERS = {
  wasm: 'own/WASM',
  plain: 'own/plain',
  tfjs: 'TensorFlow.js WASM',
  torch: 'PyTorch',
} as const
type Contender = keyof typeof CONTENDERS

interface Run {
  /** Wall and CPU seconds of all epochs. */
  readonly seconds: number
  readonly cpu: number
  /** Mean loss of each epoch. */
  readonly losses: readonly number[]
  /** Largest resident memory. */
  readonly megabytes: number
}

type Runs = Partial<Record<Contender, Run>>

export const run: Bench = ({ say }) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'anomaly-train-'))
  try {
    const script = path.join(folder, 'train-run.js')
    // One plain file: what is measured is the trainer, without a compiler in its process.
    buildSync({
      ...{ entryPoints: [path.join(__dirname, 'cases', 'train-run.ts')], outfile: script },
      ...{
        bundle: true,
        platform: 'node',
        external: ['@tensorflow/*'],
        supported: { 'dynamic-import': false },
      },
    })
    const torch = hasTorch()
    if (!torch) say('skipped PyTorch: python3 with torch and numpy is not installed')
    say(
      `${ROWS} windows, batches of ${BATCH}, ${EPOCHS} epochs; seconds of the epochs alone, largest memory of the process`,
    )
    const figures: Figure[] = []
    Object.entries(NETWORKS).forEach(([network, spec], i) => {
      const place = path.join(folder, String(i))
      writeCase(place, spec)
      const runs = race(script, place, torch)
      for (const text of table(network, runs)) say(text)
      figures.push(...figuresOf(network, runs))
    })
    figures.push(...eventLoopDelay(path.join(folder, String(Object.keys(NETWORKS).indexOf('lstm 50×6')))))
    return Promise.resolve(figures)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function hasTorch(): boolean {
  return spawnSync('python3', ['-c', 'import torch, numpy']).status === 0
}

function race(script: string, folder: string, torch: boolean): Runs {
  const node = (contender: Contender): Run =>
    measured(process.execPath, [script, contender, folder, String(EPOCHS)])
  const python = (): Run =>
    measured('python3', [path.join(__dirname, 'cases', 'train_torch.py'), folder, String(EPOCHS)])
  const rounds = Array.from({ length: ROUNDS }, () => ({
    own: node('wasm'),
    ...(torch ? { torch: python() } : {}),
  }))
  const others = { plain: node('plain'), tfjs: node('tfjs') }
  const torches = rounds.flatMap((round) => round.torch ?? [])
  return {
    wasm: medianByCpu(rounds.map((round) => round.own)),
    ...others,
    ...(torches.length === 0 ? {} : { torch: medianByCpu(torches) }),
  }
}

function measured(program: string, args: readonly string[]): Run {
  const output = execFileSync(program, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {
      ...{ ...process.env, NODE_PATH: path.join(packageRoot, 'node_modules') },
      ...{ OMP_NUM_THREADS: '1', MKL_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' },
    },
  })
  return JSON.parse(output.trim().split('\n').at(-1)!) as Run
}

function medianByCpu(runs: readonly Run[]): Run {
  return [...runs].sort((a, b) => a.cpu - b.cpu)[runs.length >> 1]!
}

const present = (runs: Runs): [Contender, Run][] => Object.entries(runs) as [Contender, Run][]

function table(network: string, runs: Runs): readonly string[] {
  const row = (cells: readonly string[]): string =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(20) : cell.padStart(12))).join('')
  return [
    `\n${network}`,
    row(['', 'wall s', 'CPU s', 'final loss', 'RSS MB']),
    ...present(runs).map(([contender, { seconds, cpu, losses, megabytes }]) =>
      row([
        CONTENDERS[contender],
        ...[seconds.toFixed(3), cpu.toFixed(3), losses.at(-1)!.toFixed(6), megabytes.toFixed(0)],
      ]),
    ),
  ]
}

function figuresOf(network: string, runs: Runs): readonly Figure[] {
  const own = runs.wasm!
  const limit = network.startsWith('conv1d') ? 1.5 : 1
  const last = (run: Run): number => run.losses.at(-1)!
  const worst = Math.max(...present(runs).map(([, each]) => Math.abs(last(each) / last(own) - 1)))
  const all = (Object.keys(CONTENDERS) as Contender[]).flatMap((contender): Figure[] => {
    const { cpu, seconds, losses, megabytes } = runs[contender] ?? {}
    const name = (what: string): string => `${network}, ${CONTENDERS[contender]}: ${what}`
    return [
      { name: name('wall'), value: seconds ?? null, unit: 's' },
      { name: name('CPU'), value: cpu ?? null, unit: 's' },
      { name: name('final loss'), value: losses?.at(-1) ?? null },
      {
        ...{ name: name('RSS'), value: megabytes ?? null, unit: 'MB' },
        ...(contender === 'wasm' ? { target: '<100' } : {}),
      },
    ]
  })
  const against = runs.torch === undefined ? null : own.cpu / runs.torch.cpu
  return [
    ...all,
    { name: `${network}: CPU of own/WASM over PyTorch`, value: against, target: `<=${limit}` },
    {
      name: `${network}: largest difference of the final losses`,
      value: 100 * worst,
      unit: '%',
      target: '<=1',
    },
  ]
}

/** How late the turns of the main thread's event loop start while the node learns the LSTM: 99 % of them, and the latest of all. */
function eventLoopDelay(folder: string): readonly Figure[] {
  const script = path.join(__dirname, 'cases', 'train-loop.ts')
  const output = execFileSync(process.execPath, ['--require', 'tsx/cjs', script, folder], {
    cwd: packageRoot,
    encoding: 'utf8',
  })
  const { p99, max } = JSON.parse(output.trim().split('\n').at(-1)!) as { p99: number; max: number }
  const name = 'event loop delay while the node learns the LSTM, first window to last in-sample verdict'
  return [
    { name: `${name}: p99`, value: p99, unit: 'ms', target: '<=20' },
    { name: `${name}: longest`, value: max, unit: 'ms', target: '<=50' },
  ]
}
