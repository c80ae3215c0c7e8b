import assert from 'node:assert/strict'
import type { Host } from '../../src/runtime/host'
import { Saver } from '../../src/runtime/saver'

/** What a saver asks of its host; `later` holds what it wants to do again. */
function stub(): { host: Host; told: string[]; later: (() => void)[] } {
  const told: string[] = []
  const later: (() => void)[] = []
  const host = {
    isClosed: false,
    failed: (key: string) => told.push(key),
    error: (error: unknown) => told.push(String(error)),
    log: (key: string) => told.push(key),
    after: (_ms: number, work: () => void) => later.push(work),
  }
  return { host: host as unknown as Host, told, later }
}

describe('a saver', () => {
  it('tells once that the disk takes nothing, tries again, and tells when it does', async () => {
    const { host, told, later } = stub()
    const saver = new Saver(host)
    let full = true
    let saved = 0
    saver.save(() => (full ? Promise.reject(new Error('full')) : Promise.resolve(saved++)))
    await saver.settled()
    assert.deepEqual(told, ['status.notSaved', 'Error: full'])
    later.shift()!()
    await saver.settled()
    assert.deepEqual(told.splice(0), ['status.notSaved', 'Error: full', 'status.notSaved'])
    full = false
    later.shift()!()
    await saver.settled()
    assert.deepEqual([saved, told, later], [1, ['learning.savedNow'], []])
  })

  it('does not try again once its node is closed', async () => {
    const { host, later } = stub()
    Object.assign(host, { isClosed: true })
    const saver = new Saver(host)
    saver.save(() => Promise.reject(new Error('full')))
    await saver.settled()
    assert.deepEqual(later, [])
  })
})
