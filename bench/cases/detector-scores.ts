import { FeatureStage } from '../../src/core/features/feature-stage'
import { readFeatureSettings } from '../../src/core/features/settings'
import type { Frame } from '../../src/core/frame'
import { makeScaler } from '../../src/core/scalers/scaler'
import type { Detector, FittedPart } from '../../src/core/stage'
import type { WindowCase, WindowTask } from './window-case'

/** Gives the scores of recorded sets, in order. */
export type ScoresOf = (sets: readonly string[]) => Promise<readonly number[]>

/** Gives the default features of recorded sets, scaled as a task's training sets are. */
export async function scaledFeatures(
  data: WindowCase,
  task: WindowTask,
): Promise<(sets: readonly string[]) => Promise<readonly Frame[]>> {
  const { channels, sample_rate_hz: rate } = data.manifest
  const features = new FeatureStage(readFeatureSettings({}))
  const frames = (sets: readonly string[]): Frame[] =>
    data.windowsOf(sets).flatMap((window, i) => {
      const made = features.push({ channels, rate, start: i * 1000, data: window })
      return made.filter((result): result is Frame => 'data' in result)
    })
  const scaler = makeScaler({ method: 'standard' })
  const scaling = scaler.load((await scaler.fit(frames(task.train))).body)
  return async (sets) => scaling.apply(frames(sets))
}

/** Fits a detector on the default features, scaled, of a task's training sets. */
export async function detectorScores(
  data: WindowCase,
  task: WindowTask,
  detector: Detector,
): Promise<ScoresOf> {
  const scaled = await scaledFeatures(data, task)
  return scoresOf(scaled, detector, await detector.fit(await scaled(task.train)))
}

/** Scores by a part that is fitted already. */
export function scoresOf(
  scaled: (sets: readonly string[]) => Promise<readonly Frame[]>,
  detector: Detector,
  { body, blobs }: Pick<FittedPart, 'body' | 'blobs'>,
): ScoresOf {
  const model = detector.load(body, blobs)
  return async (sets) => {
    const scores = await model.apply(await scaled(sets))
    return scores.map(({ score }) => score)
  }
}
