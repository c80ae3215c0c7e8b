import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { TrainingQueue } from '../../src/train/training-queue'

describe('the queue of trainings', () => {
  it('lets one run at a time, in the order in which they were asked for, and tells the others how many come first', async () => {
    const queue = new TrainingQueue()
    const said: string[] = []
    let running = 0
    await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        queue.run(
          async () => {
            said.push(`${name} begins beside ${running++}`)
            await sleep(5)
            running--
          },
          { waits: (ahead) => said.push(`${name} waits for ${ahead}`) },
        ),
      ),
    )
    assert.deepEqual(said, [
      ...['a begins beside 0', 'b waits for 1', 'c waits for 2', 'b begins beside 0', 'c begins beside 0'],
    ])
  })

  it('goes on after one that failed, and leaves out one that was given up while it waited', async () => {
    const queue = new TrainingQueue()
    const done: string[] = []
    const controller = new AbortController()
    const failing = queue.run(async () => {
      await sleep(5)
      throw new Error('diverged')
    })
    const given = queue.run(() => Promise.resolve(void done.push('given up')), { signal: controller.signal })
    const last = queue.run(() => Promise.resolve(void done.push('last')))
    controller.abort(new Error('redeployed'))
    await assert.rejects(given, { message: 'redeployed' })
    await assert.rejects(failing, { message: 'diverged' })
    await last
    assert.deepEqual(done, ['last'])
    assert.equal(await queue.run(() => Promise.resolve(7)), 7)
  })
})
