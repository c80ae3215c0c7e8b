import assert from 'node:assert/strict'
import { OrderedQueue } from '../../src/runtime/ordered-queue'

/** Odd numbers may be dropped. Work waits until `go`. */
class Slow {
  readonly worked: number[][] = []
  readonly dropped: number[] = []
  readonly done: number[] = []
  private release = (): void => undefined
  private readonly gate = new Promise<void>((resolve) => (this.release = resolve))
  readonly queue = new OrderedQueue<number>({
    capacity: 3,
    work: async (batch) => {
      await this.gate
      this.worked.push([...batch])
      return batch.map((item) => (item === 13 ? new Error('unlucky') : undefined))
    },
    batchOf: () => 2,
    mayDrop: (item) => item % 2 === 1,
    onDrop: (item) => this.dropped.push(item),
  })

  push(...items: number[]): void {
    for (const item of items)
      this.queue.push(item).then(
        () => this.done.push(item),
        () => this.done.push(-item),
      )
  }

  async go(): Promise<void> {
    this.release()
    for (let i = 0; i < 50; i++) await Promise.resolve()
  }
}

describe('ordered queue', () => {
  it('drops the oldest and counts it when it is full, and keeps the order of the rest', async () => {
    const slow = new Slow()
    slow.push(1, 3, 5, 7, 9, 11)
    await slow.go()
    // 1 was being worked on already.
    assert.deepEqual(slow.dropped, [3, 5])
    assert.deepEqual(slow.worked, [[1], [7, 9], [11]])
    assert.equal(slow.queue.takeDropped(), 2)
    assert.equal(slow.queue.takeDropped(), 0)
    assert.equal(slow.queue.idle, true)
  })

  it('counts what is dropped as done, at once', async () => {
    const slow = new Slow()
    slow.push(1, 3, 5, 7, 9)
    await Promise.resolve()
    assert.deepEqual(slow.done, [3])
    await slow.go()
    assert.deepEqual(slow.done, [3, 1, 5, 7, 9])
  })

  it('never drops what must not be lost, however much of it waits, and takes the oldest that may be instead', async () => {
    const slow = new Slow()
    slow.push(2, 4, 6, 8, 10, 1, 3, 12, 5, 7)
    await slow.go()
    assert.deepEqual(slow.dropped, [1])
    assert.deepEqual(slow.worked.flat(), [2, 4, 6, 8, 10, 3, 12, 5, 7])
  })

  it('fails only the item that failed', async () => {
    const slow = new Slow()
    slow.push(2, 13, 4)
    await slow.go()
    assert.deepEqual(slow.done, [2, -13, 4])
  })

  it('finishes what waits when it is cleared, and is as empty as new', async () => {
    const slow = new Slow()
    slow.push(2, 1, 3, 5)
    slow.queue.clear()
    slow.push(7, 9, 11, 13)
    await slow.go()
    assert.deepEqual(slow.dropped, [7])
    assert.deepEqual(slow.worked.flat(), [2, 9, 11, 13])
    assert.deepEqual(slow.done, [1, 3, 5, 7, 2, 9, 11, -13])
  })
})
