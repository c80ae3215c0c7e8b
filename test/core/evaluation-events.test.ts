import assert from 'node:assert/strict'
import { eventsOf } from '../../src/core/evaluation/events'

const windows = (labels: string, flags: string): { isAnomalous: boolean; isFlagged: boolean }[] =>
  [...labels].map((label, i) => ({ isAnomalous: label === '1', isFlagged: flags[i] === '1' }))

describe('events of a labelled recording', () => {
  it('are runs of anomalous windows with their first flagged window', () => {
    assert.deepEqual(eventsOf(windows('0011100110', '0101011000')), [
      { from: 2, to: 5, detected: 3 },
      { from: 7, to: 9 },
    ])
  })

  it('are detected neither by a flag before them nor by one behind them', () => {
    assert.deepEqual(eventsOf(windows('0110', '1001')), [{ from: 1, to: 3 }])
  })

  it('may last to the end, and there may be none', () => {
    assert.deepEqual(eventsOf(windows('011', '001')), [{ from: 1, to: 3, detected: 2 }])
    assert.deepEqual(eventsOf(windows('000', '010')), [])
    assert.deepEqual(eventsOf([]), [])
  })
})
