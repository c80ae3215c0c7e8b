import { ConfigError } from '../core/errors'

export interface LineFramerOptions {
  /** What ends a line; `\n` if not given. */
  readonly delimiter?: string
  /** Longest line in bytes; 64 KB if not given. */
  readonly maxLength?: number
  /** True drops everything up to the first delimiter: what comes first may be the rest of a line. */
  readonly dropFirst?: boolean
}

/**
 * Cuts an endless byte stream into lines. `push` gives the text of all lines that this chunk completed, joined by `\n`, so that a chunk
 * stays one batch; empty text where there is none. A line that grows beyond the limit is dropped. Cost: one pass per byte.
 * @throws ConfigError where the delimiter is empty
 */
export class LineFramer {
  /** Lines dropped for their length. */
  tooLong = 0
  private readonly delimiter: Uint8Array
  private readonly maxLength: number
  private readonly dropFirst: boolean
  private readonly decoder = new TextDecoder()
  private rest: Uint8Array = new Uint8Array(0)
  private skipping: boolean

  constructor({ delimiter = '\n', maxLength = 65536, dropFirst = false }: LineFramerOptions = {}) {
    if (delimiter === '') throw new ConfigError('settings.missing', { field: 'delimiter' })
    this.delimiter = new TextEncoder().encode(delimiter)
    this.maxLength = maxLength
    this.dropFirst = dropFirst
    this.skipping = dropFirst
  }

  push(chunk: Uint8Array): string {
    const bytes = this.rest.length === 0 ? chunk : joined(this.rest, chunk)
    const { delimiter } = this
    const last = lastIndexOf(bytes, delimiter)
    if (last < 0) {
      this.keep(bytes)
      return ''
    }
    let begin = 0
    if (this.skipping) {
      begin = indexOf(bytes, delimiter) + delimiter.length
      this.skipping = false
    }
    const end = last + delimiter.length
    this.keep(bytes.subarray(end))
    if (begin >= end) return ''
    const text = this.decoder.decode(bytes.subarray(begin, last))
    const lines = delimiter.length === 1 && delimiter[0] === 10 ? text : this.withLineFeeds(text)
    return lines.length > this.maxLength ? this.withoutLong(lines) : lines
  }

  /** The last line, where the stream ended without a delimiter. */
  flush(): string {
    const text = this.skipping ? '' : this.decoder.decode(this.rest)
    this.reset()
    return text
  }

  /** Forgets half a line: nothing is joined over a break of the line. */
  reset(): void {
    this.rest = new Uint8Array(0)
    this.skipping = this.dropFirst
  }

  /** Bytes held of a line that is not complete yet. */
  get held(): number {
    return this.rest.length
  }

  private keep(bytes: Uint8Array): void {
    if (bytes.length <= this.maxLength) {
      this.rest = bytes.slice()
      return
    }
    if (!this.skipping) this.tooLong++
    this.skipping = true
    // The end of a delimiter that is longer than a byte may still come.
    this.rest = bytes.slice(bytes.length - this.delimiter.length + 1)
  }

  private withLineFeeds(text: string): string {
    return text.split(new TextDecoder().decode(this.delimiter)).join('\n')
  }

  private withoutLong(lines: string): string {
    const kept = lines.split('\n').filter((line) => line.length <= this.maxLength)
    this.tooLong += lines.split('\n').length - kept.length
    return kept.join('\n')
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(a.length + b.length)
  bytes.set(a)
  bytes.set(b, a.length)
  return bytes
}

function indexOf(bytes: Uint8Array, wanted: Uint8Array): number {
  for (let at = bytes.indexOf(wanted[0]!); at >= 0; at = bytes.indexOf(wanted[0]!, at + 1)) {
    if (startsAt(bytes, at, wanted)) return at
  }
  return -1
}

function lastIndexOf(bytes: Uint8Array, wanted: Uint8Array): number {
  for (
    let at = bytes.lastIndexOf(wanted[0]!);
    at >= 0;
    at = at === 0 ? -1 : bytes.lastIndexOf(wanted[0]!, at - 1)
  ) {
    if (startsAt(bytes, at, wanted)) return at
  }
  return -1
}

function startsAt(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  for (let i = 1; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false
  return at + wanted.length <= bytes.length
}
