/** Deterministic noise: mulberry32. */
export function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** Flips, overwrites, cuts, inserts or repeats a few bytes. */
export function mutate(original: Uint8Array, random: () => number): Uint8Array {
  let bytes = Buffer.from(original)
  const changes = 1 + Math.floor(random() * 8)
  for (let i = 0; i < changes; i++) {
    // Half of the changes go to the first KB: structure, not weights.
    const at = Math.floor(random() * (random() < 0.5 ? Math.min(1024, bytes.length) : bytes.length))
    const count = 1 + Math.floor(random() * 16)
    const kind = Math.floor(random() * 6)
    if (kind === 0) bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8))
    else if (kind === 1) bytes[at] = Math.floor(random() * 256)
    else if (kind === 2) bytes[at] = [0, 0x7f, 0x80, 0xff][Math.floor(random() * 4)] ?? 0
    else if (kind === 3) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + count)])
    else if (kind === 4)
      bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + count), bytes.subarray(at)])
    else if (random() < 0.1) bytes = bytes.subarray(0, at)
  }
  return bytes
}
