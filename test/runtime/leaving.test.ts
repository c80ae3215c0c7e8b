import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { Gate, Leaving } from '../../src/runtime/leaving'

/** Work that is over when `end` is called. */
function work(): { done: Promise<void>; end: () => void } {
  let end = (): void => undefined
  const done = new Promise<void>((resolve) => (end = resolve))
  return { done, end }
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('what closed nodes still have to write', () => {
  let events: EventEmitter
  let leaving: Leaving
  const config = { flows: [] }
  beforeEach(() => {
    events = new EventEmitter()
    leaving = new Leaving(events)
    events.emit('flows:starting', { config })
  })

  /** True where a node that has this to write closes before it is written. */
  async function closesBefore({ done, end }: ReturnType<typeof work>): Promise<boolean> {
    let isClosed = false
    const closed = leaving.take(done).then(() => (isClosed = true))
    await turn()
    const isBefore = isClosed
    end()
    await closed
    return isBefore
  }

  it('is not waited for while other flows are deployed', async () => {
    events.emit('flows:stopping', { config: { flows: [] } })
    assert.equal(await closesBefore(work()), true)
  })

  it('is waited for when Node-RED ends, or does not tell why it stops', async () => {
    events.emit('flows:stopping', { config })
    assert.equal(await closesBefore(work()), false)
    assert.equal(await closesBefore(work()), false)
    assert.equal(leaving.settled, undefined)
  })

  it('is waited for when Node-RED ends, even that of nodes which a deploy has closed', async () => {
    const next = { flows: [] }
    events.emit('flows:stopping', { config: next })
    const old = work()
    await leaving.take(old.done)
    events.emit('flows:starting', { config: next })
    events.emit('flows:stopping', { config: next })
    let isClosed = false
    const closed = leaving.take(Promise.resolve()).then(() => (isClosed = true))
    await turn()
    assert.equal(isClosed, false)
    old.end()
    await closed
  })

  it('holds what arrives, in its order', async () => {
    const { done, end } = work()
    const ran: number[] = []
    const gate = new Gate(done, (held) => held())
    for (const i of [1, 2, 3]) gate.hold(() => ran.push(i))
    assert.deepEqual([gate.lets, ran], [false, []])
    const emptied = gate.empty
    end()
    await emptied
    assert.deepEqual([gate.lets, ran, gate.empty], [true, [1, 2, 3], undefined])
  })

  it('holds nothing where nothing is left to write', () => {
    const gate = new Gate(undefined, (held) => held())
    assert.deepEqual([gate.lets, gate.empty], [true, undefined])
  })
})
