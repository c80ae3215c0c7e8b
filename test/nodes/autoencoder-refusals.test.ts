import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readModel } from '../../src/core/autoencoder/model'
import { partLine } from '../../src/core/contract'
import type { Frame } from '../../src/core/frame'
import { Bundle, type Manifest } from '../../src/model/bundle'
import { givenLine } from '../../src/model/import/given-line'
import { ONNX_BLOB, type OnnxBody } from '../../src/model/onnx/onnx-part'
import { writeAutoencoder } from '../../src/model/onnx/write-autoencoder'
import { hashPart, type PartFile } from '../../src/model/part'
import { LEARNING_EVENT, type LearningNews } from '../../src/runtime/host'
import { makeAutoencoder } from '../../src/train/autoencoder-learner'
import { readAutoencoderSettings } from '../../src/train/learner-settings'
import { buildKernels } from '../train/build-kernels'
import { Flow, featureFrame, gaussian, runtimeEvents, type FlowDefinition } from './flow'

const ROWS = 30
const STREAM = { topic: 'fan' }
const PATIENCE_MS = 15_000

const learning = (settings: object = {}): readonly FlowDefinition[] => [
  { id: 'model', type: 'anomaly-model', bundle: 'fan', rows: String(ROWS) },
  { id: 'ae', type: 'anomaly-onnx-autoencoder', model: 'model', epochs: '3', ...settings, wires: [['out']] },
  { id: 'out', type: 'helper' },
  { id: 'status', type: 'status', scope: ['ae'], wires: [['statuses']] },
  { id: 'statuses', type: 'helper' },
  { id: 'catch', type: 'catch', wires: [['caught']] },
  { id: 'caught', type: 'helper' },
]

const random = gaussian(8)
const frames = Array.from({ length: ROWS }, (_, i) => featureFrame(i, random))

/** A network that came from elsewhere: two units between three features, judged by its absolute error. */
async function given(): Promise<PartFile> {
  const made = makeAutoencoder(
    readAutoencoderSettings({ layers: '2', loss: 'mae', errorScale: 'plain', epochs: 2 }),
  )
  const input = frames[0]!.contract!
  return {
    kind: givenLine('autoencoder', 'dense', '2-3', 'mae'),
    role: 'detector',
    input,
    ...(await made.fit(frames)),
  }
}

/** The same as an ONNX file that was imported. */
async function givenOnnx(): Promise<PartFile> {
  const { body, blobs, report, input } = await given()
  const { channels } = frames[0]!
  const file = writeAutoencoder(readModel(body, blobs), { channels })
  const onnx: OnnxBody = { version: 1, error: 'mae', layout: 'auto', rows: 1, channels }
  return {
    kind: givenLine('onnx', 'mae'),
    role: 'detector',
    input,
    report,
    body: onnx,
    blobs: { [ONNX_BLOB]: file },
  }
}

async function userDirWith(part: PartFile): Promise<string> {
  const userDir = mkdtempSync(path.join(os.tmpdir(), 'anomaly-given-'))
  const bundle = Bundle.open(path.join(userDir, 'edge-anomaly', 'models'), 'fan')
  const contract = [...part.input, partLine(part.kind, hashPart(part))]
  await bundle.extend(STREAM, { contract, complete: true, report: part.report, time: 1 }, part)
  return userDir
}

describe('an autoencoder that cannot learn', function () {
  this.timeout(30_000)
  let flow: Flow
  let sent = 0
  const news: LearningNews[] = []
  const listen = (said: LearningNews): unknown => news.push(said)
  before(buildKernels)
  beforeEach(() => {
    ;[news.length, sent] = [0, 0]
    runtimeEvents().on(LEARNING_EVENT, listen)
  })
  afterEach(async () => {
    runtimeEvents().off(LEARNING_EVENT, listen)
    await flow.end()
  })
  const until = async (condition: () => boolean): Promise<void> => {
    for (const begin = Date.now(); !condition(); await sleep(5))
      if (Date.now() - begin > PATIENCE_MS) throw new Error(`it did not come to ${String(condition)}`)
  }
  const feed = (count: number): void => {
    for (let i = 0; i < count; i++) flow.send('ae', { ...STREAM, payload: featureFrame(sent++, random) })
  }
  const errors = (): string[] => flow.at('caught').map(({ error }) => (error as Error).message)
  const statuses = (): string[] =>
    flow.at('statuses').map((message) => String((message['status'] as { text: string }).text))
  const bundle = (): Bundle => Bundle.open(path.join(flow.userDir, 'edge-anomaly', 'models'), 'fan')
  const current = (): Manifest | undefined => bundle().current(STREAM)
  const line = (): string => current()!.contract.at(-1)!

  for (const [what, settings, why] of [
    ['an LSTM over single rows', { kind: 'lstm' }, /^kind: a lstm autoencoder .* windows of at least 2 rows/],
    ['a convolution over single rows', { kind: 'conv1d' }, /^kind: a conv1d autoencoder .* at least 4 rows/],
    [
      'a network that is too large',
      { layers: '1024,1024,1024,1024,1024,1024' },
      /^layers: training would take \d+ MB/,
    ],
  ] as const) {
    it(`says so of the first window, once, and collects nothing: ${what}`, async () => {
      flow = await Flow.load(learning(settings))
      feed(3)
      await until(() => flow.at('out').length === 3)
      assert.equal(errors().length, 1)
      assert.match(errors()[0]!, why)
      for (const { payload, anomaly } of flow.at('out')) {
        assert.equal(payload, null)
        assert.equal(anomaly!.reason, 'LEARNING')
        assert.equal(anomaly!.detail, errors()[0])
      }
      await until(() => statuses().includes('check the settings'))
      assert.deepEqual(
        news.map(({ state, text }) => [state, text]),
        [['failed', errors()[0]]],
      )
      // Learn says it again.
      flow.send('ae', { ...STREAM, learn: true })
      feed(1)
      await until(() => errors().length === 2)
    })
  }

  it('refuses to go on from what was learned with other layers', async () => {
    flow = await Flow.load(learning())
    feed(ROWS)
    await until(() => flow.at('out').length === ROWS && current() !== undefined)
    const before = line()
    await flow.unload()
    flow = await Flow.load(learning({ layers: 'small', whenEmpty: false }), flow.userDir)
    feed(1)
    flow.send('ae', { ...STREAM, learn: 'continue' })
    feed(ROWS)
    await until(() => flow.at('out').length === 1 + ROWS)
    assert.deepEqual(errors(), [
      'msg.learn: there is nothing to go on from: nothing has been learned with these settings (autoencoder dense small mse scaled); press Learn, or set them back',
    ])
    assert.equal(line(), before)
    assert.ok(flow.at('out').every(({ payload }) => payload === null))
  })

  it('refuses to go on from an ONNX file, which goes on working', async () => {
    flow = await Flow.load(learning(), await userDirWith(await givenOnnx()))
    feed(1)
    await until(() => flow.at('out').length === 1)
    const before = line()
    flow.send('ae', { ...STREAM, learn: 'continue' })
    feed(ROWS)
    await until(() => flow.at('out').length === 1 + ROWS)
    assert.equal(errors().length, 1)
    assert.match(errors()[0]!, /^msg\.learn: an ONNX file cannot be trained on/)
    assert.equal(line(), before)
    assert.ok(flow.at('out').every(({ payload }) => typeof payload === 'number'))
  })

  it('goes on from a network from elsewhere as what it is: its line, its layers, its loss', async () => {
    const part = await given()
    flow = await Flow.load(learning({ kind: 'lstm', layers: 'large', loss: 'mse' }), await userDirWith(part))
    const scoreOf = async (frame: Frame): Promise<unknown> => {
      flow.send('ae', { ...STREAM, payload: frame })
      sent++
      await until(() => flow.at('out').length === sent)
      return flow.at('out').at(-1)!.payload
    }
    const first = await scoreOf(frames[0]!)
    assert.equal(typeof first, 'number')
    const before = line()
    flow.send('ae', { ...STREAM, learn: 'continue' })
    feed(ROWS)
    await until(() => news.some(({ state }) => state === 'learned'))
    await until(() => line() !== before)
    assert.match(line(), /^autoencoder given dense 2-3 mae#[0-9a-f]{16}$/)
    assert.deepEqual(errors(), [])
    const { loss } = bundle().load(line().split('#')[1]!).body as { loss: string }
    assert.equal(loss, 'mae')
  })
})
