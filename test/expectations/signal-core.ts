import expectations from './signal_core.json'

/** What numpy, scipy and scikit-learn say; made by scripts/expectations/signal_core.py. */
export const expected = expectations

/** Largest difference, relative where numbers are larger than `scale` and absolute below. */
export function worst(got: ArrayLike<number>, wanted: ArrayLike<number>, scale = 1): number {
  if (got.length !== wanted.length) return Infinity
  let most = 0
  for (let i = 0; i < got.length; i++) {
    const difference = Math.abs(got[i]! - wanted[i]!) / Math.max(Math.abs(wanted[i]!), scale)
    most = Math.max(most, Number.isNaN(difference) ? Infinity : difference)
  }
  return most
}

/** Deterministic uniform numbers in [0, 1), for inputs of tests. */
export function uniform(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** Deterministic standard normal numbers (Box-Muller). */
export function normal(seed: number): () => number {
  const random = uniform(seed)
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
