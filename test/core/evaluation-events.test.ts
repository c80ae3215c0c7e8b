import assert from 'node:assert/strict'
import { EventFinder, eventsOf, type LabelledWindow } from '../../src/core/evaluation/events'

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

  it('are found while the windows come, and end with their recording', () => {
    const finder = new EventFinder<LabelledWindow & { readonly at: number }>()
    const marks = [...windows('0111', '0010').entries()].map(([at, window]) => ({ ...window, at }))
    assert.deepEqual(marks.map((window) => finder.push(window)), Array(4).fill(undefined)) // prettier-ignore
    const found = finder.end()!
    assert.deepEqual([found.first.at, found.last.at, found.detected?.at], [1, 3, 2])
    assert.equal(finder.end(), undefined)
    assert.equal(finder.push(marks[1]!), undefined)
    assert.deepEqual(finder.push(marks[0]!), { first: marks[1], last: marks[1] })
  })
})
