import assert from 'node:assert/strict'
import { TimeColumn } from '../../src/cli/csv/time-column'

describe('a column of times', () => {
  it('reads dates without a zone as UTC, in every usual form', () => {
    const clock = new TimeColumn()
    const noon = Date.UTC(2026, 0, 2, 12, 30, 15)
    for (const text of [
      '2026-01-02 12:30:15',
      '2026-01-02T12:30:15',
      '2026-01-02T12:30:15Z',
      '2026-01-02T12:30:15.000+00:00',
      '2026-01-02T14:30:15+0200',
      '2026-01-02T10:00:15-02:30',
    ]) {
      assert.equal(clock.parse(text), noon, text)
    }
    assert.equal(clock.parse('2026-01-02 12:30:15.125'), noon + 125)
    assert.equal(clock.parse('2026-01-02 12:30'), noon - 15_000)
    assert.equal(clock.parse('2026-01-02'), Date.UTC(2026, 0, 2))
    assert.equal(clock.unit, 'iso')
    assert.ok(Number.isNaN(clock.parse('yesterday')))
  })

  it('tells the unit of numbers by the size of the first', () => {
    const unit = (text: string): string | undefined => {
      const clock = new TimeColumn()
      clock.parse(text)
      return clock.unit
    }
    assert.equal(unit('0.005'), 's')
    assert.equal(unit('1767225600'), 's')
    assert.equal(unit('1767225600000'), 'ms')
    assert.equal(unit('1767225600000000'), 'us')
    assert.equal(unit('1767225600000000000'), 'ns')
    assert.equal(new TimeColumn('us').parse('1500'), 1.5)
    assert.equal(new TimeColumn().parse('2.5'), 2500)
    assert.ok(Number.isNaN(new TimeColumn('s').parse('')))
  })
})
