import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import mqtt from 'mqtt'
import { MqttTransport } from '../../src/sources/transports/mqtt'
import { freePort } from '../node-red'
import { Recorder } from '../sources/transports/recorder'
import { Mosquitto } from '../tools/mosquitto'
import { needsTool } from '../tools/outside-tool'

describe('MQTT transport and a broker that goes away', function () {
  this.timeout(60_000)
  let broker: Mosquitto

  before(async function () {
    needsTool(this, 'mosquitto')
    broker = await Mosquitto.start(await freePort())
  })
  after(() => broker?.stop())

  it('loses no acknowledged message over 10 restarts and reports each outage once', async () => {
    const recorder = new Recorder()
    const settings = {
      url: broker.url,
      options: {},
      topic: 'rig/+/imu',
      qos: 1,
      persistent: true,
      clientId: 'node-1',
      skipRetained: true,
    } as const
    const transport = new MqttTransport(settings, recorder, () => 0)
    transport.open()
    await recorder.until((r) => r.count('connected') === 1)

    const publisher = mqtt.connect(broker.url, { clientId: 'device', clean: false, reconnectPeriod: 50 })
    publisher.on('error', () => undefined)
    const acknowledged: number[] = []
    let sent = 0
    const publishing = setInterval(() => {
      const number = sent++
      publisher.publish('rig/fan/imu', String(number), { qos: 1 }, (error) => {
        if (error === null || error === undefined) acknowledged.push(number)
      })
    }, 5)
    for (let outage = 1; outage <= 10; outage++) {
      await broker.down()
      await recorder.until((r) => r.count('waiting') === outage)
      await broker.up()
      await recorder.until((r) => r.count('connected') === outage + 1)
    }
    clearInterval(publishing)
    await recorder.until((r) => new Set(r.inputs.map((input) => String(input.value))).size === sent)
    await publisher.endAsync(true)
    await transport.close(false)

    const received = new Set(recorder.inputs.map((input) => Number(String(input.value))))
    assert.ok(sent > 500, `${sent} messages were sent`)
    assert.deepEqual(
      acknowledged.filter((number) => !received.has(number)),
      [],
    )
    assert.equal(recorder.count('waiting'), 10)
    assert.equal(recorder.count('connected'), 11)
    assert.ok(recorder.inputs.every((input) => input.topic === 'rig/fan/imu'))
  })

  it('gets with a persistent session what was published while it was closed', async () => {
    const settings = {
      url: broker.url,
      options: {},
      topic: 'late/#',
      qos: 1,
      persistent: true,
      clientId: 'node-2',
      skipRetained: true,
    } as const
    const first = new Recorder()
    const before = new MqttTransport(settings, first, () => 0)
    before.open()
    await first.until((r) => r.count('connected') === 1)
    await before.close(false)

    const publisher = await mqtt.connectAsync(broker.url)
    for (let number = 0; number < 20; number++)
      await publisher.publishAsync('late/x', String(number), { qos: 1 })
    await publisher.endAsync()

    const second = new Recorder()
    const again = new MqttTransport(settings, second, () => 0)
    again.open()
    await second.until((r) => r.inputs.length === 20)
    await again.close(false)
    assert.deepEqual(
      second.inputs.map((input) => String(input.value)),
      Array.from({ length: 20 }, (_, i) => String(i)),
    )
  })

  for (const protocolVersion of [4, 5] as const) {
    it(`leaves nothing behind on the broker where its node is deleted (MQTT ${protocolVersion})`, async () => {
      const clientId = `deleted-${protocolVersion}`
      const options = { protocolVersion }
      const recorder = new Recorder()
      const transport = new MqttTransport(
        {
          url: broker.url,
          options,
          topic: 'gone/#',
          qos: 1,
          persistent: true,
          clientId,
          skipRetained: true,
        },
        recorder,
        () => 0,
      )
      transport.open()
      await recorder.until((r) => r.count('connected') === 1)
      const begin = performance.now()
      await transport.close(true)
      assert.ok(performance.now() - begin < 50, 'it closes within 50 ms')

      const publisher = await mqtt.connectAsync(broker.url)
      await publisher.publishAsync('gone/x', 'late', { qos: 1 })
      const arrived: string[] = []
      const successor = mqtt.connect(broker.url, { ...options, clientId, clean: false })
      successor.on('message', (topic) => arrived.push(topic))
      await new Promise<void>((resolve) => successor.once('connect', () => resolve()))
      await successor.subscribeAsync('end', { qos: 1 })
      await publisher.publishAsync('gone/x', 'later', { qos: 1 })
      await publisher.publishAsync('end', '', { qos: 1 })
      while (!arrived.includes('end')) await sleep(5)
      assert.deepEqual(arrived, ['end'])
      await successor.endAsync()
      await publisher.endAsync()
    })
  }

  it('says which broker it cannot reach, without the password', async () => {
    const recorder = new Recorder()
    const transport = new MqttTransport(
      {
        url: `mqtt://me:secret@127.0.0.1:${await freePort()}`,
        options: {},
        topic: 'x',
        qos: 0,
        persistent: false,
        clientId: 'c',
        skipRetained: true,
      },
      recorder,
      () => 0,
    )
    transport.open()
    await recorder.until((r) => r.count('waiting') === 1)
    const message = recorder.states.at(-1)!.error!.message
    assert.match(message, /mqtt:\/\/127\.0\.0\.1:\d+.*ECONNREFUSED/)
    assert.doesNotMatch(message, /secret/)
    await transport.close(false)
  })
})
