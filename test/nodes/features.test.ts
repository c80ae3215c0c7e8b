import assert from 'node:assert/strict'
import { FAN_DEFAULTS, FanRig } from '../../src/core/simulate/fan-rig'
import type { Frame } from '../../src/core/frame'
import { Flow } from './flow'

/** One second of the simulated fan. */
function second(rig: FanRig): Frame {
  return { channels: ['ax', 'ay', 'az'], rate: 200, start: 0, data: rig.next(200)! }
}

/** Rows of `cpu` at 1 Hz. */
function load(...values: readonly number[]): Frame {
  return { channels: ['cpu'], start: 0, data: Float32Array.from(values) }
}
const SLOW = { id: 'features', type: 'anomaly-features', preset: 'slow', lags: '2', wires: [['out']] }
const OUT = { id: 'out', type: 'helper' }

/** What the node reported, and its status. */
function told(flow: Flow, what: 'error' | 'warn'): readonly string[] {
  const { args } = flow.node('features')[what] as unknown as { args: readonly (readonly string[])[] }
  return args.map(([text]) => String(text))
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

  it('takes the level of a slow metric, not what it varies, for the sign of a machine that is off', async () => {
    flow = await Flow.load([{ ...SLOW, removeMean: true, offBelow: '10' }, OUT])
    flow.send('features', { payload: load(50, 51, 52, 50, 51) })
    flow.send('features', { payload: load(2, 3, 2, 2, 3) })
    await flow.settle()
    const [busy, idle] = flow.at('out')
    assert.deepEqual([...(busy!.payload as Frame).data], [51, 50, 1])
    assert.equal(idle!.anomaly!.reason, 'MACHINE_OFF')
    assert.match(idle!.anomaly!.detail ?? '', /its level is 2\.45, below 10/)
  })

  it('leaves out of account what a preset hides', async () => {
    flow = await Flow.load([{ ...SLOW, bands: '20,5', resolution: 'none' }, OUT])
    flow.send('features', { payload: load(1, 2, 4) })
    await flow.settle()
    assert.deepEqual([...(flow.at('out')[0]!.payload as Frame).data], [4, 2, 2])
  })

  it('names settings as the dialog does', async () => {
    const bad: [Record<string, unknown>, string][] = [
      [{ preset: 'list', features: [] }, 'Features is empty: fill it in'],
      [{ lags: '0' }, 'Past values must be from 1 to 512, not 0'],
      [{ constantWindow: 'x' }, 'Constant channel must be one of auto, stuck, score, not "x"'],
    ]
    for (const [settings, text] of bad) {
      flow = await Flow.load([{ ...SLOW, ...settings }, OUT])
      assert.deepEqual(told(flow, 'error'), [text])
      await flow.end()
    }
    flow = await Flow.load([{ ...SLOW, preset: 'default', bands: '5, 200' }, OUT])
    flow.send('features', { payload: second(new FanRig(FAN_DEFAULTS)) })
    await flow.settle()
    assert.match(told(flow, 'error').join(), /^InputError: Bands reach to 200 Hz, but samples at 200 Hz/)
  })

  it('warns once where the spectrum is taken of samples at irregular times', async () => {
    flow = await Flow.load([{ ...SLOW, preset: 'list', features: ['dominant_frequency'] }, OUT])
    const window = second(new FanRig(FAN_DEFAULTS))
    const times = Float64Array.from({ length: 200 }, (_, i) => 10 * i + (i % 3))
    for (const topic of ['a', 'a', 'b']) flow.send('features', { topic, payload: { ...window, times } })
    await flow.settle()
    assert.equal(flow.at('out').length, 3)
    assert.deepEqual(told(flow, 'warn'), [
      'msg.payload: the samples do not come at 200 Hz, so what is computed of their spectrum is not true (dominant_frequency): set Resample to in the window node',
    ])
  })
})
