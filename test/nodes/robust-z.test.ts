import assert from 'node:assert/strict'
import { Flow } from './flow'

/** Medians 10 and 100, median absolute deviations 1 and 10. */
const ROWS = [8, 9, 9, 10, 10, 10, 10, 11, 11, 12, 9].map((value, i) => ({ t: value, p: value * 10, i }))

describe('anomaly-robust-z', () => {
  let flow: Flow
  afterEach(() => flow.end())

  it('scores the largest deviation in robust standard deviations, with the share of each channel', async () => {
    flow = await Flow.load([
      { id: 'rz', type: 'anomaly-robust-z', rows: '11', wires: [['out']] },
      { id: 'out', type: 'helper' },
    ])
    for (const { t, p } of ROWS) flow.send('rz', { topic: 'plant', payload: { t, p } })
    flow.send('rz', { topic: 'plant', payload: { t: 16, p: 110 } })
    await flow.settle()
    const messages = flow.at('out')
    assert.equal(messages.length, 12)
    assert.ok(messages.slice(0, 11).every((message) => message.anomaly!.inSample))
    const { score, contributions, detector } = messages[11]!.anomaly!
    assert.ok(Math.abs(score! - 6 / 1.4826) < 1e-5, `${score}`)
    assert.ok(Math.abs(contributions!['t']! - 6 / 7) < 1e-5)
    assert.equal(detector, 'robust-z')
  })

  it('takes the mean deviation where that is set', async () => {
    flow = await Flow.load([
      { id: 'rz', type: 'anomaly-robust-z', rows: '11', aggregate: 'mean', wires: [['out']] },
      { id: 'out', type: 'helper' },
    ])
    for (const { t, p } of ROWS) flow.send('rz', { topic: 'plant', payload: { t, p } })
    flow.send('rz', { topic: 'plant', payload: { t: 16, p: 110 } })
    await flow.settle()
    assert.ok(Math.abs(Number(flow.at('out')[11]!.payload) - 3.5 / 1.4826) < 1e-5)
  })
})
