import { createReadStream } from 'node:fs'

const CHUNK = 64 * 1024

/** Pieces of a text file, as UTF-8 whatever it was written in: UTF-16 by its mark, Windows-1252 where it is no UTF-8. */
export async function* readChunks(file: string): AsyncGenerator<{ bytes: number; text: Uint8Array }> {
  let decoder: TextDecoder | undefined
  let isFirst = true
  for await (const chunk of createReadStream(file, { highWaterMark: CHUNK })) {
    const piece = chunk as Buffer
    if (isFirst) decoder = decoderOf(piece)
    isFirst = false
    const text = decoder === undefined ? piece : Buffer.from(decoder.decode(piece, { stream: true }))
    yield { bytes: piece.length, text }
  }
}

/** Undefined for UTF-8. */
function decoderOf(first: Buffer): TextDecoder | undefined {
  if (first[0] === 0xff && first[1] === 0xfe) return new TextDecoder('utf-16le')
  if (first[0] === 0xfe && first[1] === 0xff) return new TextDecoder('utf-16be')
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(first, { stream: true })
    return undefined
  } catch {
    return new TextDecoder('windows-1252')
  }
}
