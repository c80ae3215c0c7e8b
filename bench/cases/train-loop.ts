/**
 * How long the event loop of the main thread is held up while the node learns an LSTM in a Node-RED flow, from the first window
 * to the last in-sample verdict: `train-loop FOLDER`. Prints {"p50", "p99", "max"}, ms; an idle loop has about 1 ms.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import type { NetworkSpec } from '../../src/core/autoencoder/spec'
import { Flow } from '../../test/nodes/flow'

/** Enough to see the training itself; the flow before and after it takes as long with any number. */
const EPOCHS = 3

async function main(folder: string): Promise<void> {
  const { spec, rows, batch } = JSON.parse(readFileSync(path.join(folder, 'case.json'), 'utf8')) as {
    spec: NetworkSpec
    rows: number
    batch: number
  }
  const data = new Float32Array(new Uint8Array(readFileSync(path.join(folder, 'data'))).buffer)
  const { steps, columns } = spec
  const channels = Array.from({ length: columns }, (_, i) => `c${i}`)
  const flow = await Flow.load([
    { id: 'model', type: 'anomaly-model', bundle: 'bench', rows: String(rows) },
    {
      ...{ id: 'ae', type: 'anomaly-onnx-autoencoder', model: 'model', kind: 'lstm', layers: '32' },
      ...{ epochs: String(EPOCHS), batch: String(batch), wires: [['out']] },
    },
    { id: 'out', type: 'helper' },
  ])
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  for (let i = 0; i < rows; i++) {
    const window = data.slice(i * steps * columns, (i + 1) * steps * columns)
    flow.send('ae', { topic: 'bench', payload: { channels, rate: 50, start: 1000 * i, data: window } })
    await setImmediate()
  }
  while (flow.at('out').length < rows) await sleep(5)
  delay.disable()
  const scored = flow.at('out').filter(({ payload }) => typeof payload === 'number').length
  if (scored < rows) throw new Error(`only ${scored} of ${rows} windows have a score`)
  await flow.end()
  const ms = (nanoseconds: number): number => nanoseconds / 1e6
  console.log(
    JSON.stringify({ p50: ms(delay.percentile(50)), p99: ms(delay.percentile(99)), max: ms(delay.max) }),
  )
  process.exit()
}

void main(process.argv[2] ?? '')
