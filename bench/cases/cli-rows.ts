import { Random } from '../../src/core/random'

/** Rows `ax,ay,az,gx,gy,gz` of correlated normal numbers as CSV text without a header: g with five decimals, rad/s with four. */
export function rowsOfText(rows: number, seed: number): string {
  const random = new Random(seed)
  const lines: string[] = []
  for (let i = 0; i < rows; i++) {
    const common = random.normal()
    const acceleration = [0, 0, 1].map((mean) => (mean + 0.05 * common + 0.1 * random.normal()).toFixed(5))
    const rotation = [0.2, 0.3, 0.5].map((share) => (share * common + random.normal()).toFixed(4))
    lines.push([...acceleration, ...rotation].join(','))
  }
  return `${lines.join('\n')}\n`
}
