import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import mqtt from 'mqtt'
import { freePort, startNodeRed, type FlowNode, type NodeRedProcess } from '../node-red'
import { Mosquitto } from '../tools/mosquitto'
import { needsTool } from '../tools/outside-tool'
import {
  arrived,
  assertEachWindowScoredOnce,
  CLOCKS,
  eventOf,
  logged,
  RATE,
  samplesAt,
  sampleOf,
  timeOf,
  timesShown,
  until,
  upTo,
  verdictOf,
  wholeFlow,
  WINDOW,
  type Sample,
} from './whole-flow'

const OUTAGES = 10
const TOPIC = 'press/imu'

const textOf = (sample: Sample): string => JSON.stringify({ ...sample, t: timeOf(sample.n, RATE) })

/** A sensor of its own: 200 samples a second at QoS 1; what it cannot send now it keeps, as its client does. */
class Device {
  readonly sent: Sample[] = []
  readonly acknowledged: number[] = []
  shake = 1
  private readonly client: mqtt.MqttClient
  private timer?: NodeJS.Timeout

  constructor(url: string) {
    this.client = mqtt.connect(url, { clientId: 'device', clean: false, reconnectPeriod: 50 })
    this.client.on('error', () => undefined)
  }

  start(): void {
    this.timer = setInterval(() => this.publish(), 5)
  }

  pause(): void {
    clearInterval(this.timer)
  }

  /** Everything that was sent was acknowledged. */
  async settled(): Promise<void> {
    await until('acknowledged', () => this.acknowledged.length === this.sent.length)
  }

  async end(): Promise<void> {
    this.pause()
    await this.client.endAsync(true)
  }

  /** As a client does that is not sure whether they arrived. */
  repeatLast(count: number): void {
    for (const sample of this.sent.slice(-count)) this.client.publish(TOPIC, textOf(sample), { qos: 1 })
  }

  private publish(): void {
    const sample = sampleOf(this.sent.length, this.shake)
    this.sent.push(sample)
    this.client.publish(TOPIC, textOf(sample), { qos: 1 }, (error) => {
      if (error === null || error === undefined) this.acknowledged.push(sample.n)
    })
  }
}

const server = (port: number): FlowNode => ({
  id: 'broker',
  type: 'mqtt-broker',
  broker: '127.0.0.1',
  port: String(port),
})
const overMqtt = { transport: 'mqtt', broker: 'broker', mqttTopic: TOPIC, qos: '1', persistent: true }

describe('a whole flow and its broker', function () {
  this.timeout(120_000)
  let broker: Mosquitto | undefined
  let device: Device | undefined
  let nodeRed: NodeRedProcess | undefined

  before(function () {
    needsTool(this, 'mosquitto')
  })
  afterEach(async () => {
    await device?.end()
    await nodeRed?.stop()
    await broker?.stop()
    broker = device = nodeRed = undefined
  })

  for (const [name, clock] of Object.entries(CLOCKS)) {
    it(`${OUTAGES} restarts, samples with a ${name} clock: goes on by itself, each told once, every acknowledged sample scored exactly once`, async () => {
      broker = await Mosquitto.start(await freePort())
      nodeRed = await startNodeRed({ flows: wholeFlow({ ...overMqtt, ...clock }, [server(broker.port)]) })
      await nodeRed.waitForLog(/connected to mqtt/)
      device = new Device(broker.url)
      device.start()
      for (let outage = 1; outage <= OUTAGES; outage++) {
        await sleep(200)
        await broker.down()
        await nodeRed.waitForLog(new RegExp(`(no connection[^]*){${outage}}`))
        await broker.up()
        await nodeRed.waitForLog(new RegExp(`(connected again[^]*){${outage}}`))
        device.repeatLast(30)
      }
      // Strange for a second: the way to the alert is whole.
      device.shake = 8
      // One normal window in twenty is flagged as well, so it is the height that tells.
      await nodeRed.next('verdicts', (message) => {
        const { score, threshold } = verdictOf(message)
        return (score ?? 0) > 3 * (threshold ?? Infinity)
      })
      await nodeRed.next('events', (message) => eventOf(message)['kind'] === 'begin')
      const { acknowledged, sent } = device
      await until('whole windows', () => sent.length % WINDOW === 0)
      device.pause()
      await device.settled()
      await arrived(nodeRed, sent.at(-1)!)

      assert.ok(sent.length > 1000, `${sent.length} samples were sent`)
      assert.equal(new Set(acknowledged).size, sent.length)
      assert.deepEqual(samplesAt(nodeRed, 'samples', sent), upTo(sent.length))
      await nodeRed.firstMessages('verdicts', sent.length / WINDOW)
      assert.deepEqual(samplesAt(nodeRed, 'windows', sent), upTo(sent.length))
      assertEachWindowScoredOnce(nodeRed)
      const verdicts = nodeRed.messages('verdicts').map(verdictOf)
      assert.equal(verdicts.at(-1)?.reason, 'ANOMALY')
      assert.equal(verdicts.filter(({ inSample }) => inSample).length, 30)

      assert.equal(logged(nodeRed, /no connection to the broker mqtt:\/\/127\.0\.0\.1/).length, OUTAGES)
      assert.equal(logged(nodeRed, /connected again to mqtt:\/\/127\.0\.0\.1/).length, OUTAGES)
      assert.deepEqual(
        logged(nodeRed, /\[(warn|error)\] \[anomaly-(?!.*(no connection|samples of .* left out))/),
        [],
      )
      assert.equal(timesShown(nodeRed, 'disconnected'), OUTAGES)
      assert.deepEqual(nodeRed.messages('errors'), [])
    })
  }

  it('no broker when it is deployed: says which one, Node-RED lives, and it works once the broker is there', async () => {
    const port = await freePort()
    nodeRed = await startNodeRed({ flows: wholeFlow({ ...overMqtt, ...CLOCKS.sequence }, [server(port)]) })
    const line = await nodeRed.waitForLog(/no connection to the broker mqtt:\/\/127\.0\.0\.1:(\d+) .*/)
    assert.equal(line[1], String(port))
    assert.match(line[0], /ECONNREFUSED.*check that it runs and its address.*trying again until it is back/)
    await sleep(2500) // it tries again and again, without a word
    assert.equal(logged(nodeRed, /no connection/).length, 1)
    assert.match(await nodeRed.request('/settings'), /version/)
    broker = await Mosquitto.start(port)
    await nodeRed.waitForLog(/connected again to mqtt/)
    device = new Device(broker.url)
    device.start()
    await nodeRed.next('windows')
    assert.equal(samplesAt(nodeRed, 'samples', device.sent)[0], 0)
  })
})
