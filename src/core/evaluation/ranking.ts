/** Areas under the curves of a ranking; higher scores are stranger, ties count half. */
export interface Ranking {
  /** Probability that an anomaly's score is above a normal one's; NaN where one of the two is missing. */
  readonly rocAuc: number
  /** Average precision; NaN where there is no anomaly. */
  readonly prAuc: number
}

/** ROC-AUC (Mann-Whitney) and average precision (as scikit-learn's `average_precision_score`). */
export function rank(normal: ArrayLike<number>, anomalous: ArrayLike<number>): Ranking {
  const low = Float64Array.from(normal).sort()
  const high = Float64Array.from(anomalous).sort()
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
