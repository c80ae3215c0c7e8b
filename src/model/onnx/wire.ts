/** A file that is not well-formed Protocol Buffers, or not ONNX. */
export class MalformedError extends Error {}

/** One field of a message: its number, and either a number or the bytes of a length-delimited value (a view, not a copy). */
export interface Field {
  readonly number: number
  readonly wire: WireType
  /** Of varints; 0 otherwise. Exact to 53 bits. */
  readonly value: number
  /** Of length-delimited fields; empty otherwise. */
  readonly bytes: Uint8Array
}

/** 0 varint, 1 fixed 64 bits, 2 length-delimited, 5 fixed 32 bits; groups (3, 4) are not in ONNX. */
export type WireType = 0 | 1 | 2 | 5

const NOTHING = new Uint8Array(0)
const MAX_FIELD = 0x1fffffff

/**
 * Reads the fields of one Protocol Buffers message, in order (protobuf.dev/programming-guides/encoding). It does not descend:
 * nothing in a file decides how deep the caller's stack gets. Throws MalformedError where the bytes end early.
 */
export class WireReader {
  private at = 0

  constructor(private readonly bytes: Uint8Array) {}

  get done(): boolean {
    return this.at >= this.bytes.length
  }

  /** The next field. Its value is passed over where it is of a fixed size. */
  field(): Field {
    const key = this.varint()
    const number = Math.floor(key / 8)
    if (number < 1 || number > MAX_FIELD) throw new MalformedError('a field has no valid number')
    switch (key % 8) {
      case 0:
        return { number, wire: 0, value: this.varint(), bytes: NOTHING }
      case 1:
        this.take(8)
        return { number, wire: 1, value: 0, bytes: NOTHING }
      case 2:
        return { number, wire: 2, value: 0, bytes: this.take(this.varint()) }
      case 5:
        this.take(4)
        return { number, wire: 5, value: 0, bytes: NOTHING }
      default:
        throw new MalformedError('it holds a kind of field that ONNX does not have')
    }
  }

  /** A 64-bit number in two's complement. */
  varint(): number {
    let low = 0
    let high = 0
    for (let i = 0; i < 10; i++) {
      const byte = this.bytes[this.at++]
      if (byte === undefined) throw new MalformedError('it ends in the middle of a number')
      if (i < 4) low += (byte & 0x7f) * 2 ** (7 * i)
      else high += (byte & 0x7f) * 2 ** (7 * (i - 4))
      if (byte < 0x80) return signed(low, high % 2 ** 36)
    }
    throw new MalformedError('a number has too many bytes')
  }

  private take(length: number): Uint8Array {
    if (!(length >= 0 && length <= this.bytes.length - this.at)) {
      throw new MalformedError('a field is longer than what is left of the file')
    }
    const taken = this.bytes.subarray(this.at, this.at + length)
    this.at += length
    return taken
  }
}

/** From the lower 28 and the upper 36 bits. */
function signed(low: number, high: number): number {
  return high < 2 ** 35 ? high * 2 ** 28 + low : -(2 ** 64 - high * 2 ** 28 - low)
}

/** The numbers of a repeated varint field, packed or not. @throws MalformedError where there are more than `max` */
export function varintsOf(field: Field, max: number): readonly number[] {
  if (field.wire === 0) return [field.value]
  const values: number[] = []
  for (const reader = new WireReader(field.bytes); !reader.done;) {
    if (values.push(reader.varint()) > max) throw new MalformedError('a list is too long')
  }
  return values
}
