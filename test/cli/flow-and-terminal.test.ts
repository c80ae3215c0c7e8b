import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Verdict } from '../../src/core/verdict'
import { Flow, type FlowDefinition } from '../nodes/flow'
import { records, scratch, succeed } from './edge-anomaly'
import { fanRows } from './recordings'

const RATE = 200
const BATCH = 100
const BEGIN = Date.UTC(2026, 0, 1)
const CHAIN: readonly FlowDefinition[] = [
  { id: 'model', type: 'anomaly-model', bundle: 'fan', rows: '60', calibrationRows: '99' },
  {
    ...{ id: 'source', type: 'anomaly-imu-source', transport: 'message', format: 'json', rate: String(RATE) },
    ...{ clock: 'device', timeField: 't', timeUnit: 'ms', wires: [['window']] },
    channels: ['ax', 'ay', 'az'].map((name) => ({ name, unit: 'g' })),
  },
  { id: 'window', type: 'anomaly-window', unit: 'samples', length: '200', hop: '100', wires: [['features']] },
  { id: 'features', type: 'anomaly-features', wires: [['scaler']] },
  { id: 'scaler', type: 'anomaly-scaler', model: 'model', wires: [['detector']] },
  { id: 'detector', type: 'anomaly-mahalanobis', model: 'model', wires: [['threshold']] },
  { id: 'threshold', type: 'anomaly-threshold-calibrate', model: 'model', wires: [['out'], []] },
  { id: 'out', type: 'helper' },
]

/** Sends rows as a device would, and gives the verdicts. `mode`: the operating state, a channel of its own. */
async function feed(
  flow: Flow,
  rows: readonly string[],
  begin: number,
  mode?: number,
): Promise<readonly Verdict[]> {
  const before = flow.at('out').length
  for (let from = 0; from < rows.length; from += BATCH) {
    const columns = rows.slice(from, from + BATCH).map((row) => row.split(',').map(Number))
    const axis = (i: number): readonly number[] => columns.map((row) => row[i]!)
    const t = begin + (from * 1000) / RATE
    const state = mode === undefined ? {} : { mode: columns.map(() => mode) }
    const payload = { t, ax: axis(0), ay: axis(1), az: axis(2), ...state }
    flow.send('source', { topic: '', payload })
    await flow.settle(10)
  }
  await flow.settle()
  return flow
    .at('out')
    .slice(before)
    .map((message) => message.anomaly as Verdict)
}

describe('a model of the terminal and a model of a flow', function () {
  this.timeout(60_000)
  const file = scratch()
  const train = fanRows(RATE * 90, { seed: 1 })
  const test = fanRows(RATE * 20, { seed: 2 })
  const folders: string[] = []

  const userDir = (): string => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'anomaly-both-'))
    folders.push(folder)
    return folder
  }
  const modelIn = (folder: string): string => path.join(folder, 'edge-anomaly', 'models', 'fan')
  const csv = (rows: readonly string[]): string => `ax,ay,az\n${rows.join('\n')}\n`

  before(() => {
    writeFileSync(file('train.csv'), csv(train))
    writeFileSync(file('test.csv'), csv(test))
  })
  after(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })))

  it('learned in the terminal and exported, it runs in a flow: the same scores, threshold and p-values', async () => {
    const shape = ['--window', '200', '--hop', '100', '--rate', '200', '--unit', 'g', '--alpha', '0.02']
    const learned = [
      '--input',
      file('train.csv'),
      '--calibrate',
      file('train.csv'),
      '--model',
      file('learned'),
    ]
    succeed(['fit', ...learned, ...shape])
    succeed(['export', '--model', file('learned'), '--to', 'bundle', '--out', file('fan.anomaly')])
    const folder = userDir()
    succeed(['import', file('fan.anomaly'), '--model', modelIn(folder)])
    const expected = records(succeed(['score', '--model', file('learned'), '--input', file('test.csv')]))
    const chain = CHAIN.map((node) => (node.id === 'threshold' ? { ...node, alpha: '2' } : node))
    const flow = await Flow.load(chain, folder)
    try {
      const verdicts = await feed(flow, test, BEGIN)
      assert.equal(verdicts.length, expected.length)
      verdicts.forEach((verdict, i) => {
        const line = expected[i]!
        assert.equal(verdict.score, Number(line.score))
        assert.equal(verdict.threshold, Number(line.threshold))
        assert.equal(verdict.reason, line.reason)
        assert.ok(Math.abs(verdict.pValue! - Number(line.p_value)) < 1e-8)
      })
    } finally {
      await flow.unload()
    }
  })

  it('learned in a flow, it runs in the terminal: the same scores and threshold, without an option', async () => {
    const folder = userDir()
    const flow = await Flow.load(CHAIN, folder)
    let verdicts: readonly Verdict[]
    try {
      // 60 windows are learned from, then 99 that share no data are calibrated on.
      await feed(flow, fanRows(RATE * 140, { seed: 3 }), BEGIN)
      verdicts = await feed(flow, test, BEGIN + 3_600_000)
    } finally {
      await flow.unload()
    }
    assert.ok(verdicts.every(({ threshold }) => threshold !== null))
    cpSync(modelIn(folder), file('copied'), { recursive: true })
    const lines = records(succeed(['score', '--model', file('copied'), '--input', file('test.csv')]))
    assert.equal(lines.length, 39)
    lines.forEach((line, i) => {
      assert.equal(Number(line.score), verdicts[i]!.score)
      assert.equal(Number(line.threshold), verdicts[i]!.threshold)
      assert.equal(line.reason, verdicts[i]!.reason)
    })
  })

  it('learned in a flow with a baseline for each context, it runs in the terminal: the same scores and the common threshold', async () => {
    const folder = userDir()
    const channels = [...['ax', 'ay', 'az'].map((name) => ({ name, unit: 'g' })), { name: 'mode', unit: '' }]
    const chain = CHAIN.map((node) => {
      if (node.id === 'source') return { ...node, channels }
      if (node.id === 'window') return { ...node, contextFrom: 'channel', context: 'mode' }
      return node.id === 'scaler' ? { ...node, contexts: '1, 2' } : node
    })
    const runs = [
      { mode: 1, rows: fanRows(RATE * 10, { seed: 11, speed: 'low' }) },
      { mode: 2, rows: fanRows(RATE * 10, { seed: 12, speed: 'high' }) },
    ]
    const flow = await Flow.load(chain, folder)
    let verdicts: readonly Verdict[]
    try {
      await feed(flow, fanRows(RATE * 140, { seed: 9, speed: 'low' }), BEGIN, 1)
      await feed(flow, fanRows(RATE * 140, { seed: 10, speed: 'high' }), BEGIN + 1_000_000, 2)
      const before = flow.at('out').length
      for (const [i, { mode, rows }] of runs.entries())
        await feed(flow, rows, BEGIN + 3_600_000 + i * 10_000, mode)
      verdicts = flow
        .at('out')
        .slice(before)
        .map((message) => message.anomaly as Verdict)
    } finally {
      await flow.unload()
    }
    cpSync(modelIn(folder), file('contexts'), { recursive: true })
    const rows = runs.flatMap((run) => run.rows.map((row) => `${row},${run.mode}`))
    writeFileSync(file('states.csv'), `ax,ay,az,mode\n${rows.join('\n')}\n`)
    const scored = ['--model', file('contexts'), '--input', file('states.csv'), '--context', 'mode']
    const lines = records(succeed(['score', ...scored]))
    assert.equal(lines.length, 38)
    assert.equal(new Set(lines.map((line) => line.threshold)).size, 1)
    lines.forEach((line, i) => {
      assert.equal(Number(line.score), verdicts[i]!.score)
      assert.equal(Number(line.threshold), verdicts[i]!.threshold)
      assert.ok(Math.abs(verdicts[i]!.pValue! - Number(line.p_value)) < 1e-8)
      assert.equal(line.reason, verdicts[i]!.reason)
    })
  })
})
