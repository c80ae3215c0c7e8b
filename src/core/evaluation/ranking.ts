/** Areas under the curves of a ranking; higher scores are stranger, ties count half. */
export interface Ranking {
  /** Probability that an anomaly's score is above a normal one's; NaN where one of the two is missing. */
  readonly rocAuc: number
  /** Average precision; NaN where there is no anomaly. */
  readonly prAuc: number
}

/**
 * ROC-AUC (Mann-Whitney) and average precision (as scikit-learn's `average_precision_score`).
 * @throws RangeError where a score is not a finite number: it has no place in a ranking
 */
export function rank(normal: readonly number[], anomalous: readonly number[]): Ranking {
  const all = [
    ...normal.map((score) => ({ score, hit: 0 })),
    ...anomalous.map((score) => ({ score, hit: 1 })),
  ]
  const odd = all.find(({ score }) => !Number.isFinite(score))
  if (odd !== undefined) throw new RangeError(`a score of ${odd.score} cannot be ranked`)
  all.sort((a, b) => b.score - a.score)
  let hits = 0
  let misses = 0
  let area = 0
  let precisionSum = 0
  for (let i = 0; i < all.length;) {
    let tiedHits = 0
    let tied = 0
    for (; i + tied < all.length && all[i + tied]!.score === all[i]!.score; tied++)
      tiedHits += all[i + tied]!.hit
    const tiedMisses = tied - tiedHits
    area += tiedMisses * (hits + tiedHits / 2)
    hits += tiedHits
    misses += tiedMisses
    precisionSum += tiedHits * (hits / (hits + misses))
    i += tied
  }
  return {
    rocAuc: normal.length === 0 || anomalous.length === 0 ? NaN : area / (normal.length * anomalous.length),
    prAuc: anomalous.length === 0 ? NaN : precisionSum / anomalous.length,
  }
}
