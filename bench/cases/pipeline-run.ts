/**
 * A part of the pipeline bench in a process of its own: `pipeline-run.ts chain|bare|empty|plain|core SAMPLES_PER_MESSAGE`. It learns and
 * warms up, says `{ ready: true }` to its parent, and then works on as many samples as the parent sends numbers of, each time
 * answering `{ cpu, seconds }`: CPU µs and wall time. So that several of them can work in turn, a moment each, and whatever else
 * the machine does slows all of them alike.
 */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { Random } from '../../src/core/random'
import { packageRoot } from '../../test/node-red'
import { BarePipeline, STAGES } from './pipeline-bare'

const CHANNELS = ['ax', 'ay', 'az']
const RATE = 200
/** 60 windows to learn from and 99 whole windows to calibrate with take 13,000 samples; the rest warms the code up. */
const WARM_UP = 200_000
type Size = 1 | 10 | 100
type Feed = (message: object) => void

/** Messages as a device sends them: one object for a single sample, arrays per axis for several, with a running count. */
function messageMaker(size: Size): () => { topic: string; payload: Record<string, unknown> } {
  const random = new Random(5)
  const pool = Array.from({ length: 500 }, () => {
    const values = CHANNELS.map(() => Array.from({ length: size }, () => random.normal()))
    return size === 1 ? values.map((list) => list[0]!) : values
  })
  let sequence = 0
  return () => {
    const values = pool[sequence % pool.length]!
    return { topic: 'rig', payload: { seq: sequence++, ax: values[0], ay: values[1], az: values[2] } }
  }
}

/** In Node-RED each message comes in a turn of the event loop of its own, as from a source; a bare loop has no turns. */
type Feeding = 'loop' | 'turns'

async function feed(
  feeding: Feeding,
  samples: number,
  size: Size,
  make: () => object,
  send: Feed,
): Promise<void> {
  for (let sent = 0; sent < samples; sent += size) {
    send(make())
    if (feeding === 'turns') await new Promise(setImmediate)
  }
  // Delivery takes one turn per hop.
  if (feeding === 'turns') for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
}

/** What one turn of work took. */
export interface Turn {
  /** CPU µs. */
  readonly cpu: number
  readonly seconds: number
}

/** @param works throws where no window has gone the whole way */
async function serve(feeding: Feeding, size: Size, send: Feed, works: () => void): Promise<void> {
  const make = messageMaker(size)
  await feed(feeding, WARM_UP, size, make, send)
  works()
  const turn = async (samples: number): Promise<Turn> => {
    const wall = process.hrtime.bigint()
    const cpu = process.cpuUsage()
    await feed(feeding, samples, size, make, send)
    const used = process.cpuUsage(cpu)
    return { cpu: used.user + used.system, seconds: Number(process.hrtime.bigint() - wall) / 1e9 }
  }
  process.on('message', (samples: number) => void turn(samples).then((took) => process.send!(took)))
  process.send!({ ready: true })
  await new Promise((resolve) => process.once('disconnect', resolve))
}

const place = { z: 'tab', x: 1, y: 1 }
const CHAIN = [
  { id: 'in', type: 'bench-in', ...place, wires: [['source']] },
  {
    ...{
      id: 'source',
      type: 'anomaly-imu-source',
      ...place,
      transport: 'message',
      format: 'json',
      rate: String(RATE),
    },
    ...{ clock: 'sequence', sequenceField: 'seq', sequenceCounts: 'messages' },
    ...{ channels: CHANNELS.map((name) => ({ name, unit: 'g' })), wires: [['window']] },
  },
  {
    id: 'window',
    type: 'anomaly-window',
    ...place,
    unit: 'samples',
    length: '100',
    hop: '50',
    wires: [['features']],
  },
  { id: 'features', type: 'anomaly-features', ...place, wires: [['scaler']] },
  { id: 'scaler', type: 'anomaly-scaler', ...place, wires: [['detector']] },
  { id: 'detector', type: 'anomaly-mahalanobis', ...place, wires: [['threshold']] },
  { id: 'threshold', type: 'anomaly-threshold-calibrate', ...place, wires: [['alert'], []] },
  { id: 'alert', type: 'anomaly-alert', ...place, wires: [[], []] },
]

/** What must have learned before anything is measured. */
const LEARNERS = ['scaler', 'detector', 'threshold']

/**
 * As many messages per hop as in the chain: all into the source and the window, one per hop of 50 samples behind it. As there, each node
 * is of a type of its own, with as many outputs: Node-RED's code is slower where it meets several.
 */
function probeChain(size: Size): readonly object[] {
  const every = Math.max(1, 50 / size)
  const burst = Math.max(1, size / 50)
  return CHAIN.map(({ id, type, wires }) => ({
    ...{ id, type: id === 'in' ? type : `bench-${id}`, ...place, wires },
    ...(id === 'window' ? { every, burst } : { every: 1, burst: 1 }),
  }))
}

const PROBES = `module.exports = (RED) => {
  RED.nodes.registerType('bench-in', function (config) {
    RED.nodes.createNode(this, config)
    globalThis.benchSend = (message) => this.send(message)
  })
  for (const stage of ${JSON.stringify(STAGES)}) {
    RED.nodes.registerType('bench-' + stage, function (config) {
      RED.nodes.createNode(this, config)
      const work = globalThis.benchStages?.[stage]
      if (work !== undefined) {
        this.on('input', (message, send, done) => {
          work(message, send)
          done()
        })
        return
      }
      let count = 0
      this.on('input', (message, send, done) => {
        if (++count % config.every === 0) {
          for (let i = 1; i < config.burst; i++) send(Object.assign({}, message))
          send(message)
        }
        done()
      })
    })
  }
}`

interface Runtime {
  init(server: http.Server, settings: object): void
  start(): Promise<void>
  stop(): Promise<void>
  readonly events: { once(name: string, listener: () => void): void }
}

/** Starts Node-RED in this process, without its editor. */
async function startRuntime(flow: readonly object[]): Promise<Runtime & { userDir: string }> {
  const userDir = mkdtempSync(path.join(os.tmpdir(), 'anomaly-bench-'))
  const probes = path.join(userDir, 'probes')
  mkdirSync(probes)
  writeFileSync(path.join(probes, 'bench.js'), PROBES)
  writeFileSync(path.join(probes, 'bench.html'), '')
  mkdirSync(path.join(userDir, 'node_modules', '@edge-anomaly'), { recursive: true })
  symlinkSync(packageRoot, path.join(userDir, 'node_modules', '@edge-anomaly', 'node-red-anomaly'), 'dir')
  writeFileSync(path.join(userDir, 'flows.json'), JSON.stringify([{ id: 'tab', type: 'tab' }, ...flow]))
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- no types for the embedded runtime
  const RED = require('node-red') as Runtime
  RED.init(http.createServer(), {
    ...{ userDir, flowFile: 'flows.json', nodesDir: probes, httpAdminRoot: false, httpNodeRoot: false },
    ...{ credentialSecret: false, telemetry: { enabled: false }, logging: { console: { level: 'off' } } },
  })
  const started = new Promise<void>((resolve) => RED.events.once('flows:started', resolve))
  await RED.start()
  await started
  return Object.assign(RED, { userDir })
}

async function main(kind: string, size: Size): Promise<void> {
  if (kind === 'core') {
    const pipeline = new BarePipeline(CHANNELS, RATE)
    const random = new Random(5)
    const pool = Array.from({ length: 500 }, () =>
      Float32Array.from({ length: 3 * size }, () => random.normal()),
    )
    let start = 0
    const push = (): void => {
      start += (size * 1000) / RATE
      pipeline.pushFrame({
        channels: CHANNELS,
        rate: RATE,
        start,
        data: pool[((start / 500) % pool.length) | 0]!,
      })
    }
    await serve('loop', size, push, () => assert.ok(pipeline.scored > 1000))
    return
  }
  if (kind === 'bare') {
    const pipeline = new BarePipeline(CHANNELS, RATE)
    const push: Feed = (message) => pipeline.push(message as { topic: string; payload: unknown })
    await serve('loop', size, push, () => assert.ok(pipeline.scored > 1000))
    return
  }
  if (kind === 'plain') Object.assign(globalThis, { benchStages: new BarePipeline(CHANNELS, RATE).stages })
  const runtime = await startRuntime(kind === 'chain' ? CHAIN : probeChain(size))
  const { benchSend } = globalThis as unknown as { benchSend: Feed }
  await serve('turns', size, benchSend, () => {
    if (kind === 'chain')
      for (const id of LEARNERS) {
        const model = path.join(runtime.userDir, 'edge-anomaly', 'models', `node-${id}`, 'streams')
        assert.ok(existsSync(model), `${id} has learned nothing`)
      }
  })
  await runtime.stop()
  rmSync(runtime.userDir, { recursive: true, force: true })
  process.exit(0)
}

void main(process.argv[2] ?? 'chain', Number(process.argv[3] ?? 100) as Size)
