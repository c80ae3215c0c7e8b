import { InputError } from '../../core/errors'

const utf8 = new TextDecoder('utf-8')
const latin1 = new TextDecoder('latin1')

/**
 * Reads little-endian values out of a file at any place. Whatever lies outside the file, or could not be a place in it, is an
 * InputError that names the file; nothing is ever allocated by a size that the file merely claims.
 */
export class BoundedBytes {
  private readonly view: DataView

  constructor(
    readonly bytes: Uint8Array,
    /** Name of the file, for messages. */
    readonly field: string,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get length(): number {
    return this.bytes.length
  }

  u8(at: number): number {
    return this.view.getUint8(this.check(at, 1))
  }

  i8(at: number): number {
    return this.view.getInt8(this.check(at, 1))
  }

  u16(at: number): number {
    return this.view.getUint16(this.check(at, 2), true)
  }

  u32(at: number): number {
    return this.view.getUint32(this.check(at, 4), true)
  }

  i32(at: number): number {
    return this.view.getInt32(this.check(at, 4), true)
  }

  /** An unsigned 64-bit number; one beyond 2^53 could be no place or size in a file and is refused. */
  u64(at: number): number {
    const low = this.u32(at)
    const high = this.u32(at + 4)
    if (high > 0x1fffff) throw this.cutOff()
    return high * 2 ** 32 + low
  }

  /** Big-endian, as pickle writes it. */
  f64BigEndian(at: number): number {
    return this.view.getFloat64(this.check(at, 8), false)
  }

  /** A view on `size` bytes; nothing is copied. */
  slice(at: number, size: number): Uint8Array {
    this.check(at, size)
    return this.bytes.subarray(at, at + size)
  }

  text(at: number, size: number): string {
    return utf8.decode(this.slice(at, size))
  }

  latin1(at: number, size: number): string {
    return latin1.decode(this.slice(at, size))
  }

  /** True where the file has these characters at this place. */
  has(at: number, characters: string): boolean {
    if (at < 0 || at + characters.length > this.length) return false
    for (let i = 0; i < characters.length; i++) {
      if (this.bytes[at + i] !== characters.charCodeAt(i)) return false
    }
    return true
  }

  /** What is said of a file that points outside itself. */
  cutOff(): InputError {
    return new InputError('files.cutOff', { field: this.field })
  }

  private check(at: number, size: number): number {
    if (!(at >= 0 && size >= 0 && at + size <= this.length)) throw this.cutOff()
    return at
  }
}

/** Text of a file whose bytes nobody has checked; byte sequences that are no UTF-8 become U+FFFD. */
export function textOf(bytes: Uint8Array): string {
  return utf8.decode(bytes)
}
