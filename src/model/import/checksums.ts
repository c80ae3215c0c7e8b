/** CRC-32 of ISO 3309, as zip and gzip use it. */
export function crc32(bytes: Uint8Array): number {
  const table = new Uint32Array(256)
  for (let i = 0; i < 256; i++) {
    let rest = i
    for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? 0xedb88320 : 0)
    table[i] = rest
  }
  let crc = 0xffffffff
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ table[(crc ^ bytes[i]!) & 255]!
  return (crc ^ 0xffffffff) >>> 0
}

/** Adler-32 of RFC 1950, as zlib uses it. */
export function adler32(bytes: Uint8Array): number {
  let low = 1
  let high = 0
  for (let i = 0; i < bytes.length; i++) {
    low = (low + bytes[i]!) % 65521
    high = (high + low) % 65521
  }
  return high * 65536 + low
}
