import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readSourceSettings, readSerialSettings } from '../../nodes/imu-source/settings'
import type { Frame } from '../../src/core/frame'
import { format, type MessageKey, type MessageParams } from '../../src/core/messages'
import type { Host } from '../../src/runtime/host'
import { hex } from '../../src/sources/i2c/bus'
import { CHIPS } from '../../src/sources/i2c/chips/registry'
import { freePort, packageRoot } from '../node-red'
import { Flow, type FlowDefinition } from './flow'

const statesOf = (flow: Flow): string[] =>
  flow.at('states').map(({ status }) => {
    const { fill, text } = status as { fill: string; text: string }
    return `${fill}: ${text}`
  })
const framesAt = (flow: Flow): Frame[] =>
  flow.at('out').flatMap(({ anomaly, payload }) => (anomaly === undefined ? [payload as Frame] : []))
async function until(what: string, isTrue: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; !isTrue(); await sleep(5))
    if (Date.now() > end) assert.fail(`${what} never came true`)
}

describe('anomaly-imu-source', function () {
  this.timeout(20_000)
  let flow: Flow
  afterEach(() => flow.end())

  const load = async (...sources: readonly object[]): Promise<void> => {
    const nodes = sources.map((settings) => ({
      id: 'source',
      type: 'anomaly-imu-source',
      transport: 'message',
      wires: [['out']],
      ...settings,
    }))
    flow = await Flow.load([
      ...nodes,
      { id: 'out', type: 'helper' },
      { id: 'catch', type: 'catch', scope: null, wires: [['errors']] },
      { id: 'errors', type: 'helper' },
      { id: 'status', type: 'status', scope: ['source'], wires: [['states']] },
      { id: 'states', type: 'helper' },
    ] satisfies readonly FlowDefinition[])
  }
  const send = (topic: string, payload: unknown): void => flow.send('source', { topic, payload })
  const post = (port: number, path: string, body: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}/${path}`, { method: 'POST', body })

  it('makes frames of messages: chosen channels, value = raw × scale + offset, unit and times', async () => {
    const channels = [
      { name: 'az', unit: 'g', scale: '0.5', offset: '1', from: 'z' },
      { name: 'ax', unit: 'm/s²', scale: '', offset: '', from: '' },
    ]
    await load({ channels, rate: '100', clock: 'device', timeField: 't', timeUnit: 's' })
    send('fan', { t: 1_700_000_000, ax: 3, y: 9, z: 4 })
    send('fan', { t: 1_700_000_000.01, ax: 5, y: 9, z: 8 })
    await flow.settle()
    const frames = framesAt(flow)
    assert.deepEqual(frames[0]!.channels, ['az', 'ax'])
    assert.deepEqual(frames[0]!.units, ['g', 'm/s²'])
    assert.deepEqual(
      frames.map(({ start, data }) => [start, ...data]),
      [
        [1_700_000_000_000, 3, 3],
        [1_700_000_000_010, 5, 5],
      ],
    )
    assert.deepEqual(frames[0]!.contract, ['source az,ax g,m/s² 100 Hz'])
  })

  it('is one stream where Stream is set, whatever the topics; else each topic is one', async () => {
    await load({ streamTopic: 'machine' })
    send('192.168.0.7', { x: 1 })
    send('192.168.0.8', { x: 2 })
    await flow.settle()
    assert.deepEqual(
      flow.at('out').map(({ topic }) => topic),
      ['machine', 'machine'],
    )
    await flow.end()
    await load({})
    send('a', { x: 1 })
    send('b', { x: 2 })
    await flow.settle()
    assert.deepEqual(
      flow.at('out').map(({ topic }) => topic),
      ['a', 'b'],
    )
  })

  it('tells what is wrong with what it takes by HTTP: red status, one error for Catch nodes, until it is right again', async () => {
    const port = await freePort()
    await load({ transport: 'http', httpHost: '127.0.0.1', httpPort: String(port) })
    await until('listening', () => statesOf(flow).includes('green: waiting for data'))
    await post(port, 'fan', '{"x": 1}')
    await until('samples', () => framesAt(flow).length === 1)
    for (let i = 0; i < 3; i++) await post(port, 'fan', 'xxxx')
    await until('bad input', () => statesOf(flow).at(-1) === 'red: bad input')
    const errors = flow.at('errors')
    assert.deepEqual(
      errors.map(({ topic }) => topic),
      ['fan'],
    )
    assert.match((errors[0]!['error'] as { message: string }).message, /JSON/)
    await post(port, 'pump', '{"x": 1}')
    await until('one of two', () => statesOf(flow).at(-1) === 'red: 1/2 bad input')
    await post(port, 'fan', '{"x": 2}')
    await until('a rate', () => /^green: .* Hz$/.test(statesOf(flow).at(-1)!))
  })

  it('has a line in the log for each stream that falls silent and comes back, also soon after, and says so in the status', async () => {
    await load({ noDataAfter: '1' })
    const silent = (): string[] => flow.logged('source').filter((line) => /no data for/.test(line))
    const back = (): string[] => flow.logged('source').filter((line) => /sends data again/.test(line))
    for (const topic of ['a', 'b', 'c']) send(topic, { x: 1 })
    await until('three lines', () => silent().length >= 3)
    assert.deepEqual(silent().map((line) => line[0]), ['a', 'b', 'c']) // prettier-ignore
    await until('no data', () => statesOf(flow).at(-1) === 'red: no data')
    await sleep(1500)
    assert.equal(statesOf(flow).at(-1), 'red: no data')

    const pump = setInterval(() => send('b', { x: 1 }), 100)
    try {
      await until('b is back', () => back().length === 1)
      await until('two are silent', () => statesOf(flow).at(-1) === 'yellow: 2/3 silent')
    } finally {
      clearInterval(pump)
    }
    assert.deepEqual(back(), ['b sends data again'])
  })

  it('gives a sensor on I2C to one source: another one of the same bus and address is told who has it', async () => {
    const sensor = { transport: 'i2c', chip: 'mpu6050', i2cBus: '99' }
    await load(
      { ...sensor, id: 'first', name: 'fan' },
      { ...sensor, address: '104' },
      { ...sensor, id: 'third', address: '105' },
    )
    const problems = (id: string): string[] => flow.logged(id).filter((line) => /already/.test(line))
    await flow.settle()
    assert.match(problems('source').join(), /0x68 on bus 99 is read by the source fan already/)
    assert.deepEqual([problems('first'), problems('third')], [[], []])
    await flow.end()
    await load({ ...sensor })
    await flow.settle()
    assert.deepEqual(problems('source'), [])
  })
})

describe('help of anomaly-imu-source', () => {
  const help = readFileSync(path.join(packageRoot, 'nodes/imu-source/locales/en-US/imu-source.html'), 'utf8')

  it('has the ranges, rates and addresses of each chip', () => {
    const lines = help.split('<li>')
    for (const { label, ranges, gyroRanges, rates, addresses } of CHIPS) {
      const line = lines.find((one) => one.split(':')[0]!.split(', ').includes(label))
      assert.ok(line !== undefined, label)
      const parts = [
        `± ${ranges[0]} to ${ranges.at(-1)} g`,
        gyroRanges.length === 0 ? '' : `± ${gyroRanges[0]} to ${gyroRanges.at(-1)} °/s`,
        `${rates[0]} to ${rates.at(-1)} Hz`,
        addresses.map(hex).join(' or '),
      ]
      for (const part of parts) assert.ok(line.replace('address ', '').includes(part), `${label}: ${part}`)
    }
  })
})

describe('settings of anomaly-imu-source', () => {
  const text = (key: MessageKey, params: MessageParams = {}): string => format(key, params)
  const host = { text } as unknown as Host
  const noDataAfter = (config: object, transport: 'http' | 'i2c' = 'http'): number =>
    readSourceSettings(config as Readonly<Record<string, unknown>>, transport, host).noDataAfter

  it('waits 10 s before it says NO_DATA, and 180 s where messages are recordings with pauses between them', () => {
    assert.equal(noDataAfter({}), 10_000)
    assert.equal(noDataAfter({ continuity: 'separate' }), 180_000)
    assert.equal(noDataAfter({ continuity: 'separate', noDataAfter: '5' }), 5000)
    assert.equal(noDataAfter({ continuity: 'separate' }, 'i2c'), 10_000)
  })

  it('names all bits that the dialog offers where others are set', () => {
    const read = (serialMode: string): unknown =>
      readSerialSettings({ serialPath: '/dev/x', serialMode }, host, 10_000)
    assert.throws(() => read('9N1'), /Bits must be one of 8N1, 8E1, 8O1, 8N2, 7E1, 7O1, 7N1, not 9N1/)
    assert.doesNotThrow(() => read('8N2'))
  })
})
