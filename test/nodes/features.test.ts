import assert from 'node:assert/strict'
import { FAN_DEFAULTS, FanRig } from '../../src/core/simulate/fan-rig'
import type { Frame } from '../../src/core/frame'
import { Flow } from './flow'

/** One second of the simulated fan. */
function second(rig: FanRig): Frame {
  return { channels: ['ax', 'ay', 'az'], rate: 200, start: 0, data: rig.next(200)! }
}

describe('node anomaly-features', () => {
  let flow: Flow
  afterEach(() => flow.end())

  it('makes features of a machine at work, and says MACHINE_OFF of one at rest', async () => {
    flow = await Flow.load([
      { id: 'features', type: 'anomaly-features', offBelow: '0.006', offChannels: 'ax ay', wires: [['out']] },
      { id: 'out', type: 'helper' },
    ])
    for (const speed of ['low', 'off', 'high'] as const) {
      flow.send('features', { topic: 'fan', payload: second(new FanRig({ ...FAN_DEFAULTS, speed })) })
    }
    await flow.settle()
    const [low, off, high] = flow.at('out')
    assert.equal((low!.payload as Frame).channels.length, 42)
    assert.equal(off!.anomaly!.reason, 'MACHINE_OFF')
    assert.equal(off!.payload, null)
    assert.equal(off!.topic, 'fan')
    assert.equal((high!.payload as Frame).channels.length, 42)
  })
})
