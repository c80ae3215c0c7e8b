import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { startNodeRed } from './node-red'

describe('a Node-RED process of the tests', () => {
  it('carries messages in and out, typed arrays included, and leaves nothing behind', async () => {
    const nodeRed = await startNodeRed({
      flows: [
        { id: 'tab', type: 'tab', label: 'test' },
        { id: 'in', type: 'test-in', z: 'tab', x: 100, y: 100, wires: [['change']] },
        {
          id: 'change',
          type: 'change',
          z: 'tab',
          x: 200,
          y: 100,
          rules: [{ t: 'set', p: 'topic', pt: 'msg', to: 'fan', tot: 'str' }],
          wires: [['out']],
        },
        { id: 'out', type: 'test-out', name: 'end', z: 'tab', x: 300, y: 100, wires: [] },
      ],
    })
    try {
      await nodeRed.send('in', { payload: new Float32Array([1, 2.5]) }, { payload: 2 })
      const [first, second] = await nodeRed.firstMessages('out', 2)
      assert.deepEqual(first!['payload'], new Float32Array([1, 2.5]))
      assert.equal(second!['payload'], 2)
      assert.equal((await nodeRed.next('end'))['topic'], 'fan')
    } finally {
      await nodeRed.stop()
    }
    assert.equal(existsSync(nodeRed.userDir), false)
  })
})
