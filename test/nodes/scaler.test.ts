import assert from 'node:assert/strict'
import type { Frame } from '../../src/core/frame'
import { Flow } from './flow'

/** Means 3 and 20, standard deviations √2 and 10 √2; medians the same, and ranges 1 … 5 and 0 … 40. */
const ROWS = [1, 2, 3, 4, 5].map((value, i) => ({ a: value, b: 10 * [0, 1, 2, 3, 4][i]! }))

describe('anomaly-scaler', () => {
  let flow: Flow
  afterEach(() => flow.end())

  /** What comes out for the rows that it learns from and for one more. */
  async function scaled(settings: object, more: object): Promise<number[][]> {
    flow = await Flow.load([
      { id: 'scaler', type: 'anomaly-scaler', rows: '5', ...settings, wires: [['out']] },
      { id: 'out', type: 'helper' },
    ])
    for (const payload of [...ROWS, more]) flow.send('scaler', { topic: 'press', payload })
    await flow.settle()
    return flow.at('out').map(({ payload }) => [...(payload as Frame).data])
  }
  function assertRows(rows: readonly (readonly number[])[], expected: readonly (readonly number[])[]): void {
    assert.equal(rows.length, expected.length)
    rows.forEach((row, i) =>
      row.forEach((value, j) =>
        assert.ok(Math.abs(value - expected[i]![j]!) < 1e-6, `row ${i}: ${row.join()}`),
      ),
    )
  }

  it('standard: (x − mean) / standard deviation, of the rows that it learned from too', async () => {
    const sd = Math.SQRT2
    const rows = await scaled({ method: 'standard' }, { a: 3 + 2 * sd, b: 20 - 10 * sd })
    assertRows(rows, [...[-2, -1, 0, 1, 2].map((k) => [k / sd, k / sd]), [2, -1]])
  })

  it('min-max: the range that was learned becomes the one that is set, and what is beyond it is clipped if wanted', async () => {
    const settings = { method: 'minmax', rangeLow: '-1', rangeHigh: '1' }
    assertRows((await scaled(settings, { a: 7, b: -10 })).slice(4), [
      [1, 1],
      [2, -1.5],
    ])
    await flow.end()
    assertRows((await scaled({ ...settings, clip: true }, { a: 7, b: -10 })).slice(5), [[1, -1]])
  })

  it('learns each stream for itself, and says in the contract what it did', async () => {
    await scaled({ method: 'standard' }, { a: 3, b: 20 })
    for (const { a, b } of ROWS) flow.send('scaler', { topic: 'pump', payload: { a: 100 * a, b } })
    flow.send('scaler', { topic: 'pump', payload: { a: 300, b: 20 } })
    await flow.settle()
    const frames = flow.at('out').map(({ payload }) => payload as Frame)
    assert.deepEqual([...frames[5]!.data], [0, 0])
    assert.deepEqual([...frames[11]!.data], [0, 0])
    const lines = [frames[5]!, frames[11]!].map(({ contract }) => contract!.at(-1)!)
    assert.match(lines[0]!, /^scaler standard#/)
    assert.notEqual(lines[0], lines[1])
  })
})
