import { hashOf, type Contract } from '../../core/contract'
import { readRobustZ, type RobustZBody } from '../../core/detectors/robust-z'
import { InputError } from '../../core/errors'
import { readScaler } from '../../core/scalers/scaler-model'
import type { Bundle, Stream } from '../bundle'
import type { KeptSensad } from '../import/given-threshold'
import { nextAbove } from '../import/next-double'
import { toSensadBaseline } from '../import/to-body'
import type { Calibration } from '../manifest'
import { kindOf, type PartFile } from '../part'
import { writeSensadBaseline, writeSensadMeta } from './sensad'

/** Of the training scores: what sensad takes for its threshold. */
const USUAL_QUANTILE = 0.995

/** A chain that was learned. */
export interface LearnedChain {
  /** Lines before the first learnt part. */
  readonly input: Contract
  /** In the order of the chain. */
  readonly parts: readonly PartFile[]
  readonly calibration?: Calibration
}

/** The two files that sensad keeps of a model, as text. */
export interface SensadFiles {
  readonly baseline: string
  readonly meta: string
}

/** What a bundle learned for a stream, as sensad's files. @throws InputError as `toSensad` */
export function exportSensad(bundle: Pick<Bundle, 'current' | 'load' | 'name'>, stream: Stream): SensadFiles {
  const { contract = [], parts = [], reports = {}, calibration } = bundle.current(stream) ?? {}
  const learnt = contract.filter((line) => parts.includes(hashOf(line) ?? ''))
  const chain = learnt.map((line) => {
    const part = bundle.load(hashOf(line)!)
    // A part may be older than this version: what was said of it last counts.
    return { ...part, report: reports[line] ?? part.report }
  })
  const input = contract.slice(0, contract.indexOf(learnt[0] ?? ''))
  return toSensad({ input, parts: chain, calibration }, bundle.name)
}

/**
 * A robust z over rows as sensad's `baseline.json` and `meta.json`; a scaler before it is folded in.
 * @param field names the model in errors
 * @throws InputError where the model is another one, has no threshold, or one of a vote
 */
export function toSensad({ parts, calibration, input }: LearnedChain, field: string): SensadFiles {
  const detector = parts.find(({ role }) => role === 'detector')
  const kind = detector === undefined ? 'none' : kindOf(detector)
  if (detector === undefined || kind !== 'robust-z') throw new InputError('model.sensadKind', { field, kind })
  if (input.length > 1) throw new InputError('model.sensadRows', { field, line: input.at(-1)! })
  if (calibration === undefined) throw new InputError('model.sensadThreshold', { field })
  // The threshold of a vote is that of its k-th largest score: on single rows it would mean something else.
  const { vote } = calibration as Calibration & { readonly vote?: { readonly k: number; readonly n: number } }
  if (vote !== undefined && vote.n > 1) throw new InputError('model.sensadVote', { field, ...vote })
  const scaler = parts.find(({ role }) => role === 'scaler')
  const body = folded(readRobustZ(detector.body), scaler?.body)
  const { threshold, trainQuantile, mad } = sensadThreshold(calibration)
  const baseline = toSensadBaseline(body, threshold, trainQuantile)
  return {
    baseline: writeSensadBaseline(
      mad === undefined ? baseline : { ...baseline, mad: Float64Array.from(mad) },
    ),
    meta: writeSensadMeta({
      model: 'baseline',
      device: 'cpu',
      rows: detector.report.rows,
      columns: body.channels,
    }),
  }
}

/** sensad flags a score at its threshold, so it is given the double next above ours. */
function sensadThreshold(calibration: Calibration): KeptSensad {
  const { sensad, alpha, threshold, method } = calibration as Calibration & {
    readonly sensad?: Partial<KeptSensad>
    readonly alpha?: number | null
  }
  if (typeof sensad?.threshold === 'number' && typeof sensad.trainQuantile === 'number')
    return { ...sensad, threshold: sensad.threshold, trainQuantile: sensad.trainQuantile }
  const trainQuantile = method === 'quantile' && typeof alpha === 'number' ? 1 - alpha : USUAL_QUANTILE
  return { threshold: nextAbove(threshold), trainQuantile }
}

function folded(body: RobustZBody, scaler: unknown): RobustZBody {
  if (scaler === undefined) return body
  const { center, scale, offset } = readScaler(scaler)
  return {
    ...body,
    center: body.center.map((value, i) => (value - offset) * scale[i]! + center[i]!),
    scale: body.scale.map((value, i) => value * scale[i]!),
  }
}
