const BLOCKS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const
/** Scores shown in a status. */
export const SPARK_LENGTH = 8

/** At most three significant digits in at most seven characters. */
export function shortNumber(value: number): string {
  const plain = String(Number(value.toPrecision(3)))
  return (plain.length <= 7 ? plain : value.toExponential(1)).replace('e+', 'e')
}

/**
 * The last eight scores as blocks and the newest as a number, under 20 characters: `▁▁▂▁▇ 4.2`.
 * ▁ to ▆ are shares of the threshold, ▇ is above it, █ at twice the threshold or more.
 * Without a threshold the highest of the scores fills ▆. A null is a window without a score.
 */
export function sparkline(scores: readonly (number | null)[], threshold: number | null): string {
  const shown = scores.slice(-SPARK_LENGTH)
  const top = threshold !== null ? threshold : Math.max(...shown.map((score) => score ?? 0))
  const blocks = shown.map((score) => (score === null ? '·' : BLOCKS[level(score, top)]))
  const newest = shown.at(-1)
  return newest === undefined || newest === null
    ? blocks.join('')
    : `${blocks.join('')} ${shortNumber(newest)}`
}

function level(score: number, top: number): number {
  if (!(top > 0) || score <= 0) return score > 0 ? 6 : 0
  if (score > top) return score >= 2 * top ? 7 : 6
  return Math.min(5, Math.floor((6 * score) / top))
}
