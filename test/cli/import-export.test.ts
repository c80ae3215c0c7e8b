import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { readModel } from '../../src/cli/model/stored-model'
import { Bundle } from '../../src/model/bundle'
import { exportOnnx } from '../../src/model/export/onnx'
import { readOnnx } from '../../src/model/onnx/read'
import { packageRoot } from '../node-red'
import { edgeAnomaly, records, referenceFile, scratch, succeed } from './edge-anomaly'
import { normalRows } from './recordings'

const fixture = (name: string): string => path.join(packageRoot, 'test', 'model', 'fixtures', name)

type Rows = readonly (readonly number[])[]
const expectations = JSON.parse(
  fs.readFileSync(path.join(packageRoot, 'test', 'expectations', 'import.json'), 'utf8'),
) as {
  readonly scalers: Readonly<Record<string, { readonly input: Rows; readonly output: Rows }>>
  readonly networks: Readonly<Record<string, { readonly input: Rows; readonly output: Rows }>>
  readonly mahalanobis: { readonly mean: readonly number[]; readonly inverse: Rows }
}

describe('importing and exporting', () => {
  const file = scratch()
  const { lines } = normalRows(300, 3)
  const csv = `a,b,c\n${lines.join('\n')}\n`
  const scoresOf = (model: string, text = csv): readonly string[] =>
    records(succeed(['score', '--model', model, '--input', '-'], text)).map(({ score }) => score!)

  it('carries a whole model in one file, contexts and all, which scores by itself too', () => {
    const text = `a,b,c,state\n${lines.map((line, i) => `${line},${i % 2 === 0 ? 'x' : 'y'}`).join('\n')}\n`
    succeed(['fit', '--input', '-', '--model', file('m'), '--context', 'state', '--alpha', '0.05'], text)
    succeed(['export', '--model', file('m'), '--to', 'bundle', '--out', file('m.anomaly')])
    succeed(['import', file('m.anomaly'), '--model', file('copy')])
    const expected = scoresOf(file('m'), text)
    assert.equal(expected.length, 300)
    assert.deepEqual(scoresOf(file('copy'), text), expected)
    assert.deepEqual(scoresOf(file('m.anomaly'), text), expected)
  })

  it('exports a learned autoencoder as ONNX with its threshold', () => {
    const learn = ['--detector', 'autoencoder', '--epochs', '5', '--alpha', '0.05', '--seed', '3']
    succeed(['fit', '--input', '-', '--model', file('ae'), ...learn], csv)
    succeed(['export', '--model', file('ae'), '--to', 'onnx', '--out', file('ae.onnx')])
    const bytes = fs.readFileSync(file('ae.onnx'))
    const { calibration } = readModel(file('ae')).baselines[0]!
    assert.ok(bytes.includes(String(calibration!.threshold)))
    for (const name of ['reconstruction', 'channel_error', 'score']) assert.ok(bytes.includes(name), name)
    succeed(['export', '--model', file('ae'), '--to', 'onnx', '--int8', '--out', file('ae8.onnx')])
    const bundle = Bundle.open(path.dirname(file('ae')), 'ae')
    const [stream] = bundle.streams()
    for (const [name, int8] of [
      ['ae.onnx', false],
      ['ae8.onnx', true],
    ] as const) {
      const written = fs.readFileSync(file(name))
      assert.ok(Buffer.compare(written, exportOnnx(bundle, stream!, { int8 })) === 0, 'as Node-RED writes it')
      const { metadata, producer } = readOnnx(written)
      const { weights, threshold_note: note, ...rest } = Object.fromEntries(metadata)
      assert.deepEqual(
        [producer, rest['vote'], weights],
        ['edge-anomaly', '{"k":1,"n":1}', int8 ? 'int8' : undefined],
      )
      assert.deepEqual(JSON.parse(rest['channels']!), ['a', 'b', 'c'])
      assert.equal(note, int8 ? 'approximate: calibrated with weights in 32 bits' : undefined)
    }
    const again = file('ae-again')
    succeed(['fit', '--input', '-', '--model', again, ...learn], csv)
    assert.deepEqual(scoresOf(again), scoresOf(file('ae')), 'the same seed learns the same')
  })

  it('takes in a scaler and a network behind it, together or one after the other', () => {
    const { scalers, networks } = expectations
    const scaler = scalers['standard_p5.pkl']!
    const network = networks['dense.tflite']!
    // What the scaler maps onto the network's inputs: two rows tell how it maps each column.
    const rows = network.input.map((row) =>
      row.map((z, c) => {
        const [x0, x1] = [scaler.input[0]![c]!, scaler.input[1]![c]!]
        const [z0, z1] = [scaler.output[0]![c]!, scaler.output[1]![c]!]
        return x0 + ((z - z0) * (x1 - x0)) / (z1 - z0)
      }),
    )
    const text = `a,b,c,d\n${rows.map((row) => row.join(',')).join('\n')}\n`
    const files = [fixture('import/dense.tflite'), fixture('import/standard_p5.pkl')]
    const options = ['--channels', 'a,b,c,d', '--threshold', '0.5']
    succeed(['import', ...files, '--model', file('together'), ...options])
    succeed(['import', files[1]!, '--model', file('apart'), ...options])
    succeed(['import', files[0]!, '--model', file('apart'), ...options])
    const expected = network.input.map(
      (row, i) => row.reduce((sum, z, c) => sum + (z - network.output[i]![c]!) ** 2, 0) / row.length,
    )
    for (const model of ['together', 'apart']) {
      const scored = records(succeed(['score', '--model', file(model), '--input', '-'], text))
      scored.forEach((line, i) => {
        assert.ok(Math.abs(Number(line.score) / expected[i]! - 1) < 1e-4, `${line.score} for ${expected[i]}`)
        assert.equal(line.is_anomaly, expected[i]! > 0.5 ? '1' : '0')
      })
    }
    const { contract } = { contract: readModel(file('apart')).baselines[0]! }
    assert.deepEqual(
      contract.parts.map(({ kind }) => kind),
      ['scaler given standard', 'autoencoder given dense 3-2-3-4 mse'],
    )
  })

  it('takes in mean and covariance, and gives the distance, not its square', () => {
    const { mean, inverse } = expectations.mahalanobis
    succeed(['import', fixture('import/model.h'), '--model', file('md'), '--channels', 'a,b,c'])
    const step = 0.01
    const row = mean.map((value, i) => (i === 0 ? value + step : value))
    const { out, err } = edgeAnomaly(
      ['score', '--model', file('md'), '--input', '-'],
      `a,b,c\n${row.join(',')}\n`,
    )
    assert.match(err, /no threshold/)
    const [line] = records(out)
    assert.ok(Math.abs(Number(line!.score) / (step * Math.sqrt(inverse[0]![0]!)) - 1) < 1e-5)
    assert.deepEqual([line!.threshold, line!.is_anomaly, line!.reason], ['', '0', 'LEARNING'])
  })

  it('asks for the names of columns that a file does not tell', () => {
    const { code, err } = edgeAnomaly(['import', fixture('import/dense.tflite'), '--model', file('net')])
    assert.equal(code, 2)
    assert.match(err, /--channels is missing/)
    succeed(['import', fixture('import/minmax_named.joblib'), '--model', file('named')])
    assert.deepEqual(readModel(file('named')).baselines[0]!.input, ['source ax,az,temp °C,rpm'])
  })

  it('says what it cannot take in', () => {
    fs.writeFileSync(file('x.txt'), 'hello')
    const { code, err } = edgeAnomaly(['import', file('x.txt'), '--model', file('none')])
    assert.equal(code, 1)
    assert.match(err, /none of the files that can be imported/)
    assert.ok(!fs.existsSync(file('none')))
  })

  it('sets a threshold on a model that has none, from a recording', () => {
    succeed(
      ['fit', '--input', '-', '--model', file('first'), '--detector', 'robust-z', '--alpha', '0.05'],
      csv,
    )
    const before = readModel(file('first')).baselines[0]!
    fs.writeFileSync(file('later.csv'), csv)
    succeed(['fit', '--calibrate', file('later.csv'), '--model', file('first'), '--alpha', '0.02'])
    const after = readModel(file('first')).baselines[0]!
    assert.deepEqual(
      after.parts.map(({ hash }) => hash),
      before.parts.map(({ hash }) => hash),
    )
    assert.equal(after.calibration!.n, 300)
    assert.equal(after.version, before.version + 1)
    const scores = scoresOf(file('first'))
      .map(Number)
      .sort((x, y) => x - y)
    // ceil(301 · 0.98) = 295
    assert.equal(after.calibration!.threshold, scores[294])
  })

  describe('files of other programs (need ../shared/reference)', () => {
    const reference = (name: string): string => referenceFile(name)!
    before(function () {
      if (referenceFile('system1') === undefined) this.skip()
    })

    it('the ceiling fan’s Mahalanobis model gives its distances on its own recordings', () => {
      const options = [
        '--channels',
        'ax,ay,az',
        '--window',
        '128',
        '--hop',
        '200',
        '--rate',
        '200',
        '--features',
        'mad',
      ]
      const model = reference('system1/md_model_reference.npz')
      succeed(['import', model, '--model', file('fan'), '--group', 'id', '--threshold', '3.388', ...options])
      const { md_model_reference } = JSON.parse(
        fs.readFileSync(reference('system1/expected.json'), 'utf8'),
      ) as {
        md_model_reference: { d2: Readonly<Record<string, number>> }
      }
      const recordings = Object.entries(md_model_reference.d2)
      const lines = recordings.flatMap(([name]) =>
        fs
          .readFileSync(reference(`system1/csv/${name}`), 'utf8')
          .trim()
          .split('\n')
          .map((row) => `${row.replaceAll(' ', '')},${name}`),
      )
      const scored = records(
        succeed(['score', '--model', file('fan'), '--input', '-'], `ax,ay,az,id\n${lines.join('\n')}\n`),
      )
      assert.equal(scored.length, recordings.length)
      recordings.forEach(([name, square], i) => {
        assert.equal(scored[i]!.group, name)
        assert.ok(Math.abs(Number(scored[i]!.score) ** 2 / square - 1) < 1e-3, `${name} ${scored[i]!.score}`)
        assert.equal(scored[i]!.is_anomaly, square > 11.4785 ? '1' : '0')
      })
    })

    it('a scaler and an ONNX autoencoder of windows give its scores', function () {
      this.timeout(60_000)
      const channels = 'accel_x,accel_y,accel_z,gyro_x,gyro_y,gyro_z'
      const files = [reference('system0/autoencoder.onnx'), reference('system0/scaler.pkl')]
      const options = ['--channels', channels, '--loss', 'mae', '--threshold', '0.0596']
      const taken = JSON.parse(
        succeed(['import', ...files, '--model', file('onnx'), '--json', ...options]),
      ) as {
        contract: readonly string[]
      }[]
      assert.match(
        taken[1]!.contract.join(' · '),
        /^source accel_x.* · window 50 · scaler given minmax 0\.\.1#.* · onnx given mae#/,
      )
      const { raw, mae } = JSON.parse(fs.readFileSync(reference('system0/autoencoder.json'), 'utf8')) as {
        raw: readonly (readonly (readonly number[])[])[]
        mae: readonly number[]
      }
      raw.forEach((rows, i) => {
        const text = `${channels}\n${rows.map((row) => row.join(',')).join('\n')}\n`
        const { code, out, err } = edgeAnomaly(['score', '--model', file('onnx'), '--input', '-'], text)
        if (/onnxruntime/.test(err)) this.skip()
        assert.equal(code, 0, err)
        assert.ok(Math.abs(Number(records(out)[0]!.score) - mae[i]!) < 1e-5)
      })
    })

    it('a Keras autoencoder of three metrics gives its errors', () => {
      const options = ['--channels', 'load,frequency,memory', '--threshold', '0.2']
      const model = reference('system4/optimized_autoencoder.h5')
      succeed(['import', model, '--model', file('pi'), ...options])
      const { input, mse } = JSON.parse(fs.readFileSync(reference('system4/expected.json'), 'utf8')) as {
        input: readonly (readonly number[])[]
        mse: readonly number[]
      }
      const text = `load,frequency,memory\n${input.map((row) => row.join(',')).join('\n')}\n`
      const scored = records(succeed(['score', '--model', file('pi'), '--input', '-'], text))
      scored.forEach((line, i) => {
        assert.ok(Math.abs(Number(line.score) - mse[i]!) < 1e-6)
        assert.equal(line.is_anomaly, mse[i]! > 0.2 ? '1' : '0')
      })
    })
  })
})
