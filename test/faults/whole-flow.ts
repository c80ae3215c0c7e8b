import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Verdict } from '../../src/core/verdict'
import type { FlowNode, Message, NodeRedProcess } from '../node-red'
import { gaussian } from '../nodes/flow'

/** Samples in a window; the hop is as long, so that each sample belongs to exactly one window. */
export const WINDOW = 20
export const RATE = 200
export const ROWS = 30
export const CALIBRATION_ROWS = 19
/** Samples until the flow scores: windows learned from and calibrated with. */
export const UNTIL_LIVE = WINDOW * (ROWS + CALIBRATION_ROWS)

export interface Sample {
  readonly n: number
  readonly ax: number
  readonly ay: number
  readonly az: number
}

/** What tells samples apart: the settings of the source by the name of its clock. Devices write both beside their values. */
export const CLOCKS = {
  sequence: { clock: 'sequence', sequenceField: 'n' },
  device: { clock: 'device', timeField: 't', timeUnit: 'ms' },
} as const

/** Time at which the device measured its n-th sample, ms. */
export const timeOf = (n: number, rate: number): number => 1_790_000_000_000 + (1000 * n) / rate

/** The n-th sample of the device: its values tell which one it is. `shake`: how much the machine vibrates, 1 is normal. */
export function sampleOf(n: number, shake = 1): Sample {
  const random = gaussian(n + 1)
  const [ax, ay, az] = [random(), random(), random()].map((value) => Math.fround(shake * value))
  return { n, ax: ax!, ay: ay!, az: az! }
}

const keyOf = (ax: number, ay: number): string => `${ax}|${ay}`
const at = { z: 'tab', x: 100, y: 100 }

/** The whole way from a source to the alert, with probes behind source, window, threshold and alert, and a status node. */
export function wholeFlow(
  source: Readonly<Record<string, unknown>>,
  others: readonly FlowNode[] = [],
): FlowNode[] {
  return [
    { id: 'tab', type: 'tab', label: 'whole flow' },
    { id: 'model', type: 'anomaly-model', bundle: 'whole', rows: `${ROWS}`, calibrationRows: `${CALIBRATION_ROWS}` },
    {
      id: 'source',
      type: 'anomaly-imu-source',
      ...at,
      channels: ['ax', 'ay', 'az'].map((name) => ({ name, unit: 'g' })),
      rate: `${RATE}`,
      ...CLOCKS.sequence,
      ...source,
      wires: [['window', 'samples']],
    },
    { id: 'window', type: 'anomaly-window', ...at, unit: 'samples', length: `${WINDOW}`, hop: `${WINDOW}`, wires: [['features', 'windows']] },
    { id: 'features', type: 'anomaly-features', ...at, preset: 'list', features: ['log_rms', 'mad'], wires: [['scaler']] },
    { id: 'scaler', type: 'anomaly-scaler', ...at, model: 'model', wires: [['detector']] },
    { id: 'detector', type: 'anomaly-mahalanobis', ...at, model: 'model', wires: [['threshold']] },
    { id: 'threshold', type: 'anomaly-threshold-calibrate', ...at, model: 'model', alpha: '5', wires: [['verdicts', 'alert'], []] },
    { id: 'alert', type: 'anomaly-alert', ...at, wires: [['events'], []] },
    ...['samples', 'windows', 'verdicts', 'events', 'states', 'errors'].map((id) => ({ id, type: 'test-out', ...at, wires: [] })),
    { id: 'watch', type: 'status', ...at, scope: ['source'], wires: [['states']] },
    { id: 'catch', type: 'catch', ...at, scope: null, wires: [['errors']] },
    ...others,
  ] // prettier-ignore
}

const framesAt = (nodeRed: NodeRedProcess, probe: string): readonly { start: number; data: Float32Array }[] =>
  nodeRed.messages(probe).flatMap((message) => {
    const payload = message['payload'] as { start: number; data: Float32Array } | null
    return message['anomaly'] === undefined && payload !== null ? [payload] : []
  })

/** Which samples reached a probe, in their order. `sent`: all that the device has. */
export function samplesAt(nodeRed: NodeRedProcess, probe: string, sent: readonly Sample[]): number[] {
  const numbers = new Map(sent.map(({ n, ax, ay }) => [keyOf(ax, ay), n]))
  assert.equal(numbers.size, sent.length, 'the values tell the samples apart')
  return framesAt(nodeRed, probe).flatMap(({ data }) =>
    Array.from({ length: data.length / 3 }, (_, row) => {
      const n = numbers.get(keyOf(data[row * 3]!, data[row * 3 + 1]!))
      assert.ok(n !== undefined, 'only what the device sent')
      return n
    }),
  )
}

/** Waits until this sample has come out of the source. */
export async function arrived(nodeRed: NodeRedProcess, { ax, ay }: Sample): Promise<void> {
  await nodeRed.next('samples', (message) => {
    const { data } = (message['payload'] ?? {}) as { data?: Float32Array }
    return data?.some((value, i) => value === ax && data[i + 1] === ay) === true
  })
}

/** Waits for what is looked for; fails after 20 s, so that a loop never outlives its test. */
export async function until(what: string, isTrue: () => boolean): Promise<void> {
  for (const end = Date.now() + 20_000; !isTrue(); await sleep(2))
    if (Date.now() > end) assert.fail(`${what} never came true`)
}

export const verdictOf = (message: Message): Verdict => message['anomaly'] as Verdict
export const eventOf = (message: Message): Record<string, unknown> =>
  message['payload'] as Record<string, unknown>

/** Every window was scored exactly once, in its order: as many verdicts as windows, each of the window's own time. */
export function assertEachWindowScoredOnce(nodeRed: NodeRedProcess): void {
  const windows = framesAt(nodeRed, 'windows').map(({ start }) => start)
  const scored = nodeRed.messages('verdicts').map(verdictOf).filter(({ score }) => score !== null) // prettier-ignore
  assert.deepEqual(scored.map(({ window }) => window.start), windows) // prettier-ignore
  assert.equal(new Set(windows).size, windows.length)
}

/** Lines of the log that match. */
export function logged(nodeRed: NodeRedProcess, pattern: RegExp): readonly string[] {
  return nodeRed.log.split('\n').filter((line) => pattern.test(line))
}

/** How many times a node's status said so; the same status again is none. */
export function timesShown(nodeRed: NodeRedProcess, text: string): number {
  return nodeRed
    .messages('states')
    .filter((message) => (message['status'] as { text?: string }).text?.includes(text) === true).length
}

/** 0, 1, … count - 1 */
export const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i)
