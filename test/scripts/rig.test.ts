import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import path from 'node:path'
import { Aedes } from 'aedes'
import mqtt, { type MqttClient } from 'mqtt'
import { freePort, packageRoot } from '../node-red'

interface Batch {
  readonly seq: number
  readonly time: number
  readonly ax: readonly number[]
  readonly ay: readonly number[]
  readonly az: readonly number[]
}

describe('the rig as a device over MQTT', () => {
  let broker: Aedes
  let server: Server
  let client: MqttClient
  let rig: ChildProcess
  const batches: Batch[] = []
  const states: Readonly<Record<string, unknown>>[] = []
  let wake: () => void = () => {}

  async function until<T>(look: () => T | undefined): Promise<T> {
    for (;;) {
      const found = look()
      if (found !== undefined) return found
      await new Promise<void>((resolve) => (wake = resolve))
    }
  }

  function order(text: string): void {
    client.publish('rig/fan/control', text, { qos: 1 })
  }

  before(async () => {
    const port = await freePort()
    broker = await Aedes.createBroker()
    server = createServer(broker.handle).listen(port, '127.0.0.1')
    const url = `mqtt://127.0.0.1:${port}`
    client = await mqtt.connectAsync(url)
    await client.subscribeAsync(['rig/fan/imu', 'rig/fan/state'])
    client.on('message', (topic, payload) => {
      const message = JSON.parse(payload.toString()) as Batch & Record<string, unknown>
      if (topic.endsWith('imu')) batches.push(message)
      else states.push(message)
      wake()
    })
    const script = path.join(packageRoot, 'scripts', 'rig.mjs')
    rig = spawn(process.execPath, [script, '--url', url, '--seed', '3'], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
  })

  after(async () => {
    rig.kill('SIGTERM')
    client.end(true)
    await new Promise<void>((resolve) => broker.close(resolve))
    server.close()
  })

  it('says its settings, retained for whoever comes later', async () => {
    const state = await until(() => states[0])
    assert.deepEqual(state, { speed: 'low', coin: false, fault: 'none', seed: 3 })
    const late = mqtt.connect(`mqtt://127.0.0.1:${(server.address() as { port: number }).port}`)
    const arrived = new Promise<string>((resolve) =>
      late.on('message', (_, payload, packet) => resolve(`${packet.retain} ${payload.toString()}`)),
    )
    await late.subscribeAsync('rig/fan/state')
    assert.equal(await arrived, `true ${JSON.stringify(state)}`)
    late.end(true)
  })

  it('sends 20 samples at a time, counted, 100 ms of its own clock apart, with gravity along z', async () => {
    await until(() => (batches.length >= 5 ? true : undefined))
    for (const [i, batch] of batches.slice(0, 5).entries()) {
      assert.equal(batch.seq, batches[0]!.seq + i)
      assert.equal(batch.time, batches[0]!.time + 100 * i)
      for (const axis of [batch.ax, batch.ay, batch.az]) assert.equal(axis.length, 20)
      assert.ok(Math.abs(batch.az.reduce((a, b) => a + b) / 20 - 0.979) < 0.01)
      assert.ok(batch.ax.every((value) => Number.isInteger(value * 2048)))
    }
  })

  it('obeys, and says what it did not understand', async () => {
    order('{"coin":true,"speed":"high"}')
    const state = await until(() => states.find(({ coin }) => coin === true))
    assert.deepEqual(state, { speed: 'high', coin: true, fault: 'none', seed: 3 })
    order('{"speed":"warp"}')
    const refused = await until(() => states.find(({ error }) => error !== undefined))
    assert.match(String(refused['error']), /speed must be one of off, low, medium, high, not "warp"/)
    assert.equal(refused['speed'], 'high')
    order('no JSON')
    await until(() => (states.filter(({ error }) => error !== undefined).length === 2 ? true : undefined))
  })

  it('falls silent while it has dropped out, and goes on with its count', async () => {
    order('{"fault":"dropout"}')
    await until(() => states.find(({ fault }) => fault === 'dropout'))
    const last = batches.at(-1)!
    await new Promise((resolve) => setTimeout(resolve, 400))
    order('{"fault":"none"}')
    const next = await until(() => batches.find(({ seq }) => seq > last.seq + 1))
    const missed = next.seq - last.seq
    assert.ok(missed >= 3, `${missed - 1} batches left out`)
    assert.equal(next.time - last.time, 100 * missed)
  })

  it('ends with whoever started it', async () => {
    rig.disconnect()
    const [code] = (await once(rig, 'exit')) as [number | null]
    assert.equal(code, 0)
  })
})
