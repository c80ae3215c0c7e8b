import { FeatureStage } from '../../src/core/features/feature-stage'
import { readFeatureSettings } from '../../src/core/features/settings'
import type { Frame } from '../../src/core/frame'
import { makeScaler } from '../../src/core/scalers/scaler'
import type { Detector } from '../../src/core/stage'
import type { WindowCase, WindowTask } from './window-case'

/** Gives the scores of recorded sets, in order. */
export type ScoresOf = (sets: readonly string[]) => Promise<readonly number[]>

/** Fits a detector on the default features, scaled, of a task's training sets. */
export async function detectorScores(
  data: WindowCase,
  task: WindowTask,
  detector: Detector,
): Promise<ScoresOf> {
  const { channels, sample_rate_hz: rate } = data.manifest
  const features = new FeatureStage(readFeatureSettings({}))
  const frames = (sets: readonly string[]): Frame[] =>
    data.windowsOf(sets).flatMap((window, i) => {
      const made = features.push({ channels, rate, start: i * 1000, data: window })
      return made.filter((result): result is Frame => 'data' in result)
    })
  const scaler = makeScaler({ method: 'standard' })
  const train = frames(task.train)
  const scaling = scaler.load((await scaler.fit(train)).body)
  const { body, blobs } = await detector.fit(await scaling.apply(train))
  const model = detector.load(body, blobs)
  return async (sets) => {
    const scores = await model.apply(await scaling.apply(frames(sets)))
    return scores.map(({ score }) => score)
  }
}
