import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { Random } from '../../src/core/random'
import { succeed } from '../cli/edge-anomaly'
import { packageRoot, type NodeRedProcess } from '../node-red'
import { example, nodeRedOfEachTest, verdictOf } from './example'

const CHANNELS = ['accel_x', 'accel_y', 'accel_z', 'gyro_x', 'gyro_y', 'gyro_z']
const reference = path.join(
  process.env['ANOMALY_SHARED'] ?? path.resolve(packageRoot, '../shared'),
  'reference',
  'system0',
)

/** An IMU at 100 Hz on a machine that turns: sines of two frequencies, gravity on the third axis, noise of 0.02. */
function imuRows(count: number, seed: number): number[][] {
  const random = new Random(seed)
  return Array.from({ length: count }, (_, i) =>
    [0.5, 0.4, 0.1, 0.3, 0.2, 0.25].map((amplitude, c) => {
      const wave = amplitude * Math.sin((2 * Math.PI * i) / (c < 3 ? 23.7 : 37.3) + c)
      return (c === 2 ? 9.81 : 0) + wave + 0.02 * random.normal()
    }),
  )
}

interface Answer {
  readonly status: number
  readonly body: {
    readonly status: string
    readonly message: string
    readonly log?: string
    readonly results?: {
      readonly anomaly_threshold: number | null
      readonly number_of_anomalies: number | null
      readonly anomaly_indices: readonly number[] | null
    }
  }
}

async function post(nodeRed: NodeRedProcess, url: string, body: unknown): Promise<Answer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(nodeRed.base + url, { method: 'POST', headers, body: text })
  return { status: response.status, body: (await response.json()) as Answer['body'] }
}

describe('train and detect over HTTP', function () {
  this.timeout(60_000)
  const start = nodeRedOfEachTest()
  let userDir: string
  beforeEach(() => {
    userDir = mkdtempSync(path.join(os.tmpdir(), 'anomaly-http-'))
    mkdirSync(path.join(userDir, 'data'))
    mkdirSync(path.join(userDir, 'models'))
  })
  afterEach(() => rmSync(userDir, { recursive: true, force: true }))

  const writeNormal = (rows: readonly (readonly (number | string)[])[]): void =>
    writeFileSync(
      path.join(userDir, 'data', 'normal_data.csv'),
      `${CHANNELS.join(',')}\n${rows.map((row) => `${row.join(',')}\n`).join('')}`,
    )

  it('request by request: health, train, detect in one request and row by row, and every refusal', async () => {
    const nodeRed = await start({ flows: example('HTTP/1 - Train and detect.json'), userDir })
    const detect = (sensor_readings: unknown): Promise<Answer> =>
      post(nodeRed, '/api/detect', { sensor_readings })
    const train = (): Promise<Answer> => post(nodeRed, '/api/train', {})
    const test = imuRows(200, 7)

    const health = await fetch(`${nodeRed.base}/health`)
    assert.deepEqual([health.status, await health.json()], [200, { status: 'UP' }])
    assert.equal((await fetch(`${nodeRed.base}/api/nothing`)).status, 404)

    const early = await detect(test)
    assert.deepEqual([early.status, early.body.status], [503, 'error'])
    assert.match(early.body.message, /learned|Train first/)

    const missing = await train()
    assert.deepEqual([missing.status, missing.body.status], [500, 'error'])
    assert.match(missing.body.message, /normal_data\.csv/)
    writeNormal(imuRows(500, 1))
    const short = await train()
    assert.deepEqual(
      [short.status, short.body.message],
      [500, 'Error: The file has 500 rows, 4499 are needed.'],
    )

    writeNormal(imuRows(5000, 1))
    // Of two at once, one trains and the other is told so; meanwhile nothing can be detected.
    const both = await Promise.all([train(), train()])
    assert.deepEqual(both.map(({ status }) => status).sort(), [200, 409])
    const trained = both.find(({ status }) => status === 200)!
    assert.deepEqual([trained.body.status, trained.body.message], ['success', 'Model training completed.'])
    assert.match(trained.body.log!, /^Windows: 4951, threshold: \d/)

    const normal = await detect(imuRows(3000, 8))
    assert.deepEqual([normal.status, normal.body.status], [200, 'success'])
    const { anomaly_threshold: threshold, anomaly_indices: flagged } = normal.body.results!
    // 2 % on average; neighbours share 49 of 50 rows, so they come in runs.
    assert.ok(flagged!.length < 0.08 * 2951, `${flagged!.length} of 2951 windows that are normal`)

    const spiked = test.map((row, i) => (i === 120 ? [row[0]! + 1.5, ...row.slice(1)] : row))
    const found = (await detect(spiked)).body.results!
    // The windows that hold row 120 begin with rows 71 to 120.
    const holding = found.anomaly_indices!.filter((index) => index >= 71 && index <= 120)
    assert.equal(holding.length, 50)
    assert.equal(found.number_of_anomalies, found.anomaly_indices!.length)
    assert.equal(found.anomaly_threshold, threshold)

    const none = { anomaly_threshold: null, number_of_anomalies: null, anomaly_indices: null }
    for (const [i, row] of spiked.slice(90, 139).entries()) {
      const { status, body } = await detect(row)
      assert.equal(status, 200)
      const message = `Buffer filling: ${i + 1}/50 points. Detection will start once buffer is full.`
      assert.deepEqual(body, { status: 'info', message, results: none })
    }
    const full = await detect(spiked[139])
    assert.deepEqual(full.body.results, { ...found, number_of_anomalies: 1, anomaly_indices: [0] })

    const row = test[0]!
    const wrong: unknown[] = [undefined, null, 'text', {}, [], [1, 2, 3], [...row, 1], [...row.slice(1), 'x']]
    const huge = [1e39, 1e300, -1e9].map((value) => [...row.slice(1), value])
    wrong.push(...huge, ...huge.map((one) => [...test, one]))
    for (const readings of [...wrong, test.slice(0, 49), [...test.slice(1), [...row.slice(1), null]]]) {
      const { status, body } = await detect(readings)
      assert.deepEqual([status, body.status], [400, 'error'], JSON.stringify(readings)?.slice(0, 60))
    }
    assert.equal((await fetch(`${nodeRed.base}/api/detect`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"sensor_' })).status, 400) // prettier-ignore
    assert.equal((await post(nodeRed, '/api/detect', [])).status, 400)
    const stuck = await detect(Array.from({ length: 60 }, () => row))
    assert.equal(stuck.status, 422)
    assert.match(stuck.body.message, /constant|stuck/)
    // What was refused is not in the buffer of this client.
    assert.equal((await detect(spiked[139])).status, 200)
    const many = await detect(Array.from({ length: 10050 }, () => row))
    assert.deepEqual([many.status, many.body.message], [413, 'At most 10049 readings at once, got 10050.'])

    const again = await train()
    assert.deepEqual([again.status, again.body.log], [200, trained.body.log])
    writeNormal(imuRows(5000, 2))
    const other = await train()
    assert.equal(other.status, 200)
    const { anomaly_threshold: newer } = (await detect(test)).body.results!
    assert.notEqual(newer, threshold)
    assert.equal(other.body.log, `Windows: 4951, threshold: ${newer}`)
  })

  it('a training that fails leaves what was learned before at work', async () => {
    const nodeRed = await start({ flows: example('HTTP/1 - Train and detect.json'), userDir })
    const normal = imuRows(5000, 1)
    const detect = (): Promise<Answer> => post(nodeRed, '/api/detect', { sensor_readings: imuRows(3000, 8) })
    writeNormal(normal)
    assert.equal((await post(nodeRed, '/api/train', {})).status, 200)
    const before = (await detect()).body
    assert.equal(before.status, 'success')

    const text = normal.map((row) => row.map(String))
    const flawed: [string[][], RegExp][] = [
      [
        text.map((row, i) => (i === 99 ? ['', ...row.slice(1)] : row)),
        /Row 100 of the file has no 6 numbers/,
      ],
      [text.map((row, i) => (i === 4000 ? ['1e39', ...row.slice(1)] : row)), /Row 4001 of the file/],
      // It stands still for the last 3000 rows, or for the first: learning begins and is given up.
      [
        text.map((row, i) => (i < 2000 ? row : text[2000]!)),
        /^\d+ windows of the file can be judged, 4450 are/,
      ],
      [
        text.map((row, i) => (i > 3000 ? row : text[3000]!)),
        /^\d+ windows of the file can be judged, 4450 are/,
      ],
      // Enough to learn from, not enough to calibrate on.
      [
        text.map((row, i) => (i < 3000 ? row : text[3000]!)),
        /^\d+ windows of the file can be judged, 4450 are/,
      ],
    ]
    for (const [rows, why] of flawed) {
      writeNormal(rows)
      const { status, body } = await post(nodeRed, '/api/train', {})
      assert.equal(status, 500)
      assert.match(body.message, why)
      assert.deepEqual(
        (await detect()).body,
        before,
        `after case ${flawed.findIndex((one) => one[0] === rows)}: ${body.message}`,
      )
    }
  })

  it('answers a request whose windows get lost, and trains again after that', async () => {
    const flows = example('HTTP/1 - Train and detect.json').map((node) => ({
      ...node,
      ...(node.type === 'anomaly-threshold-calibrate' ? { wires: [[], []] } : {}),
      ...(typeof node['func'] === 'string' ? { func: node['func'].replace(/\b600?000\b/, '500') } : {}),
    }))
    const nodeRed = await start({ flows, userDir })
    writeNormal(imuRows(5000, 1))
    const lost = await post(nodeRed, '/api/detect', { sensor_readings: imuRows(100, 1) })
    assert.deepEqual([lost.status, lost.body.status], [504, 'error'])
    for (const attempt of ['first', 'second']) {
      const { status, body } = await post(nodeRed, '/api/train', {})
      assert.equal(status, 504, `${attempt}: ${body.message}`)
    }
  })

  it('(needs ../shared/reference) gives the scores of the model that the system was shipped with', async function () {
    if (!existsSync(reference)) return this.skip()
    const known = JSON.parse(readFileSync(path.join(reference, 'autoencoder.json'), 'utf8')) as { raw: number[][][]; mae: number[] } // prettier-ignore
    const file = (name: string): string => path.join(reference, name)
    writeFileSync(path.join(userDir, 'models', 'autoencoder.onnx'), readFileSync(file('autoencoder.onnx')))
    const bundle = path.join(userDir, 'edge-anomaly', 'models', 'imu-api-onnx')
    succeed([
      'import',
      file('scaler.pkl'),
      '--model',
      bundle,
      '--channels',
      CHANNELS.join(','),
      '--window',
      '50',
    ])
    const THRESHOLD = 0.05963 // mean + 2.5 standard deviations of its training windows
    const flows = example('HTTP/2 - Detect with your own ONNX model.json', {
      'anomaly-threshold-calibrate': { method: 'fixed', value: String(THRESHOLD) },
    })
    const probe = { id: 'probe', type: 'test-out', name: 'verdicts', z: flows[0]!.id, x: 9, y: 9, wires: [] }
    const wired = flows.map((node) =>
      node.type === 'anomaly-threshold-calibrate'
        ? { ...node, wires: [[...(node['wires'] as string[][])[0]!, 'probe'], []] }
        : node,
    )
    const nodeRed = await start({ flows: [...wired, probe], userDir })
    for (const [i, raw] of known.raw.entries()) {
      const answer = await post(nodeRed, '/api/detect', { sensor_readings: raw })
      assert.equal(answer.status, 200, answer.body.message)
      const score = verdictOf((await nodeRed.firstMessages('verdicts', 2 * i + 2)).at(-1)!).score!
      assert.ok(Math.abs(score - known.mae[i]!) < 1e-6, `${score} for ${known.mae[i]}`)
      const isAnomaly = known.mae[i]! > THRESHOLD
      assert.deepEqual(answer.body.results, {
        anomaly_threshold: THRESHOLD,
        number_of_anomalies: isAnomaly ? 1 : 0,
        anomaly_indices: isAnomaly ? [0] : [],
      })
    }
  })

  it('(needs ../shared/reference) answers each request where more readings come at once than can wait', async function () {
    if (!existsSync(reference)) return this.skip()
    const network = readFileSync(path.join(reference, 'autoencoder.onnx'))
    writeFileSync(path.join(userDir, 'models', 'autoencoder.onnx'), network)
    const flows = example('HTTP/2 - Detect with your own ONNX model.json')
    const nodeRed = await start({ flows, userDir })
    const detect = (count: number): Promise<Answer> =>
      post(nodeRed, '/api/detect', { sensor_readings: imuRows(count, 1) })
    writeNormal(imuRows(4000, 1))
    const trained = await post(nodeRed, '/api/train', {})
    assert.equal(trained.status, 200, trained.body.message)
    const three = await Promise.all([detect(5500), detect(5500), detect(5500)])
    assert.deepEqual(three.map(({ status }) => status).sort(), [200, 503, 503])
    assert.equal((await detect(5500)).status, 200)
    // Training once more on the same rows gives the same.
    assert.deepEqual((await post(nodeRed, '/api/train', {})).body, trained.body)
  })
})
