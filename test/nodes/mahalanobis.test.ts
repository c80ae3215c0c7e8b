import assert from 'node:assert/strict'
import { Flow } from './flow'

/** A cross around (10, 100), 8 times: the mean, and variances 2 and 200 (divided by the number of rows) without correlation. */
const CROSS = [[12, 100], [8, 100], [10, 120], [10, 80]] // prettier-ignore
const ROWS = Array.from({ length: 32 }, (_, i) => ({ x: CROSS[i % 4]![0]!, y: CROSS[i % 4]![1]! }))

describe('anomaly-mahalanobis', () => {
  let flow: Flow
  afterEach(() => flow.end())

  const load = async (settings: object): Promise<void> => {
    flow = await Flow.load([
      {
        id: 'detector',
        type: 'anomaly-mahalanobis',
        rows: String(ROWS.length),
        ...settings,
        wires: [['out']],
      },
      { id: 'out', type: 'helper' },
    ])
    for (const payload of ROWS) flow.send('detector', { topic: 'press', payload })
    await flow.settle()
  }

  it('gives the distance D, not its square, by the covariance of what it learned, and the share of each channel', async () => {
    await load({ covariance: 'empirical' })
    assert.equal(flow.at('out').length, 32)
    assert.ok(flow.at('out').every(({ anomaly }) => anomaly!.inSample))
    flow.send('detector', { topic: 'press', payload: { x: 10 + 3 * Math.SQRT2, y: 100 - 40 * Math.SQRT2 } })
    flow.send('detector', { topic: 'press', payload: { x: 10, y: 100 } })
    await flow.settle()
    const [far, mean] = flow.at('out').slice(32)
    assert.ok(Math.abs(Number(far!.payload) - 5) < 1e-5, `√(3² + 4²), not ${String(far!.payload)}`)
    assert.equal(far!.payload, far!.anomaly!.score)
    assert.ok(Math.abs(far!.anomaly!.contributions!['x']! - 9 / 25) < 1e-5)
    assert.ok(Math.abs(far!.anomaly!.contributions!['y']! - 16 / 25) < 1e-5)
    assert.ok(Math.abs(Number(mean!.payload)) < 1e-6)
    assert.equal(far!.anomaly!.inSample, false)
    assert.equal(far!.anomaly!.detector, 'mahalanobis')
  })
})
