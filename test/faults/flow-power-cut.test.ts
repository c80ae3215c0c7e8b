import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Verdict } from '../../src/core/verdict'
import { Bundle } from '../../src/model/bundle'
import { startNodeRed, type FlowNode, type Message, type NodeRedProcess } from '../node-red'
import { featureFrame, gaussian } from '../nodes/flow'

/** How long after the last window the power is cut, ms: in the middle of learning, of saving, and after it. */
const CUTS = [0, 60, 120, 250, 700]
const ROWS = 30
const at = { z: 'tab', x: 100, y: 100 }
const FLOWS: readonly FlowNode[] = [
  { id: 'tab', type: 'tab', label: 'power cut' },
  { id: 'model', type: 'anomaly-model', bundle: 'press', rows: `${ROWS}`, calibrationRows: '19' },
  { id: 'in', type: 'test-in', ...at, wires: [['scaler']] },
  { id: 'scaler', type: 'anomaly-scaler', ...at, model: 'model', wires: [['detector']] },
  { id: 'detector', type: 'anomaly-mahalanobis', ...at, model: 'model', wires: [['threshold']] },
  { id: 'threshold', type: 'anomaly-threshold-calibrate', ...at, model: 'model', alpha: '5', wires: [['out'], []] }, // prettier-ignore
  { id: 'out', type: 'test-out', ...at, wires: [] },
]
const verdictOf = (message: Message): Verdict => message['anomaly'] as Verdict

describe('kill -9 of Node-RED', function () {
  this.timeout(90_000)
  const userDir = mkdtempSync(path.join(os.tmpdir(), 'anomaly-kill-'))
  const models = path.join(userDir, 'edge-anomaly', 'models')
  let nodeRed: NodeRedProcess | undefined
  afterEach(() => nodeRed?.kill())
  after(() => rmSync(userDir, { recursive: true, force: true }))

  const random = gaussian(5)
  let next = 0
  const send = (topic: string, count: number): Promise<void> =>
    nodeRed!.send(
      'in',
      ...Array.from({ length: count }, () => ({ topic, payload: featureFrame(next++, random) })),
    )
  const said = (topic: string): readonly Verdict[] =>
    nodeRed!.messages('out').filter((message) => message['topic'] === topic).map(verdictOf) // prettier-ignore

  it(`${CUTS.length} times while it learns and saves: no torn file, what was saved is there, an interrupted block is learned anew`, async () => {
    // A stream that is learned, calibrated and saved before the first cut.
    nodeRed = await startNodeRed({ flows: FLOWS, userDir })
    await send('first', ROWS + 20)
    await nodeRed.firstMessages('out', ROWS + 20)
    const { threshold, contract } = said('first').at(-1)!
    assert.equal(typeof threshold, 'number')
    /** Streams whose whole chain is on the disk, calibration too. */
    const saved = (): readonly string[] => {
      const bundle = Bundle.open(models, 'press')
      return bundle.streams().flatMap((stream) => (bundle.current(stream)?.calibration === undefined ? [] : stream.topic)) // prettier-ignore
    }
    for (let i = 0; i < 200 && saved().length === 0; i++) await sleep(50)
    assert.deepEqual(saved(), ['first'])

    let kept = 0
    for (const [kill, wait] of CUTS.entries()) {
      const topics = Array.from({ length: 5 }, (_, i) => `stream${kill}.${i}`)
      // Whole chains are being learned and written; one more stream is in the middle of its block.
      for (const topic of topics) await send(topic, ROWS + 20)
      await send('half', 12)
      await sleep(wait)
      const whole = new Set(saved())
      await nodeRed.kill()
      nodeRed = await startNodeRed({ userDir })

      await send('first', 1)
      const [goesOn] = await nodeRed.firstMessages('out', 1)
      assert.equal(verdictOf(goesOn!).threshold, threshold)
      assert.deepEqual(verdictOf(goesOn!).contract, contract)
      assert.equal(verdictOf(goesOn!).inSample, false)
      // Every part and version is whole: nothing is refused when it is taken up again.
      for (const topic of topics) await send(topic, ROWS)
      await until(() => topics.every((topic) => said(topic).length === ROWS))
      assert.doesNotMatch(nodeRed.log, /cut off|damaged|\[error\]/)
      for (const topic of topics) {
        // Learned before the cut: scored at once. Not saved: learned anew from all of the block.
        const inSample = said(topic).filter((verdict) => verdict.inSample).length
        assert.ok(inSample === 0 || inSample === ROWS, `${topic}: ${inSample}`)
        if (whole.has(topic)) assert.equal(inSample, 0, `${topic} was saved`)
        if (inSample === 0) kept++
      }
    }
    assert.ok(kept >= 5, `${kept} streams were learned before a cut`)
    // A block of which a part was collected before each cut begins at nothing.
    await send('half', ROWS - 1)
    await sleep(300)
    assert.equal(said('half').length, 0)
    await send('half', 1)
    await until(() => said('half').length === ROWS)
    assert.ok(said('half').every(({ inSample }) => inSample))
    await nodeRed.stop()
    const left = readdirSync(models, { recursive: true, encoding: 'utf8' }).filter((file) => /tmp/.test(file))
    assert.deepEqual(left, [])
  })
})

async function until(isTrue: () => boolean): Promise<void> {
  for (const end = Date.now() + 20_000; !isTrue(); await sleep(5))
    if (Date.now() > end) assert.fail('it never came true')
}
