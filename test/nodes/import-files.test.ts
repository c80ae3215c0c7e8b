import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import importExpectations from '../expectations/import.json'
import onnxExpectations from '../expectations/onnx_autoencoder.json'
import { packageRoot, startNodeRed, type FlowNode, type Message, type NodeRedProcess } from '../node-red'
import { join, len, num, onnx } from '../model/onnx/proto'

type Rows = readonly (readonly number[])[]
type Scored = { readonly input: Rows; readonly output: Rows; readonly names?: readonly string[] }

const FIXTURES = path.join(packageRoot, 'test', 'model', 'fixtures')
const shared = process.env['ANOMALY_SHARED'] ?? path.resolve(packageRoot, '../shared')
const REFERENCE = path.join(shared, 'reference')
const scalers = importExpectations.scalers as Readonly<Record<string, Scored>>
const networks = importExpectations.networks as Readonly<Record<string, Scored>>

const at = { z: 'tab', x: 100, y: 100 }
/** A chain of nodes with one model, from `in-NAME` to `out-NAME`. */
function chain(name: string, ...stages: readonly (Record<string, unknown> & { type: string })[]): FlowNode[] {
  const idOf = (i: number): string => (i === stages.length ? `out-${name}` : `${name}-${i}`)
  return [
    { id: `model-${name}`, type: 'anomaly-model', bundle: name },
    { id: `in-${name}`, type: 'test-in', ...at, wires: [[idOf(0)]] },
    ...stages.map((stage, i) => ({
      ...at,
      ...stage,
      id: idOf(i),
      model: `model-${name}`,
      wires: [[idOf(i + 1)]],
    })),
    { id: `out-${name}`, type: 'test-out', ...at, wires: [] },
  ]
}
const SCALER = { type: 'anomaly-scaler' }
const MAHALANOBIS = { type: 'anomaly-mahalanobis' }
const AUTOENCODER = { type: 'anomaly-onnx-autoencoder' }
const ROBUST_Z = { type: 'anomaly-robust-z' }
const THRESHOLD = { type: 'anomaly-threshold-calibrate' }

const FLOWS: readonly FlowNode[] = [
  { id: 'tab', type: 'tab', label: 'imports' },
  ...chain('scaled', SCALER),
  ...chain('distance', MAHALANOBIS, THRESHOLD),
  ...chain('network', AUTOENCODER, THRESHOLD),
  ...chain('both', SCALER, AUTOENCODER, THRESHOLD),
  ...chain('robust', ROBUST_Z, THRESHOLD),
  ...chain('fixed', ROBUST_Z, { ...THRESHOLD, method: 'fixed', value: '1.5' }),
  ...chain('voted', ROBUST_Z, { ...THRESHOLD, voteK: '2', voteN: '3' }),
  ...chain('fan', { type: 'anomaly-features', preset: 'list', features: 'mad' }, MAHALANOBIS),
]

interface Answer {
  readonly status: number
  readonly body: Record<string, unknown> & { readonly error?: string }
}

interface Verdict {
  readonly score: number
  readonly threshold: number | null
  readonly pValue: number | null
  readonly isAnomaly: boolean
  readonly reason: string
  readonly contract: readonly string[]
}

describe('files of other programs, imported by the editor', function () {
  this.timeout(60_000)
  let nodeRed: NodeRedProcess
  before(async () => {
    nodeRed = await startNodeRed({ flows: FLOWS })
  })
  after(() => nodeRed.stop())

  const url = (model: string): string => `${nodeRed.base}/edge-anomaly/models/${model}`
  const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(path.join(FIXTURES, name)))
  async function take(
    model: string,
    file: string,
    bytes: Uint8Array,
    query: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const reply = await fetch(`${url(model)}/import?${new URLSearchParams({ file, ...query }).toString()}`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: Buffer.from(bytes),
    })
    return { status: reply.status, body: (await reply.json()) as Answer['body'] }
  }
  async function taken(
    model: string,
    file: string,
    query: Readonly<Record<string, string>> = {},
  ): Promise<Answer['body']> {
    const { status, body } = await take(model, path.basename(file), bytesOf(file), query)
    assert.equal(status, 200, body.error)
    return body
  }

  let clock = 1_700_000_000_000
  const frame = (channels: readonly string[], rows: Rows, topic = 'a'): Message => ({
    topic,
    payload: { channels, start: (clock += 1000), rate: 100, data: rows },
  })
  /** Lets frames reach a chain's nodes, which then know what to import for. */
  async function arrive(
    name: string,
    channels: readonly string[],
    rows: Rows = [channels.map(() => 1)],
    topic = 'a',
  ): Promise<void> {
    await nodeRed.send(`in-${name}`, frame(channels, rows, topic))
    const isSeen = async (): Promise<boolean> => {
      const { takers } = (await (await fetch(url(name))).json()) as { takers: readonly { topic: string }[] }
      return takers.some((taker) => taker.topic === topic)
    }
    while (!(await isSeen())) await sleep(10)
  }
  let sent = 0
  /** What comes of these messages, in their order; frames that were held for learning are answered in between. */
  async function outcome(name: string, messages: readonly Message[]): Promise<readonly Message[]> {
    const marked = messages.map((message) => ({ ...message, sent: ++sent }))
    await nodeRed.send(`in-${name}`, ...marked)
    const answers: Message[] = []
    for (const each of marked)
      answers.push(await nodeRed.next(`out-${name}`, (message) => message['sent'] === each.sent))
    return answers
  }
  async function verdicts(
    name: string,
    channels: readonly string[],
    windows: readonly Rows[],
  ): Promise<readonly Verdict[]> {
    const messages = await outcome(
      name,
      windows.map((rows) => frame(channels, rows)),
    )
    return messages.map((message) => message['anomaly'] as Verdict)
  }
  const close = (got: number, wanted: number, share = 1e-5): void =>
    assert.ok(Math.abs(got - wanted) <= share * Math.max(Math.abs(wanted), 1e-3), `${got} is not ${wanted}`)
  const singles = (rows: Rows): readonly Rows[] => rows.map((row) => [row])
  const meanSquare = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0) / a.length

  it('say what is missing before anything has arrived, and change nothing', async () => {
    const { status, body } = await take('scaled', 'standard_p5.pkl', bytesOf('import/standard_p5.pkl'))
    assert.equal(status, 400)
    assert.match(
      body.error!,
      /^standard_p5\.pkl: nothing has reached the scaler node yet.*then import again$/,
    )
    assert.deepEqual(((await (await fetch(url('scaled'))).json()) as { streams: unknown }).streams, [])
  })

  it('every scaler of scikit-learn works in a scaler node, whatever its own method is', async () => {
    const channels = ['a', 'b', 'c', 'd']
    await arrive('scaled', channels)
    for (const [name, { input, output, names }] of Object.entries(scalers)) {
      if (names !== undefined) continue
      const { kind } = await taken('scaled', `import/${name}`)
      assert.match(String(kind), /^scaler given (standard|minmax|robust)/)
      const messages = await outcome('scaled', [frame(channels, input)])
      const { data, contract } = messages[0]!['payload'] as {
        data: Float32Array
        contract: readonly string[]
      }
      // Columns are single-precision floats in a flow.
      output.flat().forEach((value, i) => close(data[i]!, value, 2e-5))
      assert.match(contract.at(-1)!, /^scaler given .*#[0-9a-f]{16}$/)
    }
  })

  it('columns that a file names have to be those that arrive', async () => {
    const { status, body } = await take(
      'scaled',
      'minmax_named.joblib',
      bytesOf('import/minmax_named.joblib'),
    )
    assert.equal(status, 400)
    assert.equal(body.error, 'minmax_named.joblib: channels must be ax, az, temp °C, rpm, not a, b, c, d')
    const typed = await take('scaled', 'x.pkl', bytesOf('import/standard_p5.pkl'), { columns: 'd, c, b, a' })
    assert.equal(typed.body.error, 'x.pkl: columns must be a, b, c, d, not d, c, b, a')
    await arrive('scaled', scalers['minmax_named.joblib']!.names!, undefined, 'named')
    const several = await take('scaled', 'x.joblib', bytesOf('import/minmax_named.joblib'))
    assert.match(
      several.body.error!,
      /several streams reach the scaler node; choose the one it is for: "a", "named"/,
    )
    const none = await take('scaled', 'x.joblib', bytesOf('import/minmax_named.joblib'), { topic: 'b' })
    assert.match(none.body.error!, /no stream "b" has reached the scaler node/)
    const { columns, streams } = await taken('scaled', 'import/minmax_named.joblib', { topic: 'named' })
    assert.deepEqual(columns, ['ax', 'az', 'temp °C', 'rpm'])
    assert.deepEqual(streams, [{ topic: 'named' }])
  })

  it('mean and covariance from .npz and .h give the distance, with the threshold that comes along', async () => {
    const { mean, inverse } = importExpectations.mahalanobis
    const row = mean.map((value, i) => (i === 0 ? value + 0.01 : value))
    const expected = 0.01 * Math.sqrt(inverse[0]![0]!)
    await arrive('distance', ['a', 'b', 'c'])
    for (const [file, threshold] of [
      ['import/stored.npz', 2 * expected],
      ['import/deflated.npz', expected / 2],
      ['import/f4_fortran.npz', 3 * expected],
      ['import/model.h', expected / 3],
    ] as const) {
      await taken('distance', file, { threshold: String(threshold) })
      const [verdict] = await verdicts('distance', ['a', 'b', 'c'], [[row]])
      close(verdict!.score, expected, 1e-4)
      assert.equal(verdict!.threshold, threshold)
      assert.equal(verdict!.isAnomaly, expected > threshold)
      assert.equal(verdict!.pValue, null)
      assert.match(verdict!.contract.at(-1)!, /^mahalanobis given#/)
    }
  })

  it('Learn replaces what was imported, and an earlier version brings it back', async () => {
    const channels = ['a', 'b', 'c']
    const lineOf = async (): Promise<string> => {
      const [verdict] = await verdicts('distance', channels, [[[0.02, 0.01, 0.01]]])
      return verdict!.contract.at(-1)!.replace(/#.*/, '')
    }
    assert.equal(await lineOf(), 'mahalanobis given')
    const { streams } = (await (await fetch(url('distance'))).json()) as {
      streams: readonly { versions: readonly { version: number; current: boolean }[] }[]
    }
    const { version } = streams[0]!.versions.find(({ current }) => current)!
    await nodeRed.send('in-distance', { topic: 'a', learn: true })
    const rows = Array.from({ length: 60 }, (_, i) => channels.map((_, c) => Math.sin((i + 1) * (c + 1.3))))
    await outcome(
      'distance',
      rows.map((row) => frame(channels, [row])),
    )
    assert.equal(await lineOf(), 'mahalanobis ledoit-wolf')
    await nodeRed.request('/edge-anomaly/models/distance/rollback', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ topic: 'a', version }),
    })
    assert.equal(await lineOf(), 'mahalanobis given')
  })

  it('a Keras .h5 and a .tflite give their reconstruction errors; without a threshold it is calibrated from what comes', async () => {
    for (const name of ['keras2.h5', 'keras3.h5', 'dense.tflite']) {
      const { input, output } = networks[name]!
      const channels = ['a', 'b', 'c', 'd'].slice(0, input[0]!.length)
      await arrive('network', channels, undefined, name)
      await taken('network', `import/${name}`, { topic: name })
      const messages = await outcome(
        'network',
        input.map((row) => frame(channels, [row], name)),
      )
      messages.forEach((message, i) => {
        const { score, reason } = message['anomaly'] as Verdict
        close(score, meanSquare(input[i]!, output[i]!), 1e-4)
        assert.equal(reason, 'LEARNING')
      })
    }
  })

  it('an .onnx is scored by an ONNX runtime in the node that learns otherwise', async () => {
    const { channels: width, rows: length, input, models } = onnxExpectations
    const channels = ['x', 'y', 'z'].slice(0, width)
    const windows = input.map((flat) =>
      Array.from({ length }, (_, i) => flat.slice(i * width, (i + 1) * width)),
    )
    await arrive('network', channels, windows[0], 'onnx')
    for (const error of ['mae', 'mse'] as const) {
      await taken('network', 'dense_rows.onnx', { loss: error, topic: 'onnx' })
      const messages = await outcome(
        'network',
        windows.map((rows) => frame(channels, rows, 'onnx')),
      )
      const expected = models.dense_rows[error].map(
        (each) => each.reduce((sum, value) => sum + value, 0) / width,
      )
      messages.forEach((message, i) => close((message['anomaly'] as Verdict).score, expected[i]!))
    }
    const { status, body } = await take('network', 'dense.tflite', bytesOf('import/dense.tflite'), {
      topic: 'onnx',
    })
    assert.equal(status, 400)
    assert.match(body.error!, /^dense\.tflite: channels must be names for the network's 4 inputs/)
  })

  it('an .onnx that nothing here can run is refused with what the engines say, and changes nothing', async () => {
    const state = async (): Promise<unknown> => (await fetch(url('network'))).json()
    await arrive('network', ['x', 'y', 'z', 'w'], [[1, 2, 3, 4]], 'newer')
    const before = await state()
    const newer = onnx({ opsets: [join(len(1, ''), num(2, 99))] })
    const { status, body } = await take('network', 'newer.onnx', newer, { topic: 'newer' })
    assert.equal(status, 400)
    assert.match(body.error!, /cannot be run: onnxruntime-node refuses the model \(.*opset.*99/i)
    assert.deepEqual(await state(), before)
  })

  it('a scaler and then a network behind it: each where it belongs', async () => {
    const channels = ['a', 'b', 'c', 'd']
    const scaler = scalers['standard_p5.pkl']!
    const network = networks['dense.tflite']!
    await arrive('both', channels)
    const early = await take('both', 'dense.tflite', bytesOf('import/dense.tflite'))
    assert.equal(early.status, 400)
    assert.match(
      early.body.error!,
      /the scaler before it has learned nothing yet: import the scaler's file first/,
    )
    await taken('both', 'import/standard_p5.pkl')
    const { kind } = await taken('both', 'import/dense.tflite', { threshold: '0.5' })
    assert.equal(kind, 'autoencoder given dense 3-2-3-4 mse')
    // What the scaler maps onto the network's inputs: two rows tell how it maps each column.
    const rows = network.input.map((row) =>
      row.map((z, c) => {
        const [x0, x1] = [scaler.input[0]![c]!, scaler.input[1]![c]!]
        const [z0, z1] = [scaler.output[0]![c]!, scaler.output[1]![c]!]
        return x0 + ((z - z0) * (x1 - x0)) / (z1 - z0)
      }),
    )
    const judged = await verdicts('both', channels, singles(rows))
    judged.forEach((verdict, i) => {
      const expected = meanSquare(network.input[i]!, network.output[i]!)
      close(verdict.score, expected, 1e-4)
      assert.equal(verdict.isAnomaly, expected > 0.5)
    })
    const again = await taken('both', 'import/minmax.joblib')
    assert.equal(again['kind'], 'scaler given minmax 0..1')
    const after = await taken('both', 'import/dense.tflite', { threshold: '0.25' })
    assert.equal(after['threshold'], 0.25)
    const [verdict] = await verdicts('both', channels, [[scalers['minmax.joblib']!.input[0]!]])
    assert.match(verdict!.contract.join(' · '), /scaler given minmax 0\.\.1#\w+ · autoencoder given/)
  })

  const BASELINE = {
    type: 'baseline_robust_z',
    columns: ['temp', 'vibration'],
    med: { temp: 50, vibration: 0.5 },
    mad: { temp: 2, vibration: 0.1 },
    threshold: 3,
    agg: 'max',
    train_quantile: 0.995,
  }
  const json = (value: unknown): Uint8Array => new Uint8Array(Buffer.from(JSON.stringify(value)))

  it("sensad's baseline.json gives its scores and flags at its threshold", async () => {
    const columns = ['temp', 'vibration']
    const rows = [[50, 0.5], [50 + 2 * 1.4826 * 2, 0.5], [50 + 3 * 1.4826 * 2.001, 0.5], [50, 0.5 - 0.14826 * 4]] // prettier-ignore
    for (const name of ['robust', 'fixed', 'voted']) {
      await arrive(name, columns)
      const { status, body } = await take(name, 'baseline.json', json(BASELINE))
      assert.equal(status, 200, body.error)
      const judged = await verdicts(name, columns, singles(rows))
      const expected = [0, 2, 3.0015, 4]
      judged.forEach(({ score }, i) => close(score, expected[i]!, 1e-5))
      // The node's own fixed threshold goes first; its vote holds for a given threshold too.
      const flagged = { robust: [false, false, true, true], fixed: [false, true, true, true], voted: [false, false, false, true] }[name] // prettier-ignore
      assert.deepEqual(
        judged.map(({ isAnomaly }) => isAnomaly),
        flagged,
        name,
      )
    }
    const other = await take('robust', 'baseline.json', json({ ...BASELINE, columns: ['vibration', 'temp'] }))
    assert.equal(other.status, 400)
    assert.equal(other.body.error, 'baseline.json: channels must be vibration, temp, not temp, vibration')
  })

  it("sensad's files come back as they were taken in, with the rows that its meta.json tells of", async () => {
    const query = { topic: 'pump', learnedFrom: '240' }
    await arrive('robust', BASELINE.columns, undefined, 'pump')
    const { status, body } = await take('robust', 'baseline.json', json(BASELINE), query)
    assert.equal(status, 200, body.error)
    const saved = (await (await fetch(`${url('robust')}/sensad?topic=pump`)).json()) as Record<string, string>
    assert.deepEqual(JSON.parse(saved['baseline']!), BASELINE)
    const meta = { model: 'baseline', device: 'cpu', n_rows: 240, columns: BASELINE.columns }
    assert.deepEqual(JSON.parse(saved['meta']!), meta)
    const { streams } = (await (await fetch(url('robust'))).json()) as {
      streams: readonly {
        topic: string
        sensad: boolean
        versions: readonly { reports: readonly { rows: number }[] }[]
      }[]
    }
    const pump = streams.find(({ topic }) => topic === 'pump')!
    assert.equal(pump.sensad, true)
    assert.equal(pump.versions[0]!.reports[0]!.rows, 240)
    const bad = await take('robust', 'baseline.json', json(BASELINE), { ...query, learnedFrom: 'undefined' })
    assert.deepEqual([bad.status, /n_rows/.test(bad.body.error!)], [400, true])
    const other = await fetch(`${url('distance')}/sensad?topic=a`)
    assert.equal(other.status, 400)
  })

  it('a wrong file is refused with its name and what to do, and what is in use goes on', async () => {
    const state = async (): Promise<unknown> => (await fetch(url('robust'))).json()
    const before = await state()
    for (const [file, bytes, what] of [
      ['notes.txt', Buffer.from('hello'), /^notes\.txt is none of the files that can be imported/],
      [
        'meta.json',
        json({ model: 'baseline', device: 'cpu', n_rows: 5, columns: [] }),
        /^meta\.json is .*choose baseline\.json/,
      ],
      ['data.csv', Buffer.from('time,temp\n1,2\n'), /^data\.csv is a table of measurements.*replay node/],
      ['m.keras', bytesOf('import/refused.keras'), /^m\.keras is .*save it as model\.save\('model\.h5'\)/],
      ['s.pkl', bytesOf('import/standard_p5.pkl').subarray(0, 100), /^s\.pkl /],
      ['empty.onnx', Buffer.alloc(0), /^empty\.onnx has no content/],
      [
        'm.npz',
        bytesOf('import/stored.npz'),
        /^m\.npz is for a mahalanobis node, and none that is deployed uses this model/,
      ],
      ['x.anomaly', Buffer.from('PK\u0003\u0004'), /^x\.anomaly /],
    ] as const) {
      const { status, body } = await take('robust', file, new Uint8Array(bytes))
      assert.equal(status, 400, `${file} ${body.error}`)
      assert.match(body.error!, what)
      assert.doesNotMatch(body.error!, /__\w+__/)
    }
    const bad = await take('robust', 'baseline.json', json(BASELINE), { threshold: 'high' })
    assert.equal(bad.status, 400)
    assert.match(bad.body.error!, /threshold/)
    assert.deepEqual(await state(), before)
    const [verdict] = await verdicts('robust', ['temp', 'vibration'], [[[50, 1.1]]])
    assert.equal(verdict!.isAnomaly, true)
  })

  it('survives a restart of the flows', async () => {
    await nodeRed.deploy(FLOWS, 'reload')
    const [verdict] = await verdicts('robust', ['temp', 'vibration'], [[[56, 0.5]]])
    close(verdict!.score, 6 / (1.4826 * 2))
    assert.equal(verdict!.threshold! < 3 && verdict!.threshold! > 2.999_999, true)
  })

  describe('the files of the five systems (skipped where ../shared/reference is absent)', () => {
    before(function () {
      if (!existsSync(REFERENCE)) this.skip()
    })
    const file = (name: string): Uint8Array => new Uint8Array(readFileSync(path.join(REFERENCE, name)))
    const document = <T>(name: string): T => JSON.parse(readFileSync(path.join(REFERENCE, name), 'utf8')) as T
    const ok = async (
      model: string,
      name: string,
      query: Readonly<Record<string, string>> = {},
    ): Promise<void> => {
      const { status, body } = await take(model, path.basename(name), file(name), query)
      assert.equal(status, 200, `${name}: ${body.error}`)
    }

    it('system 0: scaler.pkl and autoencoder.onnx give the errors of its 50 × 6 windows', async () => {
      const channels = ['accel_x', 'accel_y', 'accel_z', 'gyro_x', 'gyro_y', 'gyro_z']
      const { raw, mae, threshold } = document<{
        raw: readonly Rows[]
        mae: readonly number[]
        threshold: number
      }>('system0/autoencoder.json')
      await nodeRed.send('in-both', { forget: true })
      await arrive('both', channels, raw[0], 'imu')
      await ok('both', 'system0/scaler.pkl', { topic: 'imu' })
      await ok('both', 'system0/autoencoder.onnx', {
        topic: 'imu',
        loss: 'mae',
        threshold: String(threshold),
      })
      const messages = await outcome(
        'both',
        raw.map((rows) => frame(channels, rows, 'imu')),
      )
      messages.forEach((message, i) => {
        const verdict = message['anomaly'] as Verdict
        close(verdict.score, mae[i]!, 1e-4)
        assert.equal(verdict.isAnomaly, mae[i]! > threshold)
      })
    })

    it('system 1: its .npz models give the distances of its recordings, after windows and MAD features', async () => {
      const { mahalanobis_squared: models } = document<{
        mahalanobis_squared: Readonly<Record<string, { d2: Readonly<Record<string, number>> }>>
      }>('system1/expected.json')
      const recordings = Object.keys(models['md_model.npz']!.d2)
      const windows = recordings.map((name) =>
        readFileSync(path.join(REFERENCE, 'system1/csv', name), 'utf8')
          .trim()
          .split('\n')
          .slice(0, 128)
          .map((row) => row.split(',').map(Number)),
      )
      await arrive('fan', ['x', 'y', 'z'], windows[0])
      for (const [model, { d2 }] of Object.entries(models)) {
        await ok('fan', `system1/${model}`)
        const judged = await verdicts('fan', ['x', 'y', 'z'], windows)
        judged.forEach(({ score }, i) => close(score ** 2, d2[recordings[i]!]!, 1e-3))
      }
    })

    it('systems 1 and 4: their .h5 and .tflite networks give the errors of their inputs', async () => {
      const { input, mse } = document<{ input: Rows; mse: readonly number[] }>('system4/expected.json')
      await arrive('network', ['load', 'frequency', 'memory'], undefined, 'pi')
      const names = readdirSync(path.join(REFERENCE, 'system4')).filter((name) => /\.(h5|tflite)$/.test(name))
      assert.ok(names.length >= 2, names.join(', '))
      for (const name of names) {
        await ok('network', `system4/${name}`, { topic: 'pi', threshold: '0.2' })
        const messages = await outcome(
          'network',
          input.map((row) => frame(['load', 'frequency', 'memory'], [row], 'pi')),
        )
        messages.forEach((message, i) => {
          const verdict = message['anomaly'] as Verdict
          close(verdict.score, mse[i]!, 2e-5)
          assert.equal(verdict.isAnomaly, mse[i]! > 0.2)
        })
      }
      const { autoencoder, files, tflite_sample_outputs } = document<{
        autoencoder: Readonly<Record<string, { mse: Readonly<Record<string, number>> }>>
        files: Readonly<Record<string, { mad: readonly number[] }>>
        tflite_sample_outputs: Readonly<
          Record<string, Readonly<Record<string, { mad: readonly number[]; tflite: readonly number[] }>>>
        >
      }>('system1/expected.json')
      const expected: [string, Rows, readonly number[]][] = []
      for (const [model, { mse: errors }] of Object.entries(autoencoder)) {
        const rows = Object.keys(errors).map((name) => files[name]!.mad)
        expected.push([model, rows, Object.values(errors)])
      }
      for (const [model, samples] of Object.entries(tflite_sample_outputs)) {
        const both = Object.values(samples)
        const errors = both.map(({ mad, tflite }) => meanSquare(mad, tflite))
        expected.push([model, both.map(({ mad }) => mad), errors])
      }
      assert.equal(expected.length, 6)
      for (const [model, rows, errors] of expected) {
        await ok('network', `system1/${model}`, { topic: 'pi' })
        const messages = await outcome(
          'network',
          rows.map((row) => frame(['load', 'frequency', 'memory'], [row], 'pi')),
        )
        errors.forEach((error, i) => {
          const { score } = messages[i]!['anomaly'] as Verdict
          assert.ok(Math.abs(score - error) <= 1e-3 * error + 1e-9, `${model} ${score} for ${error}`)
        })
      }
    })

    it('networks that PyTorch has exported give the errors of their inputs', async () => {
      const names = ['onnx_dynamo', 'onnx_torch113'].flatMap((folder) =>
        readdirSync(path.join(REFERENCE, folder)).flatMap((name) =>
          name.endsWith('.onnx') ? `${folder}/${name}` : [],
        ),
      )
      assert.equal(names.length, 10)
      for (const name of names) {
        const { input, input_shape, mse } = document<{
          input: readonly number[]
          input_shape: readonly number[]
          mse: readonly number[]
        }>(name.replace('.onnx', '.json'))
        const [count, second, third] = input_shape as [number, number, number?]
        const [rows, columns] = third === undefined ? [1, second] : [second, third]
        const windows = Array.from({ length: count }, (_, w) =>
          Array.from({ length: rows }, (__, r) =>
            input.slice((w * rows + r) * columns, (w * rows + r + 1) * columns),
          ),
        )
        const channels = Array.from({ length: columns }, (_, i) => `c${i}`)
        await arrive('network', channels, windows[0], name)
        await ok('network', name, { topic: name, loss: 'mse' })
        const messages = await outcome(
          'network',
          windows.map((window) => frame(channels, window, name)),
        )
        messages.forEach((message, i) => close((message['anomaly'] as Verdict).score, mse[i]!, 1e-4))
      }
    })

    it("system 3: baseline.json gives sensad's scores and decisions of its test rows", async () => {
      const [header, ...lines] = readFileSync(path.join(REFERENCE, 'system3/predictions.csv'), 'utf8')
        .trim()
        .split(/\r?\n/)
      assert.equal(header, 'time,temp,pressure,vibration,anomaly,anomaly_score,is_anomaly')
      const table = lines.map((line) => line.split(',').slice(1).map(Number))
      const columns = ['temp', 'pressure', 'vibration']
      await arrive('robust', columns, undefined, 'sensad')
      await ok('robust', 'system3/baseline.json', { topic: 'sensad' })
      const messages = await outcome(
        'robust',
        table.map((row) => frame(columns, [row.slice(0, 3)], 'sensad')),
      )
      messages.forEach((message, i) => {
        const verdict = message['anomaly'] as Verdict
        close(verdict.score, table[i]![4]!, 2e-5)
        assert.equal(verdict.isAnomaly, table[i]![5] === 1)
      })
    })

    it('every scaler gives what scikit-learn gives', async () => {
      const channels = ['accel_x', 'accel_y', 'accel_z', 'gyro_x', 'gyro_y', 'gyro_z']
      for (const version of ['sk121', 'sk161']) {
        const all = document<
          Readonly<Record<string, { file: string; input: Rows; output: Rows; attrs: object }>>
        >(`scalers/expected_${version}.json`)
        for (const { file: name, input, output } of Object.values(all)) {
          const width = input[0]!.length
          const own = channels.slice(0, width)
          await arrive('scaled', own, input, `${name}`)
          await ok('scaled', `scalers/${name}`, { topic: name })
          const [message] = await outcome('scaled', [frame(own, input, name)])
          const { data } = message!['payload'] as { data: Float32Array }
          output
            .flat()
            .forEach((value, i) =>
              assert.ok(
                Math.abs(data[i]! - value) <= 1e-5 * Math.max(1, Math.abs(value)),
                `${name} ${i} ${data[i]} ${value}`,
              ),
            )
        }
      }
    })
  })
})
