/**
 * How long the event loop of the main thread is held up while a network is trained in a thread, as in Node-RED:
 * `train-loop FOLDER`. Prints {"p50", "p99", "max", "seconds"}, ms; an idle loop has about 1 ms.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { NetworkSpec } from '../../src/core/autoencoder/spec'
import type { TrainingSettings } from '../../src/train/training'
import { packageRoot } from '../../test/node-red'

// The built trainer: its thread runs plain JavaScript.
// eslint-disable-next-line @typescript-eslint/no-require-imports -- found by its path
const { startTraining } = require(
  path.join(packageRoot, 'dist', 'src', 'train', 'trainer.js'),
) as typeof import('../../src/train/trainer')

async function main(folder: string): Promise<void> {
  const { spec, rows, batch, epochs, rate } = JSON.parse(
    readFileSync(path.join(folder, 'case.json'), 'utf8'),
  ) as { spec: NetworkSpec; rows: number; batch: number; epochs: number; rate: number }
  const data = new Float32Array(new Uint8Array(readFileSync(path.join(folder, 'data'))).buffer)
  const settings: TrainingSettings = {
    loss: 'mse',
    epochs,
    batch,
    learningRate: rate,
    weightDecay: 0,
    patience: epochs,
    clipNorm: 1,
    validationShare: 0.2,
    validationGap: 1,
    finishShare: 0,
    seed: 1,
    engine: 'auto',
  }
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const { report } = await startTraining({ spec, settings, data, rows }).done
  delay.disable()
  const ms = (nanoseconds: number): number => nanoseconds / 1e6
  console.log(
    JSON.stringify({
      ...{ p50: ms(delay.percentile(50)), p99: ms(delay.percentile(99)), max: ms(delay.max) },
      seconds: report.seconds,
    }),
  )
}

void main(process.argv[2] ?? '')
