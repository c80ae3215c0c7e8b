import assert from 'node:assert/strict'
import { makeMahalanobis } from '../../src/core/detectors/mahalanobis'
import type { Frame } from '../../src/core/frame'
import { makeScaler } from '../../src/core/scalers/scaler'
import type { Learner } from '../../src/core/stage'
import type { Verdict } from '../../src/core/verdict'
import type { Message } from '../../src/runtime/message'
import type { Flow } from './flow'

export interface TracedDetector {
  /** Helper nodes behind the detector and behind its threshold-calibrate. */
  readonly scored: string
  readonly judged: string
  /** Windows that it learns from and that it is calibrated with. */
  readonly rows: number
  readonly calibrationRows: number
  /** What it learned is learned once more here, where that is quick. */
  readonly isMahalanobis: boolean
}

/** One learned part of a stream's detector, as its messages show it. */
export interface TracedPart {
  readonly line: string
  readonly threshold: number | null
  /** Windows of its block, of its calibration, and those that it judged, by number. */
  readonly block: readonly number[]
  readonly calibration: readonly number[]
  readonly judged: readonly number[]
}

const indexOf = (message: Message): number => Number(message['i'])
const indices = (messages: readonly Message[]): readonly number[] => messages.map(indexOf)
const range = (first: number, end: number): readonly number[] =>
  Array.from({ length: end - first }, (_, i) => first + i)
const frameOf = ({ payload }: Message): Frame => payload as Frame
const lineOf = (contract: readonly string[] | undefined): string => String(contract?.at(-1))

function groups(messages: readonly Message[], key: (message: Message) => string): Map<string, Message[]> {
  const found = new Map<string, Message[]>()
  for (const message of messages) found.set(key(message), [...(found.get(key(message)) ?? []), message])
  return found
}

function isAscending(numbers: readonly number[]): boolean {
  return numbers.every((number, i) => i === 0 || number > numbers[i - 1]!)
}

/** What a part gives that is learned from these frames alone. */
function relearn<O>(learner: Learner<O>, block: readonly Frame[], frames: readonly Frame[]): readonly O[] {
  const fitted = learner.fit(block)
  assert.ok(!(fitted instanceof Promise))
  const answers = learner.load(fitted.body).apply(frames)
  assert.ok(!(answers instanceof Promise))
  return answers
}

/**
 * Holds every message of one stream's way through source → window → features → scaler → detector → threshold against what has to
 * hold of it; helper nodes `rows` and `scaled` lie behind features and scaler.
 * @param count windows that were fed, numbered from 1
 */
export function checkStream(
  flow: Flow,
  topic: string,
  count: number,
  scalerRows: number,
  detector: TracedDetector,
): readonly TracedPart[] {
  // prettier-ignore
  const of = (id: string): readonly Message[] =>
    flow.at(id).filter((message) => message.topic === topic && message['i'] !== undefined)
  const rows = new Map(of('rows').map((message) => [indexOf(message), frameOf(message)]))
  assert.deepEqual([...rows.keys()], range(1, count + 1), 'every window once and in order')

  const scaled = new Map<string, Frame>()
  for (const [line, all] of groups(of('scaled'), (message) => lineOf(frameOf(message).contract))) {
    assert.match(line, /^scaler standard#[0-9a-f]{16}$/)
    assert.ok(isAscending(indices(all)), 'behind the scaler in order, none twice')
    const block = all.filter(({ learning }) => learning !== undefined)
    assert.equal(block.length, scalerRows)
    const inputs = all.map((message) => rows.get(indexOf(message))!)
    const expected = relearn(makeScaler({ method: 'standard' }), inputs.slice(0, block.length), inputs)
    for (const [n, message] of all.entries()) {
      assert.deepEqual(frameOf(message).data, expected[n]!.data, `window ${indexOf(message)} after ${line}`)
      scaled.set(`${line} ${indexOf(message)}`, frameOf(message))
    }
  }
  assert.deepEqual(new Set(indices(of('scaled'))), new Set(rows.keys()))

  const judged = of(detector.judged)
  assert.deepEqual(indices(judged), indices(of(detector.scored)), 'the threshold keeps order and number')
  assert.deepEqual(new Set(indices(judged)), new Set(rows.keys()), 'none is lost')
  for (const { payload, anomaly } of judged) {
    assert.equal(payload, anomaly!.score)
    if (payload === null) assert.deepEqual([anomaly!.reason, anomaly!.inSample], ['LEARNING', false])
  }
  const scored = judged.filter(({ payload }) => payload !== null)
  return [...groups(scored, ({ anomaly }) => lineOf(anomaly!.contract))].map(([line, all]) =>
    checkPart(line, all, scaled, detector),
  )
}

/** All scores of one part of a detector. */
function checkPart(
  line: string,
  all: readonly Message[],
  scaled: ReadonlyMap<string, Frame>,
  detector: TracedDetector,
): TracedPart {
  // prettier-ignore
  const verdicts = all.map(({ anomaly }) => anomaly!)
  const contracts = new Set(verdicts.map(({ contract }) => contract.join('\n')))
  assert.equal(contracts.size, 1, 'what a part was learned from and what it scores have one contract')
  const scalerLine = String(verdicts[0]!.contract.at(-2))
  const block = all.filter(({ anomaly }) => anomaly!.inSample)
  assert.deepEqual(all.slice(0, detector.rows), block, 'the block comes first, and nothing else is in sample')
  assert.equal(block.length, detector.rows)
  assert.ok(isAscending(indices(all)), 'in order, none twice')
  const inputs = indices(all).map((i) => scaled.get(`${scalerLine} ${i}`)!)
  if (detector.isMahalanobis) {
    const expected = relearn(makeMahalanobis({ covariance: 'ledoit-wolf' }), inputs.slice(0, block.length), inputs) // prettier-ignore
    assert.deepEqual(
      all.map(({ payload }) => payload),
      expected.map(({ score }) => score),
    )
  } else assert.ok(inputs.every((frame) => frame !== undefined))

  const live = all.slice(block.length)
  const calibration = wholeWindowsApart(live, detector.calibrationRows)
  const isCalibrated = calibration.length === detector.calibrationRows
  const last = isCalibrated ? live.indexOf(calibration.at(-1)!) : live.length - 1
  // Conformal at 5 %: the ceil(0.95 · (20 + 1)) = 20th smallest of 20.
  const threshold = isCalibrated ? Math.max(...calibration.map(({ payload }) => Number(payload))) : null
  for (const { reason, isAnomaly } of [...block, ...live.slice(0, last + 1)].map(({ anomaly }) => anomaly!))
    assert.deepEqual([reason, isAnomaly], ['LEARNING', false])
  const held = live.slice(last + 1)
  for (const verdict of held.map(({ anomaly }) => anomaly as Verdict)) {
    assert.equal(verdict.threshold, threshold)
    assert.equal(verdict.isAnomaly, verdict.score! > verdict.threshold!)
    assert.equal(verdict.reason, verdict.isAnomaly ? 'ANOMALY' : 'NORMAL')
  }
  return { line, threshold, block: indices(block), calibration: indices(calibration), judged: indices(held) }
}

/** The first `count` that share no data with one another. */
function wholeWindowsApart(live: readonly Message[], count: number): readonly Message[] {
  const taken: Message[] = []
  let end = -Infinity
  for (const message of live) {
    const { window } = message.anomaly!
    if (window.start < end - 1 || taken.length === count) continue
    taken.push(message)
    end = window.end
  }
  return taken
}
