import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import os from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Frame } from '../../src/core/frame'
import type { Message } from '../../src/runtime/message'
import { Flow } from './flow'

describe('node anomaly-system-metrics', () => {
  let flow: Flow
  afterEach(() => flow.end())

  async function load(settings: Readonly<Record<string, unknown>>): Promise<void> {
    flow = await Flow.load([
      { id: 'metrics', type: 'anomaly-system-metrics', period: '0.1', ...settings, wires: [['out']] },
      { id: 'out', type: 'helper' },
      { id: 'caught', type: 'catch', scope: null, uncaught: false, wires: [['errors']] },
      { id: 'errors', type: 'helper' },
    ])
  }

  async function messages(count: number): Promise<readonly Message[]> {
    while (flow.at('out').length < count) await sleep(10)
    return flow.at('out')
  }

  it('sends a row of the metrics chosen each period, in the same order whatever was chosen first', async () => {
    await load({ metrics: ['memory', 'cpu'] })
    const [first, second] = await messages(2)
    const frame = first!.payload as Frame
    assert.deepEqual([frame.channels, frame.units, frame.rate], [['cpu', 'memory'], ['%', '%'], 10])
    assert.deepEqual(frame.contract, ['source cpu,memory % 10 Hz'])
    assert.ok(frame.data.every((value) => value >= 0 && value <= 100))
    assert.equal(first!.topic, os.hostname())
    const step = (second!.payload as Frame).start - frame.start
    assert.ok(step > 0)
    assert.notEqual(frame.data.buffer, (second!.payload as Frame).data.buffer)
  })

  it('leaves out what the machine lacks, and warns of it once', async function () {
    if (existsSync('/sys/devices/platform/soc/soc:firmware')) this.skip()
    await load({ metrics: ['memory', 'throttling'] })
    const [first] = await messages(4)
    assert.deepEqual((first!.payload as Frame).channels, ['memory'])
    const { args } = (flow.node('metrics') as unknown as { warn: { args: [string][] } }).warn
    assert.deepEqual(args, [['Metrics: this machine has no throttling of a Raspberry Pi; left out']])
  })

  it('pauses and goes on', async () => {
    await load({ metrics: ['memory'], streamTopic: 'pi' })
    assert.equal((await messages(1))[0]!.topic, 'pi')
    flow.send('metrics', { payload: 'stop' })
    await flow.settle()
    const { length } = flow.at('out')
    await sleep(350)
    assert.ok(flow.at('out').length <= length + 1, 'one look may have been on its way')
    flow.send('metrics', { payload: 'start' })
    await messages(length + 3)
    flow.send('metrics', { payload: 'faster' })
    await flow.settle()
    assert.match(
      (flow.at('errors')[0]!['error'] as { message: string }).message,
      /msg\.payload must be "start" or "stop"/,
    )
  })

  it('names the setting that is wrong', async () => {
    await load({ metrics: ['cpu', 'colour'] })
    flow.send('metrics', { payload: 'start' })
    await flow.settle()
    assert.match(
      (flow.at('errors')[0]!['error'] as { message: string }).message,
      /Metrics must be one of cpu, cores/,
    )
  })
})
