import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Frame } from '../../src/core/frame'
import type { Verdict } from '../../src/core/verdict'
import type { Message } from '../../src/runtime/message'
import { Flow, gaussian, type FlowDefinition } from './flow'

const N = 40
const M = 19
const LEVELS: Readonly<Record<string, number>> = { low: 0, medium: 50, high: 200 }

const chain = (settings: Record<string, unknown> = {}): readonly FlowDefinition[] => [
  { id: 'model', type: 'anomaly-model', bundle: 'fan', rows: String(N), calibrationRows: String(M) },
  {
    id: 'window',
    type: 'anomaly-window',
    unit: 'samples',
    length: '4',
    hop: '4',
    context: 'speed',
    wires: [['features']],
    ...(settings['window'] as object | undefined),
  },
  { id: 'features', type: 'anomaly-features', preset: 'list', features: 'mean,std', wires: [['scaler']] },
  {
    id: 'scaler',
    type: 'anomaly-scaler',
    model: 'model',
    wires: [['detector']],
    ...(settings['scaler'] as object | undefined),
  },
  { id: 'detector', type: 'anomaly-mahalanobis', model: 'model', wires: [['threshold']] },
  {
    id: 'threshold',
    type: 'anomaly-threshold-calibrate',
    model: 'model',
    alpha: '5',
    wires: [['out'], []],
    ...(settings['threshold'] as object | undefined),
  },
  { id: 'out', type: 'helper' },
]

/** A machine whose level depends on its speed, sampled at 100 Hz. */
class Machine {
  private row = 0
  private readonly random: () => number

  constructor(
    private readonly flow: Flow,
    seed: number,
    private readonly topic = 'fan',
  ) {
    this.random = gaussian(seed)
  }

  /** Runs for so many windows of four samples; `shift` is what is wrong with it. */
  async run(speed: string, windows: number, shift = 0): Promise<Message[]> {
    const before = this.flow.at('out').length
    for (let i = 0; i < windows; i++) this.flow.send('window', this.window(speed, shift))
    await this.flow.settle()
    return this.flow.at('out').slice(before)
  }

  private window(speed: string, shift: number): Message {
    const level = LEVELS[speed] ?? 1000
    const payload: Frame = {
      channels: ['ax', 'ay'],
      rate: 100,
      start: 1_700_000_000_000 + 10 * this.row,
      data: Float32Array.from({ length: 8 }, () => level + shift + this.random()),
    }
    this.row += 4
    return { topic: this.topic, speed, payload }
  }
}

const verdicts = (messages: readonly Message[]): Verdict[] => messages.map((message) => message.anomaly!)
const reasons = (messages: readonly Message[]): string[] => [
  ...new Set(verdicts(messages).map(({ reason }) => reason)),
]

describe('contexts in the flow', () => {
  let flow: Flow
  afterEach(() => flow.end())

  const learnAll = async (machine: Machine): Promise<void> => {
    for (const speed of ['low', 'medium', 'high']) {
      await machine.run(speed, N + M)
    }
  }
  const LISTED = { scaler: { contexts: 'low, medium, high' } }

  it('keeps one baseline for each, named once in the window node', async () => {
    flow = await Flow.load(chain(LISTED))
    const machine = new Machine(flow, 1)
    await learnAll(machine)
    for (const speed of ['high', 'low', 'medium', 'low']) {
      const normal = verdicts(await machine.run(speed, 50))
      assert.equal(normal.length, 50)
      assert.ok(
        normal.every(({ score }) => score !== null && score < 8),
        speed,
      )
      assert.ok(normal.filter(({ isAnomaly }) => isAnomaly).length <= 8, speed)
      const faulty = verdicts(await machine.run(speed, 5, 20))
      assert.equal(faulty.length, 5)
      assert.ok(
        faulty.every(({ isAnomaly }) => isAnomaly),
        `${speed} with a shift of twenty deviations`,
      )
    }
  })

  it('takes one threshold from the scores of all of them', async () => {
    flow = await Flow.load(chain(LISTED))
    const machine = new Machine(flow, 2)
    await learnAll(machine)
    const scores = verdicts(flow.at('out')).filter(({ inSample, score }) => !inSample && score !== null)
    assert.equal(scores.length, 3 * M)
    // alpha 5 % of 57 scores: the 2nd largest, since ⌊58 · 0.05⌋ = 2.
    const second = scores.map(({ score }) => score!).sort((a, b) => b - a)[1]
    for (const speed of ['low', 'medium', 'high']) {
      const [verdict] = verdicts(await machine.run(speed, 1))
      assert.equal(verdict!.threshold, second, speed)
      const above = scores.filter(({ score }) => score! >= verdict!.score!).length
      assert.equal(verdict!.pValue, (1 + above) / 58)
    }
  })

  it('takes a threshold of its own for each where that is set', async () => {
    flow = await Flow.load(chain({ ...LISTED, threshold: { contexts: 'apart' } }))
    const machine = new Machine(flow, 3)
    const largest: Record<string, number> = {}
    for (const speed of ['low', 'medium', 'high']) {
      const out = verdicts(await machine.run(speed, N + M)).filter(({ inSample }) => !inSample)
      largest[speed] = Math.max(...out.map(({ score }) => score!))
    }
    for (const speed of ['low', 'medium', 'high']) {
      const [verdict] = verdicts(await machine.run(speed, 1))
      assert.equal(verdict!.threshold, largest[speed], `alpha 5 % of 19 scores is the largest (${speed})`)
    }
  })

  it('answers UNKNOWN_CONTEXT without a score, and names what is known', async () => {
    flow = await Flow.load(chain())
    const machine = new Machine(flow, 4)
    await machine.run('low', N + M)
    const unknown = await machine.run('overspeed', 3)
    assert.deepEqual(reasons(unknown), ['UNKNOWN_CONTEXT'])
    assert.ok(unknown.every(({ payload }) => payload === null))
    assert.match(verdicts(unknown)[0]!.detail!, /'overspeed' .*\(known: low\)/)
    assert.deepEqual(reasons(await machine.run('low', 20)).includes('NORMAL'), true)
  })

  for (const [id, settings] of [
    ['window', { type: 'anomaly-window', unit: 'samples', length: '4' }],
    ['learner', { type: 'anomaly-robust-z', rows: '10' }],
  ] as const)
    it(`answers UNKNOWN_CONTEXT where a message does not tell it: ${settings.type}`, async () => {
      flow = await Flow.load([
        { id, ...settings, context: 'speed', wires: [['out']] },
        { id: 'out', type: 'helper' },
        { id: 'caught', type: 'catch', scope: null, uncaught: false, wires: [['errors']] },
        { id: 'errors', type: 'helper' },
      ])
      const payload: Frame = { channels: ['ax'], rate: 100, start: 5000, data: Float32Array.of(1, 2) }
      for (const speed of [{}, { speed: '' }, { speed: {} }])
        flow.send(id, { topic: 'fan', payload, ...speed })
      await flow.settle()
      const told = verdicts(flow.at('out'))
      assert.deepEqual(reasons(flow.at('out')), ['UNKNOWN_CONTEXT'])
      assert.deepEqual(told.map(({ window }) => window), Array(2).fill({ start: 5000, end: 5020 })) // prettier-ignore
      assert.match(told[0]!.detail!, /msg\.speed is missing: it names the operating state/)
      assert.match(told[1]!.detail!, /msg\.speed is missing/)
      // What is no name at all is an error.
      const errors = flow.at('errors').map(({ error }) => (error as Error).message)
      assert.equal(errors.length, 1)
      assert.match(errors[0]!, /msg\.speed must be text or a number/)
    })

  it('learns the state that the machine is in when Learn is pressed, and leaves the others as they are', async () => {
    flow = await Flow.load(chain())
    const machine = new Machine(flow, 5)
    await machine.run('low', N + M)
    await machine.run('medium', 2)
    flow.send('scaler', { learn: true })
    await machine.run('medium', N + M)
    assert.ok(verdicts(await machine.run('medium', 10)).every(({ threshold }) => threshold !== null))
    const low = verdicts(await machine.run('low', 10))
    assert.ok(low.every(({ threshold, inSample }) => threshold !== null && !inSample))
    assert.deepEqual(reasons(await machine.run('high', 2)), ['UNKNOWN_CONTEXT'])
  })

  it('learns a state that the message names', async () => {
    flow = await Flow.load(chain())
    const machine = new Machine(flow, 6)
    await machine.run('low', N + M)
    flow.send('scaler', { learn: true, context: 'medium' })
    assert.ok(verdicts(await machine.run('low', 10)).every(({ threshold }) => threshold !== null))
    assert.deepEqual(reasons(await machine.run('medium', N + M)), ['LEARNING'])
    assert.ok(verdicts(await machine.run('medium', 10)).every(({ threshold }) => threshold !== null))
  })

  it('never lets a window hold two states', async () => {
    flow = await Flow.load([...chain({ window: { wires: [['out']] } })])
    const rows = (first: number, count: number): Frame => ({
      channels: ['ax'],
      rate: 100,
      start: 1_700_000_000_000 + 10 * first,
      data: Float32Array.from({ length: count }, (_, i) => first + i),
    })
    flow.send('window', { speed: 'low', payload: rows(0, 3) })
    flow.send('window', { speed: 'high', payload: rows(3, 5) })
    flow.send('window', { speed: 'low', payload: rows(8, 5) })
    await flow.settle()
    const windows = flow.at('out').map(({ payload, context }) => [context, ...(payload as Frame).data])
    assert.deepEqual(windows, [
      ['high', 3, 4, 5, 6],
      ['low', 8, 9, 10, 11],
    ])
  })

  it('reads the state from a channel, takes that out, and leaves out the settling time', async () => {
    const window = { contextFrom: 'channel', context: 'mode', settle: '0.02', wires: [['out']] }
    flow = await Flow.load(chain({ window }))
    const data = Float32Array.from([0, 1, 1, 1, 2, 1, 3, 1, 4, 2.5, 5, 2.5, 6, 2.5, 7, 2.5, 8, 2.5, 9, 2.5])
    const payload: Frame = { channels: ['ax', 'mode'], units: ['g', ''], rate: 100, start: 1_700_000_000_000, data, contract: ['source ax,mode g,- 100 Hz'] } // prettier-ignore
    flow.send('window', { payload })
    await flow.settle()
    const windows = flow.at('out').map(({ payload, context }) => ({ context, ...(payload as Frame) }))
    assert.deepEqual(
      windows.map(({ context, data: values, start }) => [context, start - 1_700_000_000_000, ...values]),
      [
        ['1', 0, 0, 1, 2, 3],
        ['2.5', 60, 6, 7, 8, 9],
      ],
    )
    assert.deepEqual(windows[0]!.channels, ['ax'])
    assert.deepEqual(windows[0]!.contract, ['source ax g 100 Hz', 'window 4'])
  })

  it('goes on after a restart with the same scores, thresholds and contexts, to the bit', async () => {
    const userDir = mkdtempSync(path.join(os.tmpdir(), 'anomaly-contexts-'))
    try {
      const outcomes: unknown[][] = []
      for (const cut of [false, true]) {
        const folder = path.join(userDir, String(cut))
        flow = await Flow.load(chain(LISTED), folder)
        const machine = new Machine(flow, 7)
        await learnAll(machine)
        if (cut) {
          await flow.unload()
          flow = await Flow.load(chain(LISTED), folder)
          ;(machine as unknown as { flow: Flow }).flow = flow
        }
        const later = [
          ...(await machine.run('medium', 4)),
          ...(await machine.run('overspeed', 2)),
          ...(await machine.run('low', 4)),
        ]
        outcomes.push(
          verdicts(later).map(({ score, threshold, pValue, reason }) => [score, threshold, pValue, reason]),
        )
        await flow.unload()
      }
      assert.equal(outcomes[0]!.length, 10)
      assert.deepEqual(outcomes[1], outcomes[0])
    } finally {
      rmSync(userDir, { recursive: true, force: true })
    }
  })
})
