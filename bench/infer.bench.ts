/**
 * What scoring costs: the median time of one window and of 32 windows, for each kind of network and each engine, bare and through
 * the node's whole path (reading, queue, scaling, network, score, contributions, verdict): of the node that learns, and of the one
 * with a file of the user's. Our own engine answers at once, so the node gives it windows one by one; the ONNX runtimes answer by
 * promise, so what waits goes by 32. What the path adds is told from the engine's bare run of 32 in one piece.
 */
import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { packageRoot } from '../test/node-red'
import type { Timed } from './cases/infer-run'
import { NETWORKS } from './cases/train-case'
import type { Bench, Figure } from './figure'

const BATCH = 32
/** What the path may add to a bare run of 32 windows: this share of it, or so many µs per window, whichever is more. */
const SHARE = 0.3
const PER_WINDOW = 8

export const run: Bench = ({ say }) => {
  say('median µs, on one thread; "own file": an ONNX file from elsewhere, the network alone')
  const figures = Object.keys(NETWORKS).flatMap((network) => {
    const timed = measure(network)
    for (const text of table(network, timed)) say(text)
    const each = timed.flatMap(({ what, one, batch }): Figure[] => [
      { name: `${network}, ${what}: one window`, value: one, unit: 'µs' },
      { name: `${network}, ${what}: ${BATCH} windows`, value: batch, unit: 'µs' },
    ])
    return [...each, ...added(network, timed)]
  })
  return Promise.resolve(figures)
}

function measure(network: string): readonly Timed[] {
  const script = path.join(__dirname, 'cases', 'infer-run.ts')
  const output = execFileSync(process.execPath, ['--require', 'tsx/cjs', script, network], {
    cwd: packageRoot,
    encoding: 'utf8',
  })
  return JSON.parse(output.trim().split('\n').at(-1)!) as Timed[]
}

function table(network: string, timed: readonly Timed[]): readonly string[] {
  const row = (cells: readonly string[]): string =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(36) : cell.padStart(12))).join('')
  return [
    `\n${network}`,
    row(['', '1 window', `${BATCH} windows`]),
    ...timed.map(({ what, one, batch }) => row([what, one.toFixed(1), batch.toFixed(1)])),
  ]
}

/** What the path adds to the engine's bare run of as many windows, as a share of what it may add. */
function added(network: string, timed: readonly Timed[]): readonly Figure[] {
  const batchOf = (what: string): number | undefined => timed.find((each) => each.what === what)?.batch
  const figure = (engine: string, node: string): Figure => {
    const [whole, bare] = [batchOf(`${engine}, ${node}`), batchOf(`${engine}, bare`)]
    const share =
      whole === undefined || bare === undefined
        ? null
        : (whole - bare) / Math.max(SHARE * bare, BATCH * PER_WINDOW)
    const name = `${network}, ${engine}, ${node}: added / what may be added`
    return { name, value: share, target: '<=1' }
  }
  return [
    ...['own/wasm', 'own/plain'].map((engine) => figure(engine, 'node')),
    ...['onnxruntime-node', 'onnxruntime-web'].flatMap((engine) =>
      ['node, learned', 'node, own file'].map((node) => figure(engine, node)),
    ),
  ]
}
