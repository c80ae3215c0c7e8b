import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import mqtt, { type IClientOptions } from 'mqtt'
import type { Frame } from '../../src/core/frame'
import type { Message } from '../../src/runtime/message'
import { freePort } from '../node-red'
import { Certificates } from '../tools/certificates'
import { Mosquitto } from '../tools/mosquitto'
import { needsTool } from '../tools/outside-tool'
import { Flow, type FlowDefinition } from './flow'

const valuesOf = (messages: readonly Message[]): number[] =>
  messages.flatMap(({ payload, anomaly }) => (anomaly === undefined ? [...(payload as Frame).data] : []))

describe('anomaly-imu-source by MQTT, through the MQTT broker node of Node-RED', function () {
  this.timeout(30_000)
  let broker: Mosquitto | undefined
  let flow: Flow | undefined

  before(function () {
    needsTool(this, 'mosquitto')
  })
  afterEach(async () => {
    await flow?.end()
    await broker?.stop()
    flow = broker = undefined
  })

  const server = (settings: object = {}): FlowDefinition => ({
    id: 'server',
    type: 'mqtt-broker',
    broker: '127.0.0.1',
    port: String(broker!.port),
    protocolVersion: '4',
    ...settings,
  })
  const source = (settings: object = {}): FlowDefinition => ({
    id: 'source',
    type: 'anomaly-imu-source',
    transport: 'mqtt',
    broker: 'server',
    mqttTopic: 'rig/+/imu',
    clientId: 'first',
    wires: [['out']],
    ...settings,
  })
  const OTHERS: readonly FlowDefinition[] = [
    { id: 'out', type: 'helper' },
    { id: 'status', type: 'status', scope: ['source'], wires: [['states']] },
    { id: 'states', type: 'helper' },
  ]
  async function publish(
    topic: string,
    values: readonly number[],
    options: mqtt.IClientPublishOptions = { qos: 1 },
    connection: IClientOptions = {},
  ): Promise<void> {
    const client = await mqtt.connectAsync(broker!.url, { ...connection, reconnectPeriod: 0 })
    for (const x of values) await client.publishAsync(topic, JSON.stringify({ x }), options)
    await client.endAsync()
  }
  async function until(what: string, isTrue: () => boolean): Promise<void> {
    for (const end = Date.now() + 15_000; !isTrue(); await sleep(5))
      if (Date.now() > end) assert.fail(`${what} never came true: ${flow?.logged('source').join('; ')}`)
  }
  const wasShown = (text: string): boolean =>
    flow!.at('states').some((message) => (message['status'] as { text: string }).text === text)
  const connected = (): Promise<void> => until('connected', () => wasShown('waiting for data'))
  const logged = (text: RegExp): Promise<void> =>
    until(`${String(text)} in the log`, () => flow!.logged('source').some((line) => text.test(line)))

  for (const qos of [0, 1, 2] as const) {
    it(`takes each message of QoS ${qos} once, in order, to the exact value`, async () => {
      broker = await Mosquitto.start(await freePort())
      flow = await Flow.load([server(), source({ qos: String(qos) }), ...OTHERS])
      await connected()
      const sent = Array.from({ length: 40 }, (_, i) => i / 8)
      await publish('rig/fan/imu', sent, { qos })
      await until('40 samples', () => valuesOf(flow!.at('out')).length >= 40)
      await sleep(100)
      assert.deepEqual(valuesOf(flow.at('out')), sent)
      assert.ok(flow.at('out').every(({ topic }) => topic === 'rig/fan/imu'))
    })
  }

  it('comes in with user and password, says so where they are wrong, and comes in once they are right', async () => {
    broker = await Mosquitto.start(await freePort(), { user: { name: 'pi', password: 'right' } })
    flow = await Flow.load([server(), source(), ...OTHERS], undefined, {
      server: { user: 'pi', password: 'changed' },
    })
    await logged(/refuses this node \(Connection refused: Not authorized\): check user, password/)
    await until('disconnected', () => wasShown('disconnected'))
    assert.ok(!flow.logged('source').some((line) => /changed|check that it runs/.test(line)))
    broker.setPassword('pi', 'changed')
    await connected()
    await publish('rig/fan/imu', [1, 2, 3], { qos: 1 }, { username: 'pi', password: 'changed' })
    await until('3 samples', () => valuesOf(flow!.at('out')).length === 3)
    assert.deepEqual(valuesOf(flow.at('out')), [1, 2, 3])
  })

  describe('over TLS', () => {
    let files: Certificates
    before(function () {
      needsTool(this, 'openssl')
      files = new Certificates()
    })
    after(() => files?.remove())

    const encrypted = (ca: string): FlowDefinition[] => [
      { id: 'tls', type: 'tls-config', cert: '', key: '', ca, certname: '', keyname: '', caname: '', servername: '', verifyservercert: true }, // prettier-ignore
      server({ usetls: true, tls: 'tls' }),
    ]

    it('takes samples from a broker whose certificate is of the authority that is set', async () => {
      broker = await Mosquitto.start(await freePort(), { tls: files })
      flow = await Flow.load([...encrypted(files.ca), source(), ...OTHERS])
      await connected()
      const client = await mqtt.connectAsync(`mqtts://127.0.0.1:${broker.port}`, {
        ca: readFileSync(files.ca),
      })
      await client.publishAsync('rig/fan/imu', '{"x": 0.25}', { qos: 1 })
      await client.endAsync()
      await until('a sample', () => valuesOf(flow!.at('out')).length === 1)
      assert.deepEqual(valuesOf(flow.at('out')), [0.25])
    })

    it('refuses a certificate that nobody vouches for, and says where to look', async () => {
      broker = await Mosquitto.start(await freePort(), { tls: files })
      flow = await Flow.load([...encrypted(''), source(), ...OTHERS])
      await logged(
        /no encrypted connection to the broker .*certificate.*check CA certificate, server name and port/,
      )
      await until('disconnected', () => wasShown('disconnected'))
    })
  })

  it('shares a subscription: each message goes to one of two sources', async () => {
    broker = await Mosquitto.start(await freePort())
    const shared = { mqttTopic: '$share/workers/rig/#', persistent: false }
    flow = await Flow.load([
      server({ protocolVersion: '5' }),
      source({ ...shared }),
      source({ ...shared, id: 'second', clientId: 'second', wires: [['out 2']] }),
      ...OTHERS,
      { id: 'out 2', type: 'helper' },
    ])
    const isIn = (id: string): boolean => flow!.logged(id).some((line) => line.startsWith('connected'))
    await until('both connected', () => isIn('source') && isIn('second'))
    const sent = Array.from({ length: 40 }, (_, i) => i)
    await publish('rig/fan/imu', sent)
    const parts = (): number[][] => [valuesOf(flow!.at('out')), valuesOf(flow!.at('out 2'))]
    await until('40 samples', () => parts().flat().length >= 40)
    assert.deepEqual(
      parts().flat().sort((a, b) => a - b), // prettier-ignore
      sent,
    )
    assert.ok(parts().every((part) => part.length > 0))
  })

  it('leaves out what the broker kept where the time is that of arrival, and takes it where it has its own', async () => {
    broker = await Mosquitto.start(await freePort())
    await publish('rig/old/imu', [1], { qos: 1, retain: true })
    flow = await Flow.load([server(), source(), ...OTHERS])
    await connected()
    await publish('rig/new/imu', [2], { qos: 1, retain: true })
    await until('a sample', () => valuesOf(flow!.at('out')).length > 0)
    await sleep(100)
    assert.deepEqual(valuesOf(flow.at('out')), [2])
    await flow.end()

    const timed = { clock: 'device', timeField: 'time', mqttTopic: 'timed/#' }
    const payload = JSON.stringify({ time: 1_700_000_000_000, x: 3 })
    const client = await mqtt.connectAsync(broker.url)
    await client.publishAsync('timed/fan', payload, { qos: 1, retain: true })
    await client.endAsync()
    flow = await Flow.load([server(), source(timed), ...OTHERS])
    await until('what it kept', () => flow!.at('out').length > 0)
    const frame = flow.at('out')[0]!.payload as Frame
    assert.deepEqual([frame.start, ...frame.data], [1_700_000_000_000, 3])
  })

  it('gives up the topics of before where they are changed: nothing of them comes, and their silence is no fault', async () => {
    broker = await Mosquitto.start(await freePort())
    const timed = { noDataAfter: '1' }
    flow = await Flow.load([server(), source({ ...timed, mqttTopic: 'old/#' }), ...OTHERS])
    await connected()
    await publish('old/fan', [1])
    await until('a sample', () => valuesOf(flow!.at('out')).length === 1)
    await flow.unload()
    await publish('old/fan', [2])

    flow = await Flow.load([server(), source({ ...timed, mqttTopic: 'new/#' }), ...OTHERS], flow.userDir)
    await connected()
    await publish('old/fan', [3])
    for (let i = 0; i < 15; i++) {
      await publish('new/fan', [4])
      await sleep(100)
    }
    await flow.settle()
    assert.deepEqual(new Set(flow.at('out').map(({ topic }) => topic)), new Set(['new/fan']))
    assert.deepEqual(new Set(valuesOf(flow.at('out'))), new Set([4]))
  })
})
