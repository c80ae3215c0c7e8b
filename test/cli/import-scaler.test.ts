import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { readModel } from '../../src/cli/model/stored-model'
import { packageRoot } from '../node-red'
import { edgeAnomaly, records, referenceFile, scratch, succeed } from './edge-anomaly'

const fixture = (name: string): string => path.join(packageRoot, 'test', 'model', 'fixtures', 'import', name)

type Rows = readonly (readonly number[])[]
const { networks } = JSON.parse(
  fs.readFileSync(path.join(packageRoot, 'test', 'expectations', 'import.json'), 'utf8'),
) as { networks: Readonly<Record<string, { readonly input: Rows; readonly output: Rows }>> }

describe('importing a network behind a scaler that no file holds', () => {
  const file = scratch()
  const { input, output } = networks['dense.tflite']!
  const names = ['a', 'b', 'c', 'd']
  const scales = [1000, 1, 0.01, 7]
  const table = (rows: Rows): string =>
    `${[names.join(','), ...rows.map((row) => row.join(','))].join('\n')}\n`

  it('learns that scaler from the rows that are given, in front of the network', () => {
    // Rows that minmax maps onto the network's inputs: its range is that of 0 and 1 in the scale of each column.
    const corners = [0, 1].map((end) => scales.map((scale) => end * scale + 5))
    const train = [
      ...corners,
      ...Array.from({ length: 40 }, (_, i) => scales.map((scale) => (i / 40) * scale + 5)),
    ]
    const raw = input.map((row) => row.map((z, c) => z * scales[c]! + 5))
    fs.writeFileSync(file('train.csv'), table(train))
    const options = ['--channels', names.join(','), '--scaler', 'minmax', '--input', file('train.csv')]
    succeed(['import', fixture('dense.tflite'), '--model', file('net'), '--threshold', '0.5', ...options])
    const [{ parts }] = readModel(file('net')).baselines as [ReturnType<typeof readModel>['baselines'][0]]
    assert.deepEqual(parts.map(({ role }) => role), ['scaler', 'detector']) // prettier-ignore
    const scored = records(succeed(['score', '--model', file('net'), '--input', '-'], table(raw)))
    scored.forEach((line, i) => {
      const expected = input[i]!.reduce((sum, z, c) => sum + (z - output[i]![c]!) ** 2, 0) / names.length
      assert.ok(Math.abs(Number(line.score) / expected - 1) < 1e-3, `${line.score} for ${expected}`)
      assert.equal(line.is_anomaly, expected > 0.5 ? '1' : '0')
    })
  })

  it('needs both options, and no other scaler', () => {
    const take = (...args: string[]): { code: number | null; err: string } =>
      edgeAnomaly(['import', '--model', file('x'), '--channels', names.join(','), ...args])
    const alone = take(fixture('dense.tflite'), '--scaler', 'minmax')
    assert.deepEqual([alone.code, /--input is missing/.test(alone.err)], [2, true])
    fs.writeFileSync(file('train.csv'), table(input))
    const both = take(fixture('dense.tflite'), fixture('standard_p5.pkl'), '--scaler', 'minmax', '--input', file('train.csv')) // prettier-ignore
    assert.match(both.err, /--scaler and .*standard_p5\.pkl say the same thing twice/)
    assert.ok(!fs.existsSync(file('x')))
  })

  it('the metrics of a Raspberry Pi: its errors on its own rows, one of them above its threshold', function () {
    const network = referenceFile('system4/optimized_autoencoder.h5')
    if (network === undefined) this.skip()
    const metrics = referenceFile('system4/system_metrics_dynamic.csv')!
    const channels = 'CPU Load (%),CPU Frequency (MHz),RAM Usage (MB)'
    const options = ['--channels', channels, '--scaler', 'minmax', '--input', metrics, '--threshold', '0.2']
    succeed(['import', network, '--model', file('pi'), ...options])
    const scored = records(succeed(['score', '--model', file('pi'), '--input', metrics]))
    const scores = scored.map(({ score }) => Number(score))
    assert.equal(scores.length, 1700)
    assert.ok(Math.abs(scores.reduce((sum, score) => sum + score, 0) / 1700 - 0.0618) < 5e-5)
    assert.ok(Math.abs(Math.max(...scores) - 0.203) < 5e-4)
    assert.equal(scored.filter(({ is_anomaly: flag }) => flag === '1').length, 1)
  })
})
