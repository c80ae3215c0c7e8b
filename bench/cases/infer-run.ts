/**
 * One network of the infer bench in a process of its own: `infer-run NETWORK`. Prints a list of
 * {"what", "one", "batch"}: median µs of one window and of 32 windows, of bare engines and of the node's whole path on them.
 */
import { EventEmitter } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Node, NodeAPI } from 'node-red'
import type { AutoencoderModel } from '../../src/core/autoencoder/model'
import type { NetworkSpec } from '../../src/core/autoencoder/spec'
import type { Frame } from '../../src/core/frame'
import type { Model, Score } from '../../src/core/stage'
import { defaultEngines, openModel } from '../../src/model/engines/choose'
import type { Session } from '../../src/model/engines/engine'
import { LearnedSession } from '../../src/model/engines/learned-session'
import { OnnxAutoencoder } from '../../src/model/onnx/autoencoder'
import { OnnxGraph } from '../../src/model/onnx/write'
import { writeNetwork } from '../../src/model/onnx/write-network'
import { presentScore } from '../../src/runtime/applier'
import type { Behaviour } from '../../src/runtime/define-node'
import { Host } from '../../src/runtime/host'
import type { Message } from '../../src/runtime/message'
import { LearnerNode } from '../../src/runtime/learner-node'
import { readLearnerSettings } from '../../src/runtime/learner-settings'
import { ModelAccess } from '../../src/runtime/model-access'
import { ScorerNode } from '../../src/runtime/scorer-node'
import { AutoencoderDetector } from '../../src/train/autoencoder-detector'
import { initialWeights } from '../../src/train/initial-weights'
import { Network } from '../../src/train/network'
import { Scorer } from '../../src/train/scorer'
import { NETWORKS, windowsFor } from './train-case'

const BATCH = 32
/** Batches behind one another in one burst to the node, after the one window that it takes at once. */
const BATCHES = 7
/** Measurements are taken in turn, so that all see the same load. */
const ROUNDS = 40
const WARM_UP = 10

export interface Timed {
  readonly what: string
  /** Median µs. */
  readonly one: number
  readonly batch: number
}

interface Contender {
  readonly what: string
  /** µs of one window, each time that it is asked. */
  one(): Promise<readonly number[]>
  /** µs of 32. */
  batch(): Promise<readonly number[]>
  dispose(): unknown
}

const now = (): number => Number(process.hrtime.bigint()) / 1000

/** A run alone, n times. */
function bare(
  what: string,
  work: (count: number) => unknown,
  dispose: () => unknown = () => undefined,
): Contender {
  const times = async (count: number, n: number): Promise<readonly number[]> => {
    const taken: number[] = []
    for (let i = 0; i < n; i++) {
      const start = now()
      await work(count)
      taken.push(now() - start)
    }
    return taken
  }
  return { what, one: () => times(1, 20), batch: () => times(BATCH, 7), dispose }
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'anomaly-bench-'))

function hostOf(id: string): Host {
  const red = {
    ...{ _: (key: string) => key, util: {}, events: new EventEmitter(), settings: { userDir: folder } },
  } as unknown as NodeAPI
  const silent = (): undefined => undefined
  return new Host(red, { id, status: silent, warn: silent, error: silent } as unknown as Node)
}

/** The node that scores with a file of the user's. */
function fileNode(model: Model<Score>): Behaviour {
  const file = {
    model,
    name: 'bench',
    line: 'onnx mse#0123456789abcdef',
    ready: () => Promise.resolve('bench'),
  }
  const options = { detector: 'autoencoder', queueLimit: 1000, stamp: () => '', load: () => file }
  const node = new ScorerNode(options, hostOf('file'))
  node.start()
  return node
}

/** The node that learns; it "learns" this model from the first frames. */
async function learnerNode(what: string, model: Model<Score>, frames: readonly Frame[]): Promise<Behaviour> {
  const host = hostOf(what.replace(/\W/g, '_'))
  const access = ModelAccess.of({}, 'detector', host)
  const report = { rows: 2, warnings: [], figures: {} }
  const learner = {
    ...{ line: 'autoencoder bench', minimumRows: () => 2 },
    ...{ fit: () => ({ body: { what }, report }), load: () => model },
  }
  const node = new LearnerNode(
    {
      ...readLearnerSettings({ rows: '2' }, learner, access, host),
      ...{ learner, queueLimit: 1000 },
      ...{ role: 'detector', access, present: presentScore('autoencoder', access.modelOf) },
    },
    host,
  )
  let answered = 0
  for (const payload of frames.slice(0, 2)) await node.input({ topic: 'rig', payload }, () => answered++)
  while (answered < 2) await new Promise(setImmediate)
  return node
}

/** A node's behaviour from message to message: reading, queue, scaling, network, score, contributions, verdict. */
function throughNode(what: string, node: Behaviour, frames: readonly Frame[]): Contender {
  const burst = async (count: number): Promise<readonly number[]> => {
    const sent: number[] = []
    const send = (message: Message): void => {
      if (typeof message.payload !== 'number') throw new Error('not scored')
      sent.push(now())
    }
    const start = now()
    const done: Promise<void>[] = []
    for (let i = 0; i < count; i++) {
      const answer = node.input!({ topic: 'rig', payload: frames[i % frames.length]! }, send)
      if (answer !== undefined) done.push(answer)
    }
    await Promise.all(done)
    return [start, ...sent]
  }
  return {
    what,
    async one() {
      const taken: number[] = []
      for (let i = 0; i < 20; i++) {
        const [start, end] = await burst(1)
        taken.push(end! - start!)
      }
      return taken
    },
    async batch() {
      // The first window goes at once; those behind it wait and go by 32.
      const times = await burst(1 + BATCHES * BATCH)
      return Array.from({ length: BATCHES }, (_, i) => times[1 + (i + 1) * BATCH]! - times[1 + i * BATCH]!)
    },
    dispose: () => node.close?.(false),
  }
}

/** The network alone as an ONNX file: one input, one output of its shape. */
function plainFile(spec: NetworkSpec, weights: Float32Array): Uint8Array {
  const graph = new OnnxGraph('network')
  const shape = spec.steps === 1 ? ['batch', spec.columns] : ['batch', spec.steps, spec.columns]
  const output = writeNetwork(graph, spec, weights, graph.input('input', shape), false)
  graph.node('Identity', [output], {}, ['output'])
  graph.output('output', shape)
  return graph.bytes({ name: 'bench', version: '1' }, {})
}

interface Ort {
  readonly InferenceSession: {
    create(
      model: Uint8Array,
      options: object,
    ): Promise<{ run(feeds: object, fetches: string[]): Promise<unknown> }>
  }
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => object
}

/** onnxruntime-node itself on the network alone, nothing of ours around it. */
async function bareOrt(
  what: string,
  name: string,
  file: Uint8Array,
  windows: Float32Array,
  dims: (count: number) => readonly number[],
): Promise<Contender> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- by its name, since it may not be installed
  const ort = require(name) as Ort
  const options = {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    // Each registers itself with what the two share: without a name the web runtime would run the native one.
    executionProviders: [name === 'onnxruntime-web' ? 'wasm' : 'cpu'],
  }
  const session = await ort.InferenceSession.create(file, options)
  const size = windows.length / BATCH
  return bare(what, (count) => {
    const input = new ort.Tensor('float32', windows.subarray(0, count * size), dims(count))
    return session.run({ input }, ['output'])
  })
}

async function contendersOf(spec: NetworkSpec): Promise<readonly Contender[]> {
  const { steps, columns } = spec
  const windows = windowsFor(spec, BATCH)
  const size = steps * columns
  const channels = Array.from({ length: columns }, (_, i) => `c${i}`)
  const contract = ['source bench', 'window', 'scaler standard#0123456789abcdef']
  const frames: Frame[] = Array.from({ length: BATCH }, (_, i) => ({
    ...{ channels, rate: 100, start: 1000 * i, contract },
    data: windows.slice(i * size, (i + 1) * size),
  }))
  const weights = initialWeights(spec, 3)
  const filled = (value: number): Float32Array => new Float32Array(columns).fill(value)
  const model: AutoencoderModel = {
    ...{ channels, spec, weights, loss: 'mse' },
    ...{ offset: filled(0.1), factor: filled(1.1), weight: filled(1) },
  }
  const file = plainFile(spec, weights)
  const dims = (count: number): readonly number[] =>
    steps === 1 ? [count, columns] : [count, steps, columns]
  const contenders: Contender[] = []

  for (const engine of ['wasm', 'plain'] as const) {
    const network = new Network(spec, BATCH, { training: false, engine })
    network.parameters.set(weights)
    const work = (count: number): void => {
      network.takeIn(windows, 0, count)
      network.forward(count)
    }
    contenders.push(bare(`own/${engine}, bare`, work))
    const scorer = new Scorer(model, { engine })
    const what = `own/${engine}, node`
    const node = await learnerNode(what, new AutoencoderDetector(model, scorer), frames)
    contenders.push(throughNode(what, node, frames))
  }
  const engines = defaultEngines()
  for (const { name, check } of engines.map((engine) => ({
    name: engine.name,
    check: () => engine.check(),
  }))) {
    if ((await check()) !== undefined) continue
    const open = (bytes: Uint8Array): Promise<Session> =>
      openModel(engines, bytes, { engine: name, trusted: true })
    contenders.push(await bareOrt(`${name}, bare`, name, file, windows, dims))
    const learned = new AutoencoderDetector(model, new LearnedSession(model, open))
    const what = `${name}, node, learned`
    contenders.push(throughNode(what, await learnerNode(what, learned, frames), frames))
    const foreign = new OnnxAutoencoder(() => open(file), {
      error: 'mse',
      layout: spec.steps === 1 ? 'flat' : 'rows-channels',
    })
    contenders.push(throughNode(`${name}, node, own file`, fileNode(foreign), frames))
  }
  return contenders
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!
}

async function main(network: string): Promise<void> {
  const contenders = await contendersOf(NETWORKS[network]!)
  const taken = contenders.map(() => ({ one: [] as number[], batch: [] as number[] }))
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    for (const [i, contender] of contenders.entries()) {
      const [one, batch] = [await contender.one(), await contender.batch()]
      if (round < WARM_UP) continue
      taken[i]!.one.push(...one)
      taken[i]!.batch.push(...batch)
    }
  }
  for (const contender of contenders) await contender.dispose()
  const timed: Timed[] = contenders.map(({ what }, i) => ({
    what,
    one: median(taken[i]!.one),
    batch: median(taken[i]!.batch),
  }))
  console.log(JSON.stringify(timed))
  rmSync(folder, { recursive: true, force: true })
  process.exit(0)
}

void main(process.argv[2] ?? '')
