import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Frame } from '../../src/core/frame'
import { makeSimulator, SIMULATORS } from '../../src/core/simulate/registry'
import type { Message } from '../../src/runtime/message'
import { Flow } from './flow'

describe('node anomaly-simulate', () => {
  let flow: Flow
  afterEach(() => flow.end())

  async function load(settings: Readonly<Record<string, unknown>>): Promise<void> {
    flow = await Flow.load([
      { id: 'machine', type: 'anomaly-simulate', pace: '1000', ...settings, wires: [['out']] },
      { id: 'out', type: 'helper' },
      { id: 'caught', type: 'catch', scope: null, uncaught: false, wires: [['errors']] },
      { id: 'errors', type: 'helper' },
    ])
  }

  async function until(isThere: (messages: readonly Message[]) => boolean): Promise<readonly Message[]> {
    while (!isThere(flow.at('out'))) await sleep(5)
    return flow.at('out')
  }

  it('sends what the machine makes with these settings, in frames a second apart', async () => {
    const channels = [{ name: 'flow', unit: 'l/s', level: '7', swing: '1', period: '10', noise: '0.1' }]
    await load({ machine: 'sensors', seed: '4', settings: { rate: '2', channels }, batch: '2' })
    const messages = await until(({ length }) => length >= 3)
    const frames = messages.slice(0, 3).map(({ payload }) => payload as Frame)
    const spec = SIMULATORS.find(({ name }) => name === 'sensors')!
    const twin = makeSimulator(spec, { seed: '4', rate: '2', channels })
    assert.deepEqual(frames.flatMap(({ data }) => [...data]), [...twin.next(6)!]) // prettier-ignore
    assert.deepEqual(frames[0]!.units, ['l/s'])
    assert.deepEqual(frames[0]!.contract, ['source flow l/s 2 Hz'])
    assert.deepEqual([frames[1]!.start - frames[0]!.start, frames[2]!.start - frames[1]!.start], [1000, 1000])
    assert.deepEqual([messages[0]!.topic, messages[0]!['label']], ['sensors', 'normal'])
  })

  it('labels what was ordered and what comes by chance', async () => {
    await load({ machine: 'pi', faultsPerHour: '3600' })
    await until((messages) => messages.some(({ label }) => label !== 'normal'))
    flow.send('machine', { payload: { burn: true } })
    await until((messages) => messages.at(-1)!['label'] === 'burn')
  })

  it('tells once a second which sensor has dropped out, with the label of it', async () => {
    await load({ machine: 'sensors', seed: '4' })
    flow.send('machine', { payload: { fault: 'dropout', channel: 'pressure', seconds: 5 } })
    const messages = await until((all) => all.filter(({ anomaly }) => anomaly !== undefined).length >= 5)
    const told = messages.filter(({ anomaly }) => anomaly !== undefined)
    assert.deepEqual(told.map(({ anomaly, label }) => [anomaly!.reason, anomaly!.detail, label]), Array(5).fill(['DROPOUT', 'no value of pressure', 'dropout'])) // prettier-ignore
    assert.deepEqual(told[0]!.anomaly!.contract, ['source temp,pressure,vibration °C,bar,g 1 Hz'])
    assert.equal(told[0]!.anomaly!.window.end - told[0]!.anomaly!.window.start, 1000)
    assert.ok((await until((all) => all.at(-1)!.anomaly === undefined)).at(-1)!['label'] === 'normal')
  })

  it('tells of a whole sensor that is silent a second at a time, and of the rest when it is back', async () => {
    await load({ machine: 'fan', pace: '20' })
    await until(({ length }) => length > 3)
    flow.send('machine', { payload: { fault: 'dropout' } })
    await until((all) => all.filter(({ anomaly }) => anomaly !== undefined).length >= 2)
    flow.send('machine', { payload: { fault: 'none' } })
    const { length } = flow.at('out')
    const all = await until((messages) => messages.length > length + 5)
    const spans = all.map(({ anomaly, payload }) => anomaly?.window ?? { start: (payload as Frame).start, end: (payload as Frame).start + 100 }) // prettier-ignore
    spans.slice(1).forEach(({ start }, i) => assert.ok(Math.abs(start - spans[i]!.end) < 1e-6, String(i)))
    assert.equal(all.find(({ anomaly }) => anomaly !== undefined)!.anomaly!.detail, 'no value of ax, ay, az')
  })

  it('never lets time run backwards, at whatever pace it is stopped and started', async () => {
    await load({ machine: 'sensors', pace: '1000' })
    await until(({ length }) => length > 50)
    flow.send('machine', { payload: 'stop' })
    flow.send('machine', { payload: 'start' })
    const { length } = flow.at('out')
    const messages = await until((all) => all.length > length + 5)
    const starts = messages.map(({ payload }) => (payload as Frame).start)
    starts.slice(1).forEach((start, i) => assert.ok(start > starts[i]!, `${start - starts[i]!} ms`))
  })

  it('refuses an order that the machine does not know, and goes on', async () => {
    await load({ machine: 'pi' })
    flow.send('machine', { payload: { coin: true } })
    flow.send('machine', { payload: 'faster' })
    const { length } = flow.at('out')
    await until((messages) => messages.length > length)
    const texts = flow.at('errors').map(({ error }) => (error as { message: string }).message)
    assert.match(texts[0]!, /msg\.payload holds no order that this machine knows \(burn, leak, blocked\)/)
    assert.match(texts[1]!, /msg\.payload must be an object of settings/)
  })
})
