import { describeValue, tagOf } from '../../core/describe-value'
import { InputError } from '../../core/errors'
import type { Refusals } from '../../core/refusals'

/** What decoders call the thing they read in errors. */
export const FIELD = 'payload'

/** Making a decoder costs more than decoding a short message; it keeps nothing between calls. */
const UTF8 = new TextDecoder()

/** Longest text of one chunk. */
const MAX_TEXT = 64 * 1024 * 1024

/** Text of a chunk: a string as it is, bytes as UTF-8. @throws InputError for anything else */
export function textOf(chunk: unknown): string {
  const source = typeof chunk === 'string' ? chunk : bytesOf(chunk)
  if (source === undefined)
    throw new InputError('sources.notText', { field: FIELD, got: describeValue(chunk) })
  if (source.length > MAX_TEXT) {
    throw new InputError('frame.tooLarge', {
      field: FIELD,
      got: source.length,
      what: 'characters',
      max: MAX_TEXT,
    })
  }
  return typeof source === 'string' ? source : UTF8.decode(source)
}

/** The lines of a chunk, whatever its line ends; none where it is no text, which is counted. */
export function linesOf(chunk: unknown, refusals: Refusals): readonly string[] {
  try {
    const text = textOf(chunk)
    return text.includes('\r') ? text.split(/\r\n|\n|\r/) : text.split('\n')
  } catch (error) {
    refusals.take(asInputError(error))
    return []
  }
}

/** The error itself where it is one about the input, else one that says that the chunk cannot be read. */
export function asInputError(error: unknown): InputError {
  if (error instanceof InputError) return error
  return new InputError(
    'frame.notReadable',
    { field: FIELD, got: 'an object that cannot be read' },
    { cause: error },
  )
}

/** Bytes of a chunk, also of a Buffer from another realm or an ArrayBuffer; undefined for anything else. */
export function bytesOf(chunk: unknown): Uint8Array | undefined {
  if (chunk instanceof Uint8Array) return chunk
  if (ArrayBuffer.isView(chunk)) {
    const tag = tagOf(chunk)
    if (tag === 'Uint8Array' || tag === 'Uint8ClampedArray' || tag === 'DataView') {
      return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    }
  }
  return chunk instanceof ArrayBuffer ? new Uint8Array(chunk) : undefined
}
