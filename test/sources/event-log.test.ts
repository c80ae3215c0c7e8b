import assert from 'node:assert/strict'
import { EventLog } from '../../src/sources/event-log'
import type { SourceEvent } from '../../src/sources/source-events'

const event = (kind: SourceEvent['kind'], topic: string): SourceEvent => ({
  kind,
  topic,
  key: `sources.${kind as 'noData'}`,
  params: {},
})

describe('log of the events of a source', () => {
  let lines: string[]
  let log: EventLog
  beforeEach(() => {
    lines = []
    log = new EventLog(({ kind, topic }, others) => lines.push(`${kind} ${topic} +${others}`))
  })

  it('has a line for each stream, and for each kind', () => {
    for (const topic of ['a', 'b', 'c']) log.take(event('noData', topic), 0)
    for (const topic of ['a', 'b', 'c']) log.take(event('recovered', topic), 3000)
    assert.deepEqual(lines, [
      ...['a', 'b', 'c'].map((topic) => `noData ${topic} +0`),
      ...['a', 'b', 'c'].map((topic) => `recovered ${topic} +0`),
    ])
  })

  it('tells what comes again within 10 s in one line at their end, with the number of those left out', () => {
    for (let now = 0; now < 10_000; now += 1000) log.take(event('gap', 'a'), now)
    assert.deepEqual(lines, ['gap a +0'])
    log.tick(9999)
    assert.deepEqual(lines, ['gap a +0'])
    log.tick(10_000)
    assert.deepEqual(lines, ['gap a +0', 'gap a +8'])
    log.take(event('gap', 'a'), 10_250)
    assert.deepEqual(lines.slice(2), ['gap a +0'])
  })

  it('has 10 lines and one more for an outage of 1000 streams', () => {
    for (let i = 0; i < 1000; i++) log.take(event('noData', `s${i}`), 0)
    log.tick(20_000)
    log.tick(40_000)
    assert.equal(lines.length, 11)
    assert.equal(lines[10], 'noData s999 +989')
  })

  it('goes on where the clock was set back', () => {
    log.take(event('gap', 'a'), 1_000_000)
    log.take(event('gap', 'a'), 0)
    assert.deepEqual(lines, ['gap a +0', 'gap a +0'])
  })
})
