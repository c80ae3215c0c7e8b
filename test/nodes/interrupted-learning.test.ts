import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import type { Verdict } from '../../src/core/verdict'
import type { Message } from '../../src/runtime/message'
import { modelStoreOf } from '../../src/runtime/model-store'
import { featureFrame, Flow, gaussian, type FlowDefinition } from './flow'

const N = 30
const M = 20
const range = (first: number, end: number): number[] =>
  Array.from({ length: end - first }, (_, i) => first + i)

/** scaler → detector → threshold → out; with a model node, or each with a model of its own. */
function chain(model: boolean): readonly FlowDefinition[] {
  const shared = model ? { model: 'model' } : {}
  const rows = (count: number): object => (model ? {} : { rows: String(count) })
  return [
    ...(model
      ? [{ id: 'model', type: 'anomaly-model', bundle: 'press', rows: String(N), calibrationRows: String(M) }]
      : []),
    { id: 'scaler', type: 'anomaly-scaler', ...shared, ...rows(N), wires: [['detector']] },
    { id: 'detector', type: 'anomaly-mahalanobis', ...shared, ...rows(N), wires: [['threshold']] },
    {
      id: 'threshold',
      type: 'anomaly-threshold-calibrate',
      ...{ ...shared, ...rows(M), alpha: '5', wires: [['out'], []] },
    },
    { id: 'out', type: 'helper' },
  ]
}

const verdictsOf = (messages: readonly Message[]): readonly Verdict[] =>
  messages.flatMap((message) => (message['i'] === undefined ? [] : message.anomaly!))
const reasonsOf = (verdicts: readonly Verdict[]): readonly string[] => [
  ...new Set(verdicts.map(({ reason }) => reason)),
]
const isJudged = ({ reason }: Verdict): boolean => ['NORMAL', 'WARNING', 'ANOMALY'].includes(reason)

describe('learning that is interrupted', function () {
  this.timeout(60_000)
  let flow: Flow
  let random: () => number
  let next: number

  /** Feeds `count` windows and gives back what came out for them. */
  async function feed(count: number, shift = 0): Promise<readonly Message[]> {
    const before = flow.at('out').length
    for (const i of range(next, next + count))
      flow.send('scaler', { topic: 'fan', i, payload: featureFrame(i, random, shift) })
    next += count
    await flow.settle(150)
    await flow.saved()
    return flow.at('out').slice(before)
  }

  /** As after a restart of Node-RED: new nodes on the files of before. */
  async function restart(nodes: readonly FlowDefinition[]): Promise<void> {
    await flow.unload()
    flow = await Flow.load(nodes, flow.userDir)
  }

  async function begin(nodes: readonly FlowDefinition[]): Promise<Verdict> {
    flow = await Flow.load(nodes)
    random = gaussian(21)
    next = 0
    const verdict = verdictsOf(await feed(N + M + 10)).at(-1)!
    assert.equal(isJudged(verdict), true)
    return verdict
  }

  afterEach(() => flow.end())

  const learn = (): void => flow.send('scaler', { learn: true, payload: 1 })

  for (const model of [true, false]) {
    describe(
      model ? 'of a chain with a model node' : 'of a chain whose nodes keep what they learn themselves',
      () => {
        const PHASES: readonly [string, number][] = [
          ['while the scaler collects', N - 10],
          ['while the threshold is calibrated', N + 5],
        ]
        for (const [phase, count] of PHASES) {
          it(`goes on after a restart ${phase}`, async () => {
            const old = await begin(chain(model))
            learn()
            await feed(count)
            await restart(chain(model))
            // N to learn from, as many for the detector behind, M to calibrate with.
            const verdicts = verdictsOf(await feed(2 * N + M))
            assert.ok(!reasonsOf(verdicts).includes('OUT_OF_CONTRACT'), reasonsOf(verdicts).join())
            const last = verdictsOf(await feed(1)).at(-1)!
            assert.equal(isJudged(last), true)
            assert.notDeepEqual(last.contract, old.contract)
            assert.equal(last.model!.version, 2)
          })
        }

        it('goes on after a restart between the scaler and a detector that needs more windows', async () => {
          const nodes = chain(model).map((node) => (node.id === 'detector' ? { ...node, rows: '50' } : node))
          flow = await Flow.load(nodes)
          random = gaussian(21)
          next = 0
          await feed(90)
          learn()
          await feed(N + 1)
          await restart(nodes)
          const verdicts = verdictsOf(await feed(50 + M + 20))
          assert.equal(isJudged(verdicts.at(-1)!), true)
          assert.deepEqual(
            verdicts.map(({ inSample }) => inSample),
            range(0, verdicts.length).map((i) => i < 50),
          )
        })

        for (const [what, control] of [
          ['reset', { reset: true }],
          ['a second Learn', { learn: true }],
        ] as const) {
          it(`reaches its end after ${what} at the threshold`, async () => {
            await begin(chain(model))
            learn()
            await feed(N + 5)
            flow.send('threshold', { ...control, payload: 1 })
            const verdicts = verdictsOf(await feed(M + 5))
            assert.deepEqual(reasonsOf(verdicts.slice(0, M)), ['LEARNING'])
            assert.equal(isJudged(verdicts.at(-1)!), true)
          })
        }

        for (const where of ['threshold', 'scaler']) {
          it(`is taken back by learn = false at the ${where}: the chain of before works again`, async () => {
            const old = await begin(chain(model))
            learn()
            await feed(N + 5)
            flow.send(where, { learn: false, payload: 1 })
            await flow.settle()
            const verdicts = verdictsOf(await feed(20))
            assert.ok(verdicts.every(isJudged), reasonsOf(verdicts).join())
            assert.deepEqual(verdicts.at(-1)!.contract, old.contract)
            assert.equal(verdicts.at(-1)!.threshold, old.threshold)

            await restart(chain(model))
            const later = verdictsOf(await feed(20))
            assert.ok(later.every(isJudged), reasonsOf(later).join())
            assert.deepEqual(later.at(-1)!.contract, old.contract)
          })
        }

        it('is given up by learn = false while the scaler collects, for good', async () => {
          const old = await begin(chain(model))
          learn()
          await feed(10)
          flow.send('scaler', { learn: false, payload: 1 })
          await restart(chain(model))
          const verdicts = verdictsOf(await feed(N + M))
          assert.ok(verdicts.every(isJudged), reasonsOf(verdicts).join())
          assert.deepEqual(verdicts.at(-1)!.contract, old.contract)
        })

        it('names no version before the new one is complete', async () => {
          await begin(chain(model))
          learn()
          const versionsOf = async (count: number): Promise<readonly number[]> => [
            ...new Set(verdictsOf(await feed(count)).map((verdict) => verdict.model!.version)),
          ]
          // The block is sent on once more, scored by what was learned from it.
          assert.deepEqual(await versionsOf(N), [1, 0])
          const learning = [...(await versionsOf(1)), ...(await versionsOf(M - 2))]
          if (model) assert.equal(learning[0], 0)
          assert.equal(learning.at(-1), model ? 0 : 2)
          await feed(2)
          assert.deepEqual(await versionsOf(5), [2])
        })

        it('of what was forgotten at the threshold keeps scaler and detector, and calibrates anew', async () => {
          const old = await begin(chain(model))
          flow.send('threshold', { forget: true })
          await flow.settle()
          await restart(chain(model))
          const verdicts = verdictsOf(await feed(M + 5))
          assert.deepEqual(reasonsOf(verdicts.slice(0, M)), ['LEARNING'])
          assert.deepEqual(verdicts.at(-1)!.contract, old.contract)
          assert.equal(isJudged(verdicts.at(-1)!), true)
        })

        it('forgets, right after a restart, what has not spoken yet', async () => {
          const old = await begin(chain(model))
          await restart(chain(model))
          flow.send('scaler', { forget: true })
          await flow.saved()
          const verdicts = verdictsOf(await feed(N + M + 5))
          assert.equal(verdicts.filter(({ inSample }) => inSample).length, N)
          assert.notDeepEqual(verdicts.at(-1)!.contract, old.contract)
        })
      },
    )
  }

  it('answers for the windows that are held back when a node closes', async () => {
    flow = await Flow.load(chain(true))
    random = gaussian(4)
    next = 0
    await feed(12)
    const scaler = flow.node('scaler') as unknown as { close(removed: boolean): Promise<void> }
    await scaler.close(false)
    await flow.settle()
    assert.deepEqual(
      flow.at('out').map((message) => [message['i'], message.anomaly!.reason]),
      range(0, 12).map((i) => [i, 'LEARNING']),
    )
  })

  describe('of two detectors after one scaler', () => {
    const MODELS = ['a', 'b'].map((id) => ({
      ...{ id: `model-${id}`, type: 'anomaly-model', bundle: id, rows: String(N) },
      calibrationRows: id === 'a' ? String(M) : String(3 * M),
    }))
    const BOTH: readonly FlowDefinition[] = [
      ...MODELS,
      { id: 'scaler', type: 'anomaly-scaler', model: 'model-a', wires: [['da', 'db']] },
      { id: 'da', type: 'anomaly-mahalanobis', model: 'model-a', wires: [['ta']] },
      { id: 'db', type: 'anomaly-robust-z', model: 'model-b', wires: [['tb']] },
      ...['a', 'b'].map((id) => ({
        ...{ id: `t${id}`, type: 'anomaly-threshold-calibrate', model: `model-${id}`, alpha: '5' },
        wires: [[`out-${id}`], []],
      })),
      { id: 'out-a', type: 'helper' },
      { id: 'out-b', type: 'helper' },
      { id: 'out', type: 'helper' },
    ]
    const last = (id: string): Verdict => verdictsOf(flow.at(`out-${id}`)).at(-1)!

    it('goes on for the one that was not ready when Node-RED was restarted', async () => {
      flow = await Flow.load(BOTH)
      random = gaussian(3)
      next = 0
      await feed(N + 3 * M + 5)
      assert.equal(isJudged(last('a')) && isJudged(last('b')), true)
      const old = last('b').contract
      learn()
      await feed(2 * N + M - 5)
      await feed(1)
      assert.equal(last('a').model!.version, 2)
      assert.equal(last('b').reason, 'LEARNING')
      await restart(BOTH)
      await feed(3 * M + 5)
      assert.equal(isJudged(last('a')) && isJudged(last('b')), true)
      assert.notDeepEqual(last('b').contract, old)
      assert.ok(verdictsOf(flow.at('out-b')).every(({ reason }) => reason !== 'OUT_OF_CONTRACT'))
    })

    it('finds the detector that fits when the scaler goes back to an earlier version', async () => {
      flow = await Flow.load(BOTH)
      random = gaussian(3)
      next = 0
      await feed(N + 3 * M + 5)
      const old = { a: last('a'), b: last('b') }
      learn()
      await feed(2 * N + 3 * M + 5)
      await feed(1)
      assert.equal(last('b').model!.version, 2)
      await modelStoreOf(flow.runtime).bundle('a').rollback({ topic: 'fan' }, 1)
      await restart(BOTH)
      await feed(10)
      assert.deepEqual(last('a').contract, old.a.contract)
      assert.deepEqual(last('b').contract, old.b.contract)
      assert.equal(last('b').threshold, old.b.threshold)
    })

    it('holds the scaler in both models, whichever is saved first', async () => {
      flow = await Flow.load(BOTH)
      random = gaussian(3)
      next = 0
      await feed(N + 3 * M + 5)
      const { scaler } = { scaler: last('a').contract.find((line) => line.startsWith('scaler'))! }
      const hash = scaler.split('#')[1]!
      await flow.unload()
      for (const id of ['a', 'b']) {
        const parts = readdirSync(path.join(flow.userDir, 'edge-anomaly', 'models', id, 'parts'))
        assert.ok(parts.includes(`${hash}.json`), `${id}: ${parts.join()}`)
      }
      flow = await Flow.load(BOTH, flow.userDir)
    })
  })

  it('calibrates all streams together although each has a detector of its own', async () => {
    const nodes = chain(true).map((node) => (node.id === 'threshold' ? { ...node, keep: 'all' } : node))
    flow = await Flow.load(nodes)
    random = gaussian(9)
    for (const i of range(0, N + M))
      for (const topic of ['a', 'b']) flow.send('scaler', { topic, i, payload: featureFrame(i, random) })
    await flow.settle(200)
    const verdicts = verdictsOf(flow.at('out'))
    const judged = verdicts.filter(isJudged)
    // 2 N windows are learned from; of the others the first M make the threshold of both.
    assert.equal(judged.length, 2 * M - M)
    assert.equal(new Set(judged.map(({ threshold }) => threshold)).size, 1)
    assert.equal(new Set(judged.map(({ contract }) => contract.join())).size, 2)
    const warned = (flow.node('threshold') as unknown as { warn: { callCount: number } }).warn.callCount
    assert.equal(warned, 0)
  })
})
