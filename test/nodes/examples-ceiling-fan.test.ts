import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import mqtt from 'mqtt'
import { FAN_DEFAULTS, FanRig } from '../../src/core/simulate/fan-rig'
import { freePort, type Message } from '../node-red'
import { compileShim } from '../sources/i2c/shim/compile'
import { Mosquitto } from '../tools/mosquitto'
import { needsTool } from '../tools/outside-tool'
import { SerialPair } from '../tools/serial-pair'
import { example, frameOf, kindOf, nodeRedOfEachTest, press } from './example'

/** Simulated samples in the rig's own MQTT form, as fast as they are taken; the count says when they were made. */
class Device {
  private sequence = 0
  readonly rig = new FanRig(FAN_DEFAULTS)

  batch(): string {
    const data = this.rig.next(20)!
    const axis = (index: number): number[] => Array.from({ length: 20 }, (_, row) => data[row * 3 + index]!)
    return JSON.stringify({ seq: this.sequence++, time: 0, ax: axis(0), ay: axis(1), az: axis(2) })
  }

  lines(): string {
    const data = this.rig.next(20)!
    return Array.from(
      { length: 20 },
      (_, row) => `${[0, 1, 2].map((axis) => data[row * 3 + axis]).join(',')}\n`,
    ).join('')
  }

  async publish(client: mqtt.MqttClient, seconds: number): Promise<void> {
    for (let i = 0; i < seconds * 10; i++) await client.publishAsync('rig/fan/imu', this.batch(), { qos: 1 })
  }
}

describe('examples of the ceiling-fan rig', function () {
  this.timeout(120_000)
  const start = nodeRedOfEachTest()

  describe('the ceiling-fan rig over a real broker', () => {
    let broker: Mosquitto
    let client: mqtt.MqttClient
    before(async function () {
      needsTool(this, 'mosquitto')
      broker = await Mosquitto.start(await freePort())
      client = await mqtt.connectAsync(broker.url)
    })
    after(async () => {
      await client?.endAsync(true)
      await broker?.stop()
    })

    const onBroker = (): Readonly<Record<string, Readonly<Record<string, unknown>>>> => ({
      'mqtt-broker': { broker: '127.0.0.1', port: String(broker.port) },
    })

    it('demo: alarm after the coin; the buttons reach the fan', async () => {
      const flows = example('Ceiling-fan rig/1 - Demo over MQTT.json', onBroker())
      const nodeRed = await start({ flows })
      await nodeRed.waitForLog(/connected to mqtt/)
      const device = new Device()
      await device.publish(client, 140)
      device.rig.set({ ...FAN_DEFAULTS, coin: true })
      await device.publish(client, 10)
      const begin = await nodeRed.next('what happened', (message) => kindOf(message) === 'begin')
      assert.equal(begin['topic'], 'rig/fan/imu')

      const orders: string[] = []
      client.on('message', (_topic, payload) => orders.push(payload.toString()))
      await client.subscribeAsync('rig/fan/control')
      await press(nodeRed, flows, 'Speed: medium')
      while (orders.length === 0) await sleep(10)
      assert.deepEqual(JSON.parse(orders[0]!), { speed: 'medium' })
    })

    it('with buzzer: the command for the buzzer is run', async () => {
      const bin = mkdtempSync(path.join(os.tmpdir(), 'anomaly-pinctrl-'))
      const log = path.join(bin, 'calls')
      writeFileSync(path.join(bin, 'pinctrl'), `#!/bin/sh\necho "$@" >> ${log}\n`, { mode: 0o755 })
      const flows = example('Ceiling-fan rig/2 - With buzzer.json', onBroker())
      const nodeRed = await start({ flows, env: { PATH: `${bin}:${process.env['PATH']}` } })
      await nodeRed.waitForLog(/connected to mqtt/)
      const device = new Device()
      await device.publish(client, 140)
      device.rig.set({ ...FAN_DEFAULTS, coin: true })
      await device.publish(client, 10)
      await nodeRed.next('what happened', (message) => kindOf(message) === 'begin')
      while (!existsSync(log) || !readFileSync(log, 'utf8').includes('set 17 op dh')) await sleep(20)
      rmSync(bin, { recursive: true })
    })

    it('two detectors: each has verdicts of its own', async () => {
      const flows = example('Ceiling-fan rig/5 - Two detectors after one scaler.json', onBroker())
      const nodeRed = await start({ flows })
      await nodeRed.waitForLog(/connected to mqtt/)
      const device = new Device()
      await device.publish(client, 180)
      device.rig.set({ ...FAN_DEFAULTS, coin: true })
      await device.publish(client, 10)
      const models = new Set<unknown>()
      const isNew = (message: Message): boolean => {
        if (kindOf(message) === 'begin') models.add((message['payload'] as Record<string, unknown>)['model'])
        return models.size === 2
      }
      await nodeRed.next('what happened', isNew)
      assert.deepEqual([...models].sort(), ['ceiling-fan-a', 'ceiling-fan-b'])
    })

    it('dashboard: score and threshold reach the chart, events the text', async () => {
      const flows = example('Ceiling-fan rig with dashboard/1 - Score on a chart.json', onBroker())
      const nodeRed = await start({ flows })
      await nodeRed.waitForLog(/connected to mqtt/)
      const device = new Device()
      await device.publish(client, 140)
      device.rig.set({ ...FAN_DEFAULTS, coin: true })
      await device.publish(client, 10)
      await nodeRed.next(
        'Score',
        (message) => message['topic'] === 'score' && typeof message['payload'] === 'number',
      )
      await nodeRed.next(
        'Score',
        (message) => message['topic'] === 'threshold' && typeof message['payload'] === 'number',
      )
      await nodeRed.next('Last event', (message) => kindOf(message) === 'begin')
    })
  })

  it('serial port: lines of a microcontroller become scores', async function () {
    needsTool(this, 'socat')
    const pair = new SerialPair()
    await pair.plug()
    try {
      const flows = example('Ceiling-fan rig/3 - Sensor on a serial port.json', {
        'anomaly-imu-source': { serialPath: pair.port },
      })
      const nodeRed = await start({ flows })
      await nodeRed.waitForLog(/connected to .*port/)
      const device = new Device()
      const paced = async (seconds: number): Promise<void> => {
        for (let i = 0; i < seconds * 10; i++) {
          await pair.write(device.lines())
          if (i % 5 === 0) await sleep(5)
        }
      }
      await paced(150)
      device.rig.set({ ...FAN_DEFAULTS, coin: true })
      await paced(20)
      await nodeRed.next('what happened', (message) => kindOf(message) === 'begin')
    } finally {
      await pair.stop()
    }
  })

  it('I2C: a simulated MPU-6050 behind the real ioctl interface gives windows', async function () {
    needsTool(this, 'gcc')
    const shim = compileShim()
    assert.ok('library' in shim)
    const control = path.join(mkdtempSync(path.join(os.tmpdir(), 'anomaly-shim-')), 'control')
    writeFileSync(control, 'present')
    const flows = example('Ceiling-fan rig/4 - Sensor on I2C.json', {
      // The simulated sensor has no noise: its z axis is constant, which would be a stuck sensor, and windows do not differ.
      'anomaly-features': { constantWindow: 'score' },
    })
    const features = flows.find((node) => node.type === 'anomaly-features')!
    const probe = {
      id: 'probe',
      type: 'test-out',
      name: 'features',
      z: String(features['z']),
      x: 10,
      y: 10,
      wires: [],
    }
    const wired = flows.map((node) => (node === features ? { ...node, wires: [['probe']] } : node))
    const nodeRed = await start({
      flows: [...wired, probe],
      env: { LD_PRELOAD: 'library' in shim ? String(shim.library) : '', I2CSHIM_CONTROL: control },
    })
    const frames = await nodeRed.firstMessages('features', 3, 30_000)
    assert.equal(frames[0]!['topic'], 'fan')
    assert.equal(frameOf(frames[0]!).channels.length, 42)
    rmSync(path.dirname(control), { recursive: true })
  })
})
