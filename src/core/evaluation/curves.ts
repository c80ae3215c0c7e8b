/** One point of a picture: `series` tells its line. */
export interface CurvePoint {
  readonly series: string
  readonly x: number
  readonly y: number
}

/** Points of a curve at most: more than a picture can show. */
const MOST_POINTS = 200
const BINS = 40

interface Step {
  readonly hits: number
  readonly misses: number
}

/** How many anomalous and normal scores lie at or above each score, from the highest down. */
function steps(normal: readonly number[], anomalous: readonly number[]): readonly Step[] {
  const all = [
    ...normal.map((score) => ({ score, hit: 0 })),
    ...anomalous.map((score) => ({ score, hit: 1 })),
  ]
  all.sort((a, b) => b.score - a.score)
  const found: Step[] = []
  let hits = 0
  let misses = 0
  all.forEach(({ score, hit }, i) => {
    hits += hit
    misses += 1 - hit
    if (all[i + 1]?.score !== score) found.push({ hits, misses })
  })
  return found
}

/** Evenly spaced over the points of a curve, first and last among them. */
function thinned<T>(points: readonly T[]): readonly T[] {
  if (points.length <= MOST_POINTS) return points
  const last = points.length - 1
  return Array.from({ length: MOST_POINTS }, (_, i) => points[Math.round((i * last) / (MOST_POINTS - 1))]!)
}

/** Recall (y) over the false-alarm rate (x), from (0, 0) to (1, 1). Empty where normal or anomalous scores are missing. */
export function rocCurve(
  normal: readonly number[],
  anomalous: readonly number[],
  series: string,
): readonly CurvePoint[] {
  if (normal.length === 0 || anomalous.length === 0) return []
  const points = steps(normal, anomalous).map(({ hits, misses }) => ({
    series,
    x: misses / normal.length,
    y: hits / anomalous.length,
  }))
  return thinned([{ series, x: 0, y: 0 }, ...points])
}

/** Precision (y) over recall (x), from the highest score on. Empty where there is no anomalous score. */
export function precisionRecallCurve(
  normal: readonly number[],
  anomalous: readonly number[],
  series: string,
): readonly CurvePoint[] {
  if (anomalous.length === 0) return []
  return thinned(
    steps(normal, anomalous).map(({ hits, misses }) => ({
      series,
      x: hits / anomalous.length,
      y: hits / (hits + misses),
    })),
  )
}

/** Share of the normal and of the anomalous scores (y) in equal parts of their common range; x is the middle of a part. */
export function scoreHistogram(
  normal: readonly number[],
  anomalous: readonly number[],
  series: readonly [string, string],
): readonly CurvePoint[] {
  let low = Infinity
  let high = -Infinity
  for (const scores of [normal, anomalous])
    for (const score of scores) {
      low = Math.min(low, score)
      high = Math.max(high, score)
    }
  if (!(high >= low)) return []
  const width = (high - low) / BINS || 1
  return [normal, anomalous].flatMap((scores, i) => {
    if (scores.length === 0) return []
    const counts = new Float64Array(BINS)
    for (const score of scores) {
      const bin = Math.min(BINS - 1, Math.floor((score - low) / width))
      counts[bin] = counts[bin]! + 1
    }
    return Array.from(counts, (count, bin) => ({
      series: series[i]!,
      x: low + (bin + 0.5) * width,
      y: count / scores.length,
    }))
  })
}
