import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Verdict } from '../../src/core/verdict'
import { realDisk } from '../../src/model/disk'
import type { Message } from '../../src/runtime/message'
import { Flow, featureFrame, gaussian, type FlowDefinition } from './flow'

/** Node-RED drops what arrives while a node is closed and made anew. */
const LIMIT_MS = 50
/** A slow memory card. */
const DISK_MS = 20
const STREAMS = Array.from({ length: 20 }, (_, i) => `fan${i}`)
const CHAIN = ['scaler', 'detector', 'threshold']

const flowsOf = (name: string): readonly FlowDefinition[] => [
  { id: 'model', type: 'anomaly-model', bundle: 'many', rows: '30', calibrationRows: '20' },
  { id: 'scaler', type: 'anomaly-scaler', name, model: 'model', wires: [['detector']] },
  { id: 'detector', type: 'anomaly-mahalanobis', name, model: 'model', wires: [['threshold']] },
  ...[
    { id: 'threshold', type: 'anomaly-threshold-calibrate', name, model: 'model', alpha: '5' },
    { id: 'alert', type: 'anomaly-alert', name, latch: true, keep: '0', consecutive: '1' },
  ].map((node) => ({ ...node, wires: node.id === 'alert' ? [['events'], []] : [['out', 'alert'], []] })),
  { id: 'out', type: 'helper' },
  { id: 'events', type: 'helper' },
]
const verdictOf = (message: Message): Verdict => message.anomaly!

describe('a deploy while twenty streams are being saved to a slow disk', function () {
  this.timeout(60_000)
  const { rename } = realDisk
  let userDir = ''
  let flow: Flow
  let random: () => number
  /** Files that are where they belong. */
  let written = 0

  beforeEach(async () => {
    written = 0
    realDisk.rename = async (from, to) => {
      await sleep(DISK_MS)
      await rename(from, to)
      written++
    }
    userDir = mkdtempSync(path.join(os.tmpdir(), 'anomaly-saving-'))
    flow = await Flow.load(flowsOf('one'), userDir)
    random = gaussian(7)
  })
  afterEach(async () => {
    await flow.unload()
    realDisk.rename = rename
    rmSync(userDir, { recursive: true, force: true })
  })

  async function feed(first: number, end: number): Promise<void> {
    for (let i = first; i < end; i++)
      for (const topic of STREAMS) flow.send('scaler', { topic, i, payload: featureFrame(i, random) })
    await flow.settle()
  }

  /** Streams whose first version is not on the disk yet. */
  function saving(): number {
    const streams = path.join(userDir, 'edge-anomaly', 'models', 'many', 'streams')
    const isSaved = (stream: string): boolean => existsSync(path.join(streams, stream, 'current.json'))
    return STREAMS.filter((stream) => !isSaved(stream)).length
  }

  /** Closing time of each node of the chain, ms, by the runtime's own promise. */
  function watchClosing(): ReadonlyMap<string, number> {
    const times = new Map<string, number>()
    for (const id of [...CHAIN, 'alert']) {
      const node = flow.node(id)
      const close = node.close.bind(node) as (removed?: boolean) => Promise<void>
      node.close = (removed?: boolean) => {
        const begin = performance.now()
        return close(removed).finally(() => times.set(id, performance.now() - begin))
      }
    }
    return times
  }

  for (const type of ['full', 'nodes'] as const) {
    it(`${type}: each node closes within ${LIMIT_MS} ms; what was learned goes on, and what arrives meanwhile is scored`, async () => {
      await feed(0, 50)
      const before = written
      const times = watchClosing()
      await flow.deploy(flowsOf('two'), type)
      assert.deepEqual([...times.keys()].sort(), [...CHAIN, 'alert'].sort())
      for (const [id, ms] of times) assert.ok(ms < LIMIT_MS, `${id} took ${ms} ms`)
      assert.ok(written < before + 20, 'the deploy waited for the disk')
      assert.ok(saving() > 0, 'the disk was faster than the deploy: nothing was shown')

      flow.at('out').length = 0
      await feed(50, 60)
      for (let i = 0; i < 500 && flow.at('out').length < 10 * STREAMS.length; i++) await sleep(20)
      for (const topic of STREAMS) {
        const messages = flow.at('out').filter((message) => message.topic === topic)
        assert.deepEqual(
          messages.map(({ i }) => i),
          [50, 51, 52, 53, 54, 55, 56, 57, 58, 59],
        )
        for (const { reason, score, threshold, model, inSample } of messages.map(verdictOf)) {
          assert.ok(['NORMAL', 'ANOMALY'].includes(reason), reason)
          assert.deepEqual(
            [score !== null, threshold !== null, inSample, model?.version],
            [true, true, false, 1],
          )
        }
      }
    })
  }

  it('and Node-RED ends at once: it waits until all is on the disk', async () => {
    await feed(0, 50)
    await flow.deploy(flowsOf('two'))
    assert.ok(saving() > 0)
    await flow.unload()
    assert.equal(saving(), 0)
    const streams = path.join(userDir, 'edge-anomaly', 'models', 'many', 'streams')
    assert.deepEqual(readdirSync(streams).sort(), [...STREAMS].sort())
    for (const stream of STREAMS)
      assert.deepEqual(readdirSync(path.join(streams, stream)).sort(), ['current.json', 'v1.json'])
    const states = path.join(userDir, 'edge-anomaly', 'state')
    assert.ok(readdirSync(states).every((name) => name.endsWith('.json')))
  })

  it('an alarm that is on is on for the successor too, though its state is not on the disk yet', async () => {
    const score = (value: number): Verdict => ({
      ...{
        score: value,
        threshold: 5,
        pValue: null,
        isAnomaly: value > 5,
        reason: value > 5 ? 'ANOMALY' : 'NORMAL',
      },
      ...{
        contributions: {},
        detector: 'mahalanobis',
        inSample: false,
        window: { start: 0, end: 1000 },
        contract: [],
      },
    })
    flow.send('alert', { topic: 'fan', payload: 9, anomaly: score(9) })
    await flow.settle()
    const times = watchClosing()
    await flow.deploy(flowsOf('two'))
    assert.ok(times.get('alert')! < LIMIT_MS)
    flow.send('alert', { topic: 'fan', ack: true })
    flow.send('alert', { topic: 'fan', payload: 1, anomaly: score(1) })
    for (let i = 0; i < 100 && flow.at('events').length < 3; i++) await sleep(20)
    assert.deepEqual(
      flow.at('events').map(({ payload }) => (payload as { kind: string }).kind),
      ['begin', 'acknowledged', 'end'],
    )
  })
})
