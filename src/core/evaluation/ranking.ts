/** Areas under the curves of a ranking; higher scores are stranger, ties count half. */
export interface Ranking {
  /** Probability that an anomaly's score is above a normal one's; NaN where one of the two is missing. */
  readonly rocAuc: number
  /** Average precision; NaN where there is no anomaly. */
  readonly prAuc: number
}

/** The best of all thresholds: scores above it are anomalous. */
export interface BestF1 {
  readonly threshold: number
  readonly f1: number
  readonly precision: number
  readonly recall: number
}

/** The threshold with the highest F1 of those that leave at least one score out; undefined where there is none. */
export function bestF1(normal: readonly number[], anomalous: readonly number[]): BestF1 | undefined {
  const all = [
    ...normal.map((score) => ({ score, hit: 0 })),
    ...anomalous.map((score) => ({ score, hit: 1 })),
  ]
  all.sort((a, b) => b.score - a.score)
  let best: BestF1 | undefined
  let hits = 0
  for (let i = 0; i < all.length - 1; i++) {
    hits += all[i]!.hit
    const threshold = all[i + 1]!.score
    if (threshold === all[i]!.score) continue
    const f1 = (2 * hits) / (i + 1 + anomalous.length)
    if (hits > 0 && f1 > (best?.f1 ?? 0))
      best = { threshold, f1, precision: hits / (i + 1), recall: hits / anomalous.length }
  }
  return best
}

/**
 * ROC-AUC (Mann-Whitney) and average precision (as scikit-learn's `average_precision_score`).
 * @throws RangeError where a score is not a finite number: it has no place in a ranking
 */
export function rank(normal: ArrayLike<number>, anomalous: ArrayLike<number>): Ranking {
  const low = Float64Array.from(normal).sort()
  const high = Float64Array.from(anomalous).sort()
  // Sorted, what is not finite stands at an end.
  for (const end of [low[0], low.at(-1), high[0], high.at(-1)])
    if (end !== undefined && !Number.isFinite(end)) throw new RangeError(`a score of ${end} cannot be ranked`)
  let hits = 0
  let misses = 0
  let area = 0
  let precisionSum = 0
  let l = low.length - 1
  let h = high.length - 1
  while (l >= 0 || h >= 0) {
    const score = Math.max(low[l] ?? -Infinity, high[h] ?? -Infinity)
    let tiedHits = 0
    let tiedMisses = 0
    for (; h >= 0 && high[h] === score; h--) tiedHits++
    for (; l >= 0 && low[l] === score; l--) tiedMisses++
    area += tiedMisses * (hits + tiedHits / 2)
    hits += tiedHits
    misses += tiedMisses
    precisionSum += tiedHits * (hits / (hits + misses))
  }
  return {
    rocAuc: low.length === 0 || high.length === 0 ? NaN : area / (low.length * high.length),
    prAuc: high.length === 0 ? NaN : precisionSum / high.length,
  }
}
