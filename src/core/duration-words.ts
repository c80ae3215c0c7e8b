const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
] as const

/** A duration as people say it, two figures at most: `45 s`, `2.5 min`, `6 h`, `14 d`. The units are the same in every language. */
export function durationWords(seconds: number): string {
  const [unit, size] = UNITS.find(([, size]) => seconds >= size * 1.5) ?? ['s', 1]
  const value = seconds / size
  return `${value < 10 ? Number(value.toFixed(1)) : Math.round(value)} ${unit}`
}
