import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { LEARNING_EVENT } from '../../src/runtime/host'
import { buildKernels } from '../train/build-kernels'
import { Flow, featureFrame, gaussian, runtimeEvents } from './flow'

const ROWS = 30
const ROUNDS = 50
const NODES = [
  { id: 'model', type: 'anomaly-model', bundle: 'fan', rows: String(ROWS) },
  {
    ...{ id: 'ae', type: 'anomaly-onnx-autoencoder', model: 'model', layers: '256, 64' },
    ...{ epochs: '10000', patience: '10000', wires: [['out']] },
  },
  { id: 'out', type: 'helper' },
]

/** What a training that was not ended would leave: threads with their ports, and open files. */
function held(): { readonly ports: number; readonly threads: number; readonly files: number } {
  const count = (folder: string): number => readdirSync(folder).length
  return {
    ports: process.getActiveResourcesInfo().filter((name) => /Worker|MessagePort/.test(name)).length,
    threads: process.platform === 'linux' ? count('/proc/self/task') : 0,
    files: process.platform === 'linux' ? count('/proc/self/fd') : 0,
  }
}

/** The same, once threads that were told to end are gone: unchanged for a while. */
async function heldInTheEnd(): Promise<ReturnType<typeof held>> {
  for (let last = held(); ;) {
    await sleep(300)
    const now = held()
    if (JSON.stringify(now) === JSON.stringify(last)) return now
    last = now
  }
}

describe('a redeploy in the middle of a training', function () {
  this.timeout(120_000)
  before(buildKernels)

  it(`leaves no thread, handle or file, ${ROUNDS} times`, async () => {
    const userDir = mkdtempSync(path.join(os.tmpdir(), 'anomaly-redeploy-'))
    const files = (): readonly string[] => readdirSync(userDir, { recursive: true, encoding: 'utf8' }).sort()
    const random = gaussian(4)
    let begun = 0
    const count = ({ state }: { readonly state: string }): unknown => state === 'fitting' && begun++
    runtimeEvents().on(LEARNING_EVENT, count)
    const redeploy = async (round: number): Promise<void> => {
      const flow = await Flow.load(NODES, userDir)
      const before = begun
      for (let i = 0; i < ROWS; i++) flow.send('ae', { topic: 'fan', payload: featureFrame(i, random) })
      while (begun === before) await sleep(2)
      // The thread is starting, has started, or is at work.
      await sleep(30 * (round % 5))
      await flow.unload()
      assert.equal(flow.at('out').length, 0, 'the training was still under way')
    }
    // The first rounds load what stays: the runtime's own threads and files.
    for (let round = 0; round < 5; round++) await redeploy(round)
    const [before, filesBefore] = [await heldInTheEnd(), files()]
    for (let round = 0; round < ROUNDS; round++) await redeploy(round)
    const after = await heldInTheEnd()
    assert.equal(after.ports, before.ports)
    assert.ok(after.threads <= before.threads, `${after.threads} threads, ${before.threads} before`)
    // A thread holds five; the loader of the tests opens and closes some of its own.
    assert.ok(after.files < before.files + 5, `${after.files} open files, ${before.files} before`)
    assert.deepEqual(files(), filesBefore)
    runtimeEvents().off(LEARNING_EVENT, count)
    rmSync(userDir, { recursive: true, force: true })
  })
})
