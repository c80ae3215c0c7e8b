export interface LineFramerOptions {
  /** Longest line in bytes; 64 KB if not given. */
  readonly maxLength?: number
  /**
   * Where given, the first line is dropped unless this is true of it: what comes first may be the rest of a line that began
   * before anybody listened.
   */
  keepsFirst?(line: string): boolean
}

const LINE_FEED = 10
const RETURN = 13

/**
 * Cuts an endless byte stream into lines, whatever ends them: `\n`, `\r\n` or `\r`. `push` gives the text of all lines that this
 * chunk completed, joined by `\n`, so that a chunk stays one batch; empty text where there is none. A line that grows beyond the
 * limit is dropped. Cost: one pass per byte.
 */
export class LineFramer {
  /** Lines dropped for their length. */
  tooLong = 0
  private readonly maxLength: number
  private readonly keepsFirst?: (line: string) => boolean
  private readonly decoder = new TextDecoder()
  private rest: Uint8Array = new Uint8Array(0)
  /** True within a line that grew too long. */
  private skipping = false
  private isFirst = true
  /** True where the last byte was a `\r`: a `\n` to come belongs to it. */
  private endedInReturn = false

  constructor({ maxLength = 65536, keepsFirst }: LineFramerOptions = {}) {
    this.maxLength = maxLength
    this.keepsFirst = keepsFirst
  }

  push(chunk: Uint8Array): string {
    if (chunk.length === 0) return ''
    const fresh = this.endedInReturn && chunk[0] === LINE_FEED ? chunk.subarray(1) : chunk
    this.endedInReturn = chunk[chunk.length - 1] === RETURN
    const bytes = this.rest.length === 0 ? fresh : joined(this.rest, fresh)
    const last = Math.max(bytes.lastIndexOf(LINE_FEED), bytes.lastIndexOf(RETURN))
    if (last < 0) {
      this.keep(bytes)
      return ''
    }
    const end = last > 0 && bytes[last] === LINE_FEED && bytes[last - 1] === RETURN ? last - 1 : last
    const text = this.decoder.decode(bytes.subarray(0, end))
    const wasSkipping = this.skipping
    this.skipping = false
    this.keep(bytes.subarray(last + 1))
    return this.whole(text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text, wasSkipping)
  }

  /** The last line, where the stream ended without a line end. */
  flush(): string {
    const text = this.skipping ? '' : this.whole(this.decoder.decode(this.rest), false)
    this.reset()
    return text
  }

  /** Forgets half a line: nothing is joined over a break of the line. */
  reset(): void {
    this.rest = new Uint8Array(0)
    this.skipping = false
    this.isFirst = true
    this.endedInReturn = false
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
    this.rest = new Uint8Array(0)
  }

  /** The lines without those that are not whole. @param startsLate the first is the end of one that grew too long */
  private whole(lines: string, startsLate: boolean): string {
    const kept = startsLate || !this.keepsBegin(lines) ? withoutFirst(lines) : lines
    this.isFirst = false
    return kept.length > this.maxLength ? this.withoutLong(kept) : kept
  }

  private keepsBegin(lines: string): boolean {
    if (!this.isFirst || this.keepsFirst === undefined) return true
    const end = lines.indexOf('\n')
    return this.keepsFirst(end < 0 ? lines : lines.slice(0, end))
  }

  private withoutLong(lines: string): string {
    const all = lines.split('\n')
    const kept = all.filter((line) => line.length <= this.maxLength)
    this.tooLong += all.length - kept.length
    return kept.join('\n')
  }
}

function withoutFirst(lines: string): string {
  const end = lines.indexOf('\n')
  return end < 0 ? '' : lines.slice(end + 1)
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(a.length + b.length)
  bytes.set(a)
  bytes.set(b, a.length)
  return bytes
}
