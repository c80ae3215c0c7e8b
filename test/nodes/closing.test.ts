import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { LEARNING_EVENT } from '../../src/runtime/host'
import type { Message } from '../../src/runtime/message'
import { freePort } from '../node-red'
import { Mosquitto } from '../tools/mosquitto'
import { hasTool } from '../tools/outside-tool'
import { SerialPair } from '../tools/serial-pair'
import { buildKernels } from '../train/build-kernels'
import { Flow, featureFrame, gaussian, runtimeEvents, type FlowDefinition } from './flow'
import { MANNERS, RECORDING } from './manners-table'
import { nodeTypes } from './node-types'

/** Node-RED drops what arrives while a node is closed and made anew, so that has to be short. */
const LIMIT_MS = 50
/** The machine may be busy with something else: it is tried so often at most. */
const ROUNDS = 3

/** A node at work. */
interface Busy {
  readonly title: string
  readonly settings: Readonly<Record<string, unknown>>
  readonly others?: readonly FlowDefinition[]
  readonly tool?: 'mosquitto' | 'socat'
  /** Resolves when it is in the middle of it. */
  work?(flow: Flow): void | Promise<void>
}

const feed = (flow: Flow, messages: readonly Message[]): void => {
  for (const message of messages) flow.send('probed', message)
}
/** Busy with the messages of the table of manners, the last ones still on their way. */
const atWork = (name: string): Busy => ({
  title: 'at work',
  settings: MANNERS[name]!.settings,
  work: async (flow) => {
    feed(flow, MANNERS[name]!.good(1))
    await flow.settle(5)
    feed(flow, MANNERS[name]!.good(1))
  },
})
const learning = (count: number): Busy => ({
  title: `learning, ${count} windows are there`,
  settings: { rows: '2000' },
  work: (flow) => {
    const random = gaussian(1)
    for (let i = 0; i < count; i++) flow.send('probed', { topic: `fan${i % 20}`, payload: featureFrame(i, random) }) // prettier-ignore
    return flow.settle(5)
  },
})
const settled =
  (text: RegExp): Busy['work'] =>
  async (flow) => {
    const said = (): string => flow.at('states').map((message) => (message['status'] as { text: string }).text).join() // prettier-ignore
    for (const end = Date.now() + 10_000; !text.test(said()); await sleep(5))
      if (Date.now() > end) assert.fail(`the status never was ${String(text)}: ${said()}`)
  }

/** A broker that hangs: at once, or, for the client `greeted`, once it is connected and has subscribed. */
function hang(socket: Socket): void {
  socket.on('error', () => undefined)
  socket.on('data', (packet) => {
    if (packet[0] === 0x10 && packet.includes('greeted')) socket.write(Uint8Array.of(0x20, 2, 0, 0))
    if (packet[0] === 0x82) socket.write(Uint8Array.of(0x90, 3, packet[2]!, packet[3]!, 1))
  })
}

describe(`a node closes within ${LIMIT_MS} ms, by the runtime's own promise`, function () {
  this.timeout(60_000)
  let broker: Mosquitto | undefined
  let mute: Server
  let mutePort = 0
  const held: Socket[] = []
  const pair = new SerialPair()
  const userDir = mkdtempSync(path.join(os.tmpdir(), 'anomaly-closing-'))

  before(async () => {
    buildKernels()
    writeFileSync(path.join(userDir, 'run.csv'), RECORDING.text)
    if (hasTool('mosquitto')) broker = await Mosquitto.start(await freePort())
    if (hasTool('socat')) await pair.plug()
    mute = createServer({ allowHalfOpen: true }, (socket) => {
      held.push(socket)
      hang(socket)
    })
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
    mutePort = (mute.address() as { port: number }).port
  })
  after(async () => {
    mute.close()
    for (const socket of held) socket.destroy()
    await broker?.stop()
    await pair.stop()
    rmSync(userDir, { recursive: true, force: true })
  })

  const overMqtt = (port: () => number, clientId = 'closing'): Partial<Busy> => ({
    settings: {
      transport: 'mqtt',
      broker: 'server',
      mqttTopic: 'a/b',
      qos: '1',
      persistent: true,
      clientId,
    },
    others: [{ id: 'server', type: 'mqtt-broker', broker: '127.0.0.1', get port() { return String(port()) } }], // prettier-ignore
  })

  const cases: Readonly<Record<string, readonly Busy[]>> = {
    'imu-source': [
      atWork('imu-source'),
      { title: 'connected to a broker', tool: 'mosquitto', ...overMqtt(() => broker!.port), work: settled(/waiting/) } as Busy, // prettier-ignore
      {
        title: 'waiting for a broker that hangs',
        ...overMqtt(() => mutePort),
        work: () => sleep(50),
      } as Busy,
      { title: 'connected to a broker that hangs', ...overMqtt(() => mutePort, 'greeted'), work: settled(/waiting/) } as Busy, // prettier-ignore
      { title: 'waiting for a broker that is not there', ...overMqtt(() => 1), work: settled(/disconnected/) } as Busy, // prettier-ignore
      { title: 'with an open serial port', tool: 'socat', settings: { transport: 'serial', serialPath: pair.port, format: 'csv' }, work: settled(/waiting/) }, // prettier-ignore
      { title: 'waiting for a serial port', settings: { transport: 'serial', serialPath: '/dev/none', format: 'csv' }, work: settled(/disconnected/) }, // prettier-ignore
      { title: 'listening', settings: { transport: 'http', httpHost: '127.0.0.1', httpPort: '0' }, work: settled(/waiting/) }, // prettier-ignore
    ],
    scaler: [learning(1500)],
    mahalanobis: [learning(1500)],
    'robust-z': [learning(1500)],
    'onnx-autoencoder': [
      learning(1500),
      {
        title: 'training',
        settings: { rows: '30', layers: '256, 64', epochs: '10000', patience: '10000' },
        work: async (flow) => {
          const progress = new Promise<void>((resolve) => {
            const listen = (news: { figures?: { epoch?: number } }): void => {
              if ((news.figures?.epoch ?? 0) < 2) return
              runtimeEvents().off(LEARNING_EVENT, listen)
              resolve()
            }
            runtimeEvents().on(LEARNING_EVENT, listen)
          })
          const random = gaussian(4)
          for (let i = 0; i < 30; i++) flow.send('probed', { topic: 'fan', payload: featureFrame(i, random) })
          await progress
        },
      },
    ],
    replay: [
      {
        title: 'replaying in real time',
        settings: { path: 'run.csv', speed: '0.01', loop: true, autostart: true },
        work: () => sleep(100),
      },
      { title: 'replaying as fast as it can', settings: { path: 'run.csv', speed: '0', loop: true, autostart: true }, work: () => sleep(50) }, // prettier-ignore
    ],
    model: [{ title: 'there', settings: { bundle: 'fan' } }],
  }

  for (const { name, type, isConfig } of nodeTypes) {
    for (const busy of cases[name] ?? [atWork(name)]) {
      it(`${name}: ${busy.title}`, async function () {
        if (busy.tool !== undefined && !hasTool(busy.tool)) {
          this.test!.title += ` [skipped: ${busy.tool} is not installed]`
          this.skip()
        }
        const times: number[] = []
        for (let round = 0; round < ROUNDS && !times.some((time) => time < LIMIT_MS); round++) {
          const flow = await Flow.load(
            [
              ...(busy.others ?? []),
              { id: 'probed', type, ...busy.settings, wires: isConfig ? undefined : [[], []] },
              { id: 'status', type: 'status', scope: null, wires: [['states']] },
              { id: 'states', type: 'helper' },
            ],
            userDir,
          )
          try {
            await busy.work?.(flow)
          } catch (error) {
            await flow.unload()
            throw error
          }
          const node = flow.node('probed')
          const close = node.close.bind(node) as (removed?: boolean) => Promise<void>
          node.close = (removed?: boolean) => {
            const begin = performance.now()
            return close(removed).finally(() => times.push(performance.now() - begin))
          }
          await flow.unload()
        }
        assert.ok(Math.min(...times) < LIMIT_MS, `it took ${times.join(', ')} ms`)
      })
    }
  }
})
