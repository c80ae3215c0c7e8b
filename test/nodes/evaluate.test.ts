import assert from 'node:assert/strict'
import type { Frame } from '../../src/core/frame'
import type { Report } from '../../src/core/evaluation/report'
import type { Verdict } from '../../src/core/verdict'
import { Flow } from './flow'

describe('node anomaly-evaluate', () => {
  let flow: Flow
  afterEach(() => flow.end())

  async function load(settings: Readonly<Record<string, unknown>> = {}): Promise<void> {
    flow = await Flow.load([
      { id: 'evaluate', type: 'anomaly-evaluate', ...settings, wires: [['reports'], ['curves']] },
      ...['reports', 'curves', 'errors'].map((id) => ({ id, type: 'helper' })),
      { id: 'caught', type: 'catch', scope: null, uncaught: false, wires: [['errors']] },
    ])
  }

  function verdict(i: number, score: number): Verdict {
    const isAnomaly = score > 2
    const window = { start: 1000 * i, end: 1000 * (i + 1) }
    const reason = isAnomaly ? 'ANOMALY' : 'NORMAL'
    return { score, threshold: 2, pValue: null, isAnomaly, reason, inSample: false, window, contract: ['x'], detector: 'robust-z' } // prettier-ignore
  }

  const samples = (i: number): Frame => ({
    channels: ['x'],
    rate: 1,
    start: 1000 * i,
    data: Float32Array.of(0),
  })

  it('reports at the end of a replay, with curves for charts', async () => {
    await load()
    for (let i = 0; i < 20; i++) {
      flow.send('evaluate', {
        topic: 'fan',
        payload: samples(i),
        label: i >= 10 && i < 14 ? 'coin' : 'normal',
      })
      const score = i === 3 || i === 12 || i === 13 ? 3 : 1
      flow.send('evaluate', { topic: 'fan', payload: score, anomaly: verdict(i, score) })
    }
    flow.send('evaluate', { payload: { rows: 20 }, complete: true })
    await flow.settle()
    const [message] = flow.at('reports')
    assert.equal(message!.topic, 'robust-z')
    const report = message!.payload as Report
    assert.deepEqual([report.truePositives, report.falsePositives, report.falseNegatives, report.trueNegatives], [2, 1, 2, 15]) // prettier-ignore
    assert.deepEqual([report.events.count, report.events.medianDelay], [1, 3000])
    assert.equal('curves' in report, false)
    assert.deepEqual(flow.at('curves').map(({ topic }) => topic), ['roc', 'precisionRecall', 'scores']) // prettier-ignore
    assert.deepEqual((flow.at('curves')[0]!.payload as unknown[])[0], { series: 'robust-z', x: 0, y: 0 })
    assert.deepEqual(flow.at('errors'), [])
  })

  it('goes by the labels of the verdicts where no samples come, in the words that are set', async () => {
    await load({ normalLabels: 'Gut, in Ordnung' })
    for (const [i, label] of ['gut', 'in ordnung', 'schlecht', 'gut'].entries())
      flow.send('evaluate', { anomaly: verdict(i, i), label })
    flow.send('evaluate', { payload: 'report' })
    await flow.settle()
    const report = flow.at('reports')[0]!.payload as Report
    assert.deepEqual(
      [report.normal, report.anomalous, report.falsePositives, report.falseNegatives],
      [3, 1, 1, 1],
    )
    flow.send('evaluate', { reset: true })
    flow.send('evaluate', { payload: 'report' })
    await flow.settle()
    assert.equal(flow.at('reports').length, 1)
    assert.match((flow.at('errors')[0]!['error'] as { message: string }).message, /no verdict has come yet/)
  })

  it('asks for labels where there are none', async () => {
    await load()
    flow.send('evaluate', { anomaly: verdict(0, 1) })
    flow.send('evaluate', { payload: 'report' })
    flow.send('evaluate', { payload: samples(0) })
    await flow.settle()
    const texts = flow.at('errors').map(({ error }) => (error as { message: string }).message)
    assert.match(texts[0]!, /no window has a label/)
    assert.match(texts[1]!, /msg\.label must be text that says what is true/)
  })
})
