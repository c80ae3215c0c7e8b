import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Verdict } from '../../src/core/verdict'
import { startNodeRed, type FlowNode, type Message, type NodeRedProcess } from '../node-red'

const at = { z: 'tab', x: 100, y: 100 }
const FLOWS: readonly FlowNode[] = [
  { id: 'tab', type: 'tab', label: 'model' },
  { id: 'model', type: 'anomaly-model', bundle: 'press', rows: '10', calibrationRows: '4', versions: '2' },
  { id: 'in', type: 'test-in', ...at, wires: [['detector']] },
  { id: 'detector', type: 'anomaly-robust-z', ...at, model: 'model', wires: [['threshold']] },
  { id: 'threshold', type: 'anomaly-threshold-calibrate', ...at, model: 'model', method: 'conformal', alpha: '25', wires: [['out'], []] },
  { id: 'out', type: 'test-out', ...at, wires: [] },
] // prettier-ignore

interface Versions {
  readonly streams: readonly {
    readonly topic: string
    readonly versions: readonly {
      readonly version: number
      readonly current: boolean
      readonly threshold?: number
      readonly n?: number
      readonly reports: readonly { readonly stage: string; readonly rows: number }[]
    }[]
  }[]
}

/** Median 10 × scale, median absolute deviation 1 × scale. */
const LEARNED = [9, 11, 9, 11, 9, 11, 9, 11, 9, 11]
/** Their robust z are 1, 2, 3, 4 × 1/1.4826. */
const CALIBRATION = [11, 12, 13, 14]

describe('anomaly-model', function () {
  this.timeout(60_000)
  let nodeRed: NodeRedProcess

  beforeEach(async () => {
    nodeRed = await startNodeRed({ flows: FLOWS })
  })
  afterEach(() => nodeRed.stop())

  async function feed(values: readonly number[], scale = 1): Promise<readonly Verdict[]> {
    const before = nodeRed.messages('out').length
    await nodeRed.send('in', ...values.map((x): Message => ({ topic: 'fan', payload: { x: scale * x } })))
    const messages = await nodeRed.firstMessages('out', before + values.length)
    return messages.slice(before).map((message) => message['anomaly'] as Verdict)
  }
  const ask = (what: string, body: object): Promise<string> =>
    nodeRed.request(`/edge-anomaly/models/press/${what}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const versions = async (): Promise<Versions['streams'][number]['versions']> =>
    ((await nodeRed.getJson('/edge-anomaly/models/press')) as Versions).streams[0]?.versions ?? []
  /** A version is written while messages go on. */
  async function committed(count: number): Promise<ReturnType<typeof versions>> {
    for (const end = Date.now() + 10_000; Date.now() < end; await sleep(20))
      if ((await versions()).length === count) break
    return versions()
  }
  const assertScore = (verdict: Verdict | undefined, z: number): void =>
    assert.ok(Math.abs(verdict!.score! - z / 1.4826) < 1e-5, `${verdict!.score} is not ${z} / 1.4826`)

  it('keeps what was learned as a version, rolls back to the one before and forgets, all with the numbers of each', async () => {
    await feed([...LEARNED, ...CALIBRATION])
    const [first] = await committed(1)
    assert.equal(first!.n, 4)
    // The conformal threshold at 25 % of 4 scores is the largest of them.
    assert.ok(Math.abs(first!.threshold! - 4 / 1.4826) < 1e-5, `${first!.threshold}`)
    assert.deepEqual(first!.reports.map(({ stage, rows }) => [stage.split(' ')[0], rows]), [['robust-z', 10]]) // prettier-ignore
    assertScore((await feed([16]))[0], 6)

    await nodeRed.send('in', { topic: 'fan', learn: true })
    await feed([...LEARNED, ...CALIBRATION], 10)
    assert.deepEqual((await committed(2)).map(({ version, current }) => [version, current]), [[2, true], [1, false]]) // prettier-ignore
    assertScore((await feed([16], 10))[0], 6)

    await ask('rollback', { topic: 'fan', version: 1 })
    assert.deepEqual((await versions()).map(({ version, current }) => [version, current]), [[2, false], [1, true]]) // prettier-ignore
    const [again] = await feed([16])
    assertScore(again, 6)
    assert.ok(Math.abs(again!.threshold! - 4 / 1.4826) < 1e-5)
    assert.equal(again!.reason, 'ANOMALY')

    await assert.rejects(ask('rollback', { topic: 'fan', version: 7 }), /rollback: 4\d\d .*7/)
    assert.deepEqual((await versions()).map(({ current }) => current), [false, true]) // prettier-ignore

    await ask('forget', { topic: 'fan' })
    assert.deepEqual(await versions(), [])
  })
})
