/**
 * One training of the train bench in a process of its own: `train-run wasm|plain|tfjs FOLDER EPOCHS`. Prints
 * {"seconds", "cpu", "losses", "megabytes"}: wall and CPU seconds of the epochs alone, mean loss of each, peak of resident memory.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { NetworkSpec } from '../../src/core/autoencoder/spec'
import { OwnTrainee } from '../../src/train/own-trainee'
import type { Trainee } from '../../src/train/training'

interface Case {
  readonly spec: NetworkSpec
  readonly rows: number
  readonly batch: number
  readonly epochs: number
  readonly rate: number
}

/** TensorFlow.js on WebAssembly, through the adapter that trains on tfjs-node. */
async function tensorFlow(spec: NetworkSpec): Promise<Trainee> {
  const core = await import('@tensorflow/tfjs-core')
  const { layers } = await import('@tensorflow/tfjs-layers')
  await import('@tensorflow/tfjs-backend-wasm')
  const { CONV_FILTER_GRADIENT } = await import('./tfjs-conv-gradient')
  const { TfjsTrainee } = await import('../../src/train/tfjs-trainee')
  core.registerKernel(CONV_FILTER_GRADIENT)
  if (!(await core.setBackend('wasm'))) throw new Error('TensorFlow.js has no WebAssembly here')
  // Nothing that one of the contenders would do otherwise.
  const settings = { ...NOTHING, loss: 'mse', engine: 'auto' } as const
  return new TfjsTrainee({ ...core, layers }, { spec, settings })
}

const NOTHING = {
  epochs: 0,
  batch: 0,
  learningRate: 0,
  weightDecay: 0,
  patience: 0,
  clipNorm: 0,
  validationShare: 0,
  validationGap: 0,
  seed: 0,
}

/**
 * The largest resident memory since this program began, MB: of Linux, which counts it for the program itself. `maxRSS` would not
 * do: a process takes that over from the one that started it.
 */
function peak(): number {
  const status = readFileSync('/proc/self/status', 'utf8')
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)![1]) / 1024
}

async function main(contender: string, folder: string, epochs: number): Promise<void> {
  const read = (name: string): ArrayBuffer => new Uint8Array(readFileSync(path.join(folder, name))).buffer
  const { spec, rows, batch, rate } = JSON.parse(readFileSync(path.join(folder, 'case.json'), 'utf8')) as Case
  const [data, order] = [new Float32Array(read('data')), new Uint32Array(read('order'))]
  const trainee =
    contender === 'tfjs'
      ? await tensorFlow(spec)
      : new OwnTrainee(spec, 'mse', batch, 0, 0, contender === 'plain' ? 'plain' : 'wasm')
  trainee.begin(new Float32Array(read('weights')))
  const losses: number[] = []
  const wall = process.hrtime.bigint()
  const cpu = process.cpuUsage()
  for (let epoch = 0; epoch < epochs; epoch++) {
    let sum = 0
    for (let from = 0; from < rows; from += batch) {
      const count = Math.min(batch, rows - from)
      sum += trainee.step(data, order, epoch * rows + from, count, rate) * count
    }
    losses.push(sum / rows)
  }
  const used = process.cpuUsage(cpu)
  const seconds = Number(process.hrtime.bigint() - wall) / 1e9
  const megabytes = peak()
  trainee.dispose()
  console.log(JSON.stringify({ seconds, cpu: (used.user + used.system) / 1e6, losses, megabytes }))
}

void main(process.argv[2] ?? 'wasm', process.argv[3] ?? '', Number(process.argv[4]))
