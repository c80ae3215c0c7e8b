import { readRobustZ, type RobustZBody } from '../../core/detectors/robust-z'
import { InputError } from '../../core/errors'
import { readScaler } from '../../core/scalers/scaler-model'
import { writeSensadBaseline, writeSensadMeta } from '../../model/export/sensad'
import type { KeptSensad } from '../../model/import/given-threshold'
import { nextAbove } from '../../model/import/next-double'
import { toSensadBaseline } from '../../model/import/to-body'
import type { Calibration } from '../../model/manifest'
import { kindOf } from '../chain/load-part'
import type { Baseline } from './stored-model'

/** Of the training scores: what sensad takes for its threshold. */
const USUAL_QUANTILE = 0.995

/**
 * A robust z over rows as sensad's `baseline.json` and `meta.json`; a scaler before it is folded in.
 * @throws InputError where the model is another one, or has no threshold
 */
export function toSensad(
  { parts, calibration, input }: Baseline,
  place: string,
): { readonly baseline: string; readonly meta: string } {
  const detector = parts.find(({ role }) => role === 'detector')
  const kind = detector === undefined ? 'none' : kindOf(detector)
  if (detector === undefined || kind !== 'robust-z')
    throw new InputError('cli.notForSensad', { field: place, kind })
  if (input.length > 1) throw new InputError('cli.sensadRows', { field: place, line: input.at(-1)! })
  if (calibration === undefined) throw new InputError('cli.sensadThreshold', { field: place })
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
