import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
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
    flow.send('evaluate', { payload: { rows: 20, files: 1, bad: 0 }, complete: true })
    await sleep(700)
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

  it('waits at the end of a replay for the verdicts that are still on their way', async () => {
    await load()
    const send = (i: number, label: string): void =>
      flow.send('evaluate', { anomaly: verdict(i, label === 'coin' ? 3 : 1), label })
    for (let i = 0; i < 20; i++) send(i, 'normal')
    flow.send('evaluate', { payload: { rows: 22, files: 1, bad: 0 }, complete: true })
    await sleep(300)
    send(20, 'normal')
    await sleep(300)
    send(21, 'coin')
    await sleep(300)
    assert.deepEqual(flow.at('reports'), [])
    await sleep(400)
    const reports = flow.at('reports').map(({ payload }) => payload as Report)
    assert.deepEqual([reports.length, reports[0]!.normal, reports[0]!.anomalous], [1, 21, 1])
    flow.send('evaluate', { reset: true })
    flow.send('evaluate', { payload: { rows: 0, files: 1, bad: 0 }, complete: true, _msgid: 'end' })
    await sleep(700)
    assert.equal(flow.at('errors')[0]!._msgid, 'end')
    assert.match((flow.at('errors')[0]!['error'] as { message: string }).message, /no verdict has come yet/)
  })

  it('takes the end of a replay for no sample, in any node that takes samples', async () => {
    flow = await Flow.load([
      { id: 'window', type: 'anomaly-window', length: '2', unit: 'samples', wires: [['z']] },
      { id: 'z', type: 'anomaly-robust-z', rows: '10', wires: [['out']] },
      { id: 'out', type: 'helper' },
    ])
    const end = { payload: { rows: 20, files: 1, bad: 0 }, complete: true }
    for (let i = 0; i < 3; i++) flow.send('window', end)
    await flow.settle()
    assert.deepEqual(flow.at('out').map(({ payload, anomaly }) => [payload, anomaly]), Array(3).fill([end.payload, undefined])) // prettier-ignore
  })

  it('holds plain scores against the threshold that is set, and takes a stated decision', async () => {
    await load({ threshold: '2' })
    for (const [i, label] of ['ok', 'ok', 'coin', 'coin'].entries())
      flow.send('evaluate', { payload: i, label })
    flow.send('evaluate', { payload: 0, anomaly: { score: 9, isAnomaly: false } as never, label: 'ok' })
    flow.send('evaluate', { payload: 'report' })
    await flow.settle()
    const report = flow.at('reports')[0]!.payload as Report
    assert.deepEqual(report.undecided, { normal: 0, anomalous: 0 })
    assert.deepEqual([report.truePositives, report.falsePositives, report.falseNegatives, report.trueNegatives], [1, 0, 1, 3]) // prettier-ignore
    assert.equal(report.threshold, 2)
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
