import { Inflate } from 'fflate'
import { InputError } from '../../core/errors'
import { adler32, crc32 } from './checksums'

/** Input handed to the decompressor at a time: deflate grows at most 1032-fold, so one piece gives at most 4 MB. */
const PIECE = 4096
/** Output that is allowed whatever the ratio; beyond it, at most RATIO times the input. */
const FREE_BYTES = 1_048_576
const RATIO = 100
/** Pieces in a row that give nothing: a stored block (64 KB) takes 16 of them, so after more the data has ended. */
const IDLE_PIECES = 20

/**
 * Inflates raw deflate data up to a limit that does not depend on what a header claims: at most `max` bytes, and beyond 1 MB at most
 * 100 times the compressed size. @throws InputError
 */
export function inflateBounded(data: Uint8Array, max: number, field: string): Uint8Array {
  const limit = Math.min(max, Math.max(FREE_BYTES, data.length * RATIO))
  const pieces: Uint8Array[] = []
  let size = 0
  let idle = 0
  const stream = new Inflate((piece) => {
    idle = piece.length === 0 ? idle + 1 : 0
    size += piece.length
    if (size > limit) throw new InputError('files.inflatesTooFar', { field, max: limit })
    if (piece.length > 0) pieces.push(piece)
  })
  try {
    for (let at = 0; at < data.length && idle < IDLE_PIECES; at += PIECE)
      stream.push(data.slice(at, at + PIECE))
    // Throws where the data stops before its end mark.
    stream.push(new Uint8Array(0), true)
  } catch (error) {
    if (error instanceof InputError) throw error
    throw damaged(field, error)
  }
  return join(pieces, size)
}

/** Inflates a zlib stream. @throws InputError */
export function inflateZlib(data: Uint8Array, max: number, field: string): Uint8Array {
  // Bit 5 of the second byte asks for a preset dictionary, which no Python writer uses.
  if (data.length < 6 || (data[1]! & 32) !== 0) throw damaged(field)
  const end = data.length - 4
  const content = inflateBounded(data.subarray(2, end), max, field)
  const [a = 0, b = 0, c = 0, d = 0] = data.subarray(end)
  if (adler32(content) !== ((a << 24) | (b << 16) | (c << 8) | d) >>> 0) throw damaged(field)
  return content
}

/** Inflates a gzip file of one member. @throws InputError */
export function inflateGzip(data: Uint8Array, max: number, field: string): Uint8Array {
  const flags = data[3] ?? 0
  let at = 10
  if (flags & 4) at += 2 + (data[at] ?? 0) + (data[at + 1] ?? 0) * 256
  for (const bit of [8, 16]) {
    if ((flags & bit) === 0) continue
    const end = data.indexOf(0, at)
    if (end < 0) throw damaged(field)
    at = end + 1
  }
  if (flags & 2) at += 2
  if (at + 8 > data.length) throw damaged(field)
  const end = data.length - 8
  const content = inflateBounded(data.subarray(at, end), max, field)
  const [a = 0, b = 0, c = 0, d = 0] = data.subarray(end)
  if (crc32(content) !== ((d << 24) | (c << 16) | (b << 8) | a) >>> 0) throw damaged(field)
  return content
}

function damaged(field: string, cause?: unknown): InputError {
  return new InputError('files.damagedCompression', { field }, { cause })
}

function join(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size)
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
