import type { Verdict } from '../../../src/core/verdict'

/** Uniform numbers in (0, 1) from a seed (mulberry32). */
export function uniforms(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 4294967296
  }
}

/** Standard normal numbers from a seed (Box–Muller). */
export function normals(seed: number): () => number {
  const next = uniforms(seed)
  return () => Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next())
}

/** A score as a detector sends it: window `i` of 1 s, half overlapping unless said. */
export function scored(
  i: number,
  score: number | null,
  more: Partial<Verdict> = {},
  hop = 0.5,
  length = 1,
): Verdict {
  const start = 1_700_000_000_000 + i * hop * 1000
  return {
    score,
    threshold: null,
    pValue: null,
    isAnomaly: false,
    reason: 'LEARNING',
    inSample: false,
    detector: 'mahalanobis',
    model: { name: 'fan', version: 1 },
    window: { start, end: start + length * 1000 },
    contract: CONTRACT,
    ...more,
  }
}

export const CONTRACT = ['channels ax', 'window 200', 'mahalanobis ledoit-wolf#0123456789abcdef']
