import { makeMahalanobis } from '../../core/detectors/mahalanobis'
import { InputError } from '../../core/errors'
import { rank } from '../../core/evaluation/ranking'
import { FeaturePlan } from '../../core/features/feature-plan'
import type { Frame } from '../../core/frame'
import { makeScaler } from '../../core/scalers/scaler'
import { learn, type Learners } from '../chain/learn'
import type { Recipe } from '../chain/recipe'
import type { Framed } from '../chain/sample'
import { splitByTime } from '../chain/split'

/** A list of features, and how well the distance on them separates. */
export interface Choice {
  readonly features: readonly string[]
  /** Of the later normal windows, which were not learned from, against those of the other state. */
  readonly rocAuc: number
}

/**
 * Forward selection: the feature whose Mahalanobis distance separates best alone, then the one that adds most to it, until none
 * adds more than the standard error of what is reached: each further feature dilutes the others. The distance is learned on the first 60 % of the normal windows and held against the rest of them, parted as `fit`
 * parts them, so a feature that drifts by itself gains nothing. A feature is taken on all channels: which of them shows a
 * fault most depends on how the sensor was mounted.
 * @param columns of the frames of both samples
 * @returns undefined where windows have no features, or too few windows are normal
 */
export async function chooseFeatures(
  recipe: Recipe,
  columns: readonly string[],
  normal: readonly Framed[],
  against: readonly Framed[],
): Promise<Choice | undefined> {
  const learners: Learners = {
    scaler: makeScaler({ method: 'standard' }),
    detector: makeMahalanobis({ covariance: 'ledoit-wolf' }),
  }
  const split = splitByTime(normal, {
    scores: 0,
    isFirm: true,
    fewest: learners.detector.minimumRows(1),
  })
  const samples = [split.learn, split.calibrate, against].map((items) => items.map(({ frame }) => frame))
  if (samples.some(({ length }) => length === 0)) return undefined
  const candidates = placesByFeature(recipe, columns)
  let chosen: Choice = { features: [], rocAuc: 0 }
  for (;;) {
    let best = chosen
    for (const name of candidates.keys()) {
      if (chosen.features.includes(name)) continue
      const features = [...chosen.features, name]
      const places = features.flatMap((feature) => [...candidates.get(feature)!]).sort((a, b) => a - b)
      const rocAuc = await separation(learners, pick(samples, columns, places))
      if (rocAuc > best.rocAuc) best = { features, rocAuc }
    }
    const error = standardError(chosen.rocAuc, against.length, split.calibrate.length)
    if (best === chosen || best.rocAuc <= chosen.rocAuc + error) break
    chosen = best
  }
  return chosen.features.length === 0 ? undefined : chosen
}

/** Places of each feature's columns; a feature that these channels do not have is left out. */
function placesByFeature(
  { channels, rate, window, features }: Recipe,
  columns: readonly string[],
): ReadonlyMap<string, readonly number[]> {
  const places = new Map<string, readonly number[]>()
  if (window === undefined || features === undefined) return places
  const shape = { rows: window.rows, rate: window.resample ?? rate }
  for (const name of features.features) {
    try {
      const plan = new FeaturePlan({ ...features, features: [name] }, channels, shape)
      places.set(
        name,
        plan.columns.map((column) => columns.indexOf(column)),
      )
    } catch (error) {
      // A single channel has no correlations.
      if (!(error instanceof InputError)) throw error
    }
  }
  return places
}

/** Frames with some of their columns only. */
function pick(
  samples: readonly (readonly Frame[])[],
  columns: readonly string[],
  places: readonly number[],
): readonly (readonly Frame[])[] {
  const channels = places.map((place) => columns[place]!)
  return samples.map((frames) =>
    frames.map(({ start, data }) => ({
      channels,
      start,
      data: Float32Array.from(places, (place) => data[place]!),
    })),
  )
}

/** Standard error of an area under the ROC curve (Hanley and McNeil, 1982). */
function standardError(area: number, anomalous: number, normal: number): number {
  const square = area * area
  const q1 = area / (2 - area) - square
  const q2 = (2 * square) / (1 + area) - square
  return Math.sqrt((area - square + (anomalous - 1) * q1 + (normal - 1) * q2) / (anomalous * normal))
}

/** ROC-AUC of the later normal windows against the others; 0 where such columns cannot be learned. */
async function separation(learners: Learners, samples: readonly (readonly Frame[])[]): Promise<number> {
  const [early, late, against] = samples as [readonly Frame[], readonly Frame[], readonly Frame[]]
  try {
    const { chain } = await learn(learners, early, {})
    const scores = async (frames: readonly Frame[]): Promise<readonly number[]> =>
      (await chain.score(frames)).flatMap(({ score, reason }) => (reason === undefined ? [score] : []))
    const { rocAuc } = rank(await scores(late), await scores(against))
    return Number.isNaN(rocAuc) ? 0 : rocAuc
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    return 0
  }
}
