import type { AccelerationUnit } from './chip'

/** One column: a signed 16-bit word at `at`; value = (word >> shift) × scale + offset. */
export interface Column {
  readonly at: number
  readonly scale: number
  readonly offset?: number
  /** Bits that the number is left of the word's end. */
  readonly shift?: number
}

/** Where the columns of a row are in its bytes. */
export interface Layout {
  /** Length of one row. */
  readonly bytes: number
  readonly order: 'big-endian' | 'little-endian'
  readonly columns: readonly Column[]
}

/** Standard acceleration of free fall, m/s² (CGPM 1901). */
export const STANDARD_GRAVITY = 9.80665

/** Factor from g to the unit asked for. */
export function fromG(unit: AccelerationUnit): number {
  return unit === 'g' ? 1 : STANDARD_GRAVITY
}

/** Factor from °/s to rad/s. */
export const RADIANS = Math.PI / 180

/** Three 16-bit columns one after the other: x, y, z. */
export function axes(at: number, scale: number, shift = 0): readonly Column[] {
  return [0, 2, 4].map((step) => ({ at: at + step, scale, shift }))
}

/** Decodes whole rows. `aside` holds columns read once: each row gets them at its end. */
export function decodeRows(
  bytes: Uint8Array,
  layout: Layout,
  aside?: { bytes: Uint8Array; layout: Layout },
): Float64Array {
  const rows = Math.floor(bytes.length / layout.bytes)
  const own = layout.columns.length
  const width = own + (aside?.layout.columns.length ?? 0)
  const out = new Float64Array(rows * width)
  readInto(out, width, rows, bytes, layout)
  if (aside !== undefined) {
    const once = decodeRows(aside.bytes, aside.layout)
    for (let row = 0; row < rows; row++) out.set(once, row * width + own)
  }
  return out
}

function readInto(out: Float64Array, width: number, rows: number, bytes: Uint8Array, layout: Layout): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const little = layout.order === 'little-endian'
  layout.columns.forEach(({ at, scale, offset = 0, shift = 0 }, column) => {
    for (let row = 0; row < rows; row++) {
      const word = view.getInt16(row * layout.bytes + at, little)
      out[row * width + column] = (word >> shift) * scale + offset
    }
  })
}
