import type { BoundedBytes } from './bounded-bytes'

/** Longest vector of tables; models of a few layers have some dozens of tensors. */
const MAX_TABLES = 4096

/**
 * A table of a FlatBuffers file: fields by number, each missing one with its default. Every offset is checked against the file.
 * https://flatbuffers.dev/internals
 */
export class FlatTable {
  private readonly fields: number
  private readonly fieldsSize: number

  constructor(
    private readonly file: BoundedBytes,
    private readonly at: number,
  ) {
    this.fields = at - file.i32(at)
    this.fieldsSize = file.u16(this.fields)
  }

  static root(file: BoundedBytes): FlatTable {
    return new FlatTable(file, file.u32(0))
  }

  i8(field: number, fallback: number): number {
    const at = this.place(field)
    return at === 0 ? fallback : this.file.i8(at)
  }

  i32(field: number, fallback: number): number {
    const at = this.place(field)
    return at === 0 ? fallback : this.file.i32(at)
  }

  u32(field: number, fallback: number): number {
    const at = this.place(field)
    return at === 0 ? fallback : this.file.u32(at)
  }

  /** A table; undefined where the field is missing. */
  table(field: number): FlatTable | undefined {
    const at = this.place(field)
    return at === 0 ? undefined : new FlatTable(this.file, at + this.file.u32(at))
  }

  /** A vector of tables; empty where the field is missing. */
  tables(field: number): readonly FlatTable[] {
    const { file } = this
    const { start, count } = this.vector(field, 4)
    if (count > MAX_TABLES) throw file.cutOff()
    return Array.from({ length: count }, (_, i) => {
      const at = start + 4 * i
      return new FlatTable(file, at + file.u32(at))
    })
  }

  /** A vector of 32-bit whole numbers; empty where the field is missing. */
  ints(field: number): readonly number[] {
    const { start, count } = this.vector(field, 4)
    if (count > MAX_TABLES) throw this.file.cutOff()
    return Array.from({ length: count }, (_, i) => this.file.i32(start + 4 * i))
  }

  /** A vector of bytes, as a view; empty where the field is missing. */
  bytes(field: number): Uint8Array {
    const { start, count } = this.vector(field, 1)
    return this.file.slice(start, count)
  }

  /** Place of a field's value; 0 where it is missing. */
  private place(field: number): number {
    const slot = 4 + 2 * field
    if (slot + 2 > this.fieldsSize) return 0
    const offset = this.file.u16(this.fields + slot)
    return offset === 0 ? 0 : this.at + offset
  }

  private vector(field: number, itemSize: number): { start: number; count: number } {
    const at = this.place(field)
    if (at === 0) return { start: 0, count: 0 }
    const vector = at + this.file.u32(at)
    const count = this.file.u32(vector)
    this.file.slice(vector + 4, count * itemSize)
    return { start: vector + 4, count }
  }
}
