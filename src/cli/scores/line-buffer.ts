const ZERO = 48
const DOT = 46
const MINUS = 45

/** Text in the making, as bytes: strings that are put together by the million keep the garbage collector busy. */
export class LineBuffer {
  private bytes: Buffer
  private used = 0

  constructor(size = 131_072) {
    this.bytes = Buffer.allocUnsafe(size)
  }

  get length(): number {
    return this.used
  }

  /** What was written so far; valid until `clear`. */
  get content(): Buffer {
    return this.bytes.subarray(0, this.used)
  }

  clear(): void {
    this.used = 0
  }

  /** One character below 128, by its code. */
  byte(code: number): void {
    if (this.used === this.bytes.length) this.grow(1)
    this.bytes[this.used++] = code
  }

  /** Any text. */
  text(text: string): void {
    const { length } = text
    if (this.used + 3 * length > this.bytes.length) this.grow(3 * length)
    const { bytes } = this
    let at = this.used
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i)
      if (code > 127) {
        this.used += bytes.write(text, this.used, 'utf8')
        return
      }
      bytes[at++] = code
    }
    this.used = at
  }

  /** A whole number. */
  whole(value: number): void {
    if (!(Math.abs(value) < 2 ** 31)) {
      this.text(String(value))
      return
    }
    if (this.used + 12 > this.bytes.length) this.grow(12)
    let rest = value | 0
    if (rest < 0) {
      this.bytes[this.used++] = MINUS
      rest = -rest
    }
    let digits = 1
    for (let limit = 10; limit <= rest && digits < 10; limit *= 10) digits++
    this.digits(rest, digits)
  }

  /** A share (0 … 1) with six decimals. */
  share(share: number): void {
    if (this.used + 8 > this.bytes.length) this.grow(8)
    const millionths = (share * 1e6 + 0.5) | 0
    if (millionths <= 0 || millionths >= 1e6) {
      this.bytes[this.used++] = millionths <= 0 ? ZERO : ZERO + 1
      return
    }
    this.bytes[this.used++] = ZERO
    this.bytes[this.used++] = DOT
    this.digits(millionths, 6)
  }

  private digits(value: number, count: number): void {
    const { bytes, used } = this
    let rest = value
    for (let at = used + count - 1; at >= used; at--) {
      const next = (rest / 10) | 0
      bytes[at] = ZERO + rest - 10 * next
      rest = next
    }
    this.used = used + count
  }

  private grow(more: number): void {
    const larger = Buffer.allocUnsafe(2 * this.bytes.length + more)
    this.bytes.copy(larger, 0, 0, this.used)
    this.bytes = larger
  }
}
