import { InputError } from '../../core/errors'
import type { BoundedBytes } from './bounded-bytes'
import {
  extentCount,
  readExtents,
  readFloats,
  readTexts,
  readType,
  type Extents,
  type Hdf5Type,
} from './hdf5-values'

/** What an HDF5 file begins with. */
export const HDF5_MAGIC = '\x89HDF\r\n\x1a\n'

/** Most headers, tree nodes and header messages that one file may make us read. */
const MAX_PIECES = 20_000
const MAX_MESSAGES = 1000
const MAX_TREE_DEPTH = 8

interface Message {
  readonly type: number
  readonly at: number
  readonly size: number
}

/** A dataset of floats. */
export interface Hdf5Floats {
  readonly extents: Extents
  /** Row-major. */
  readonly data: Float32Array
}

/**
 * A group or dataset of an HDF5 file in the layout that h5py writes by default (superblock 0, version 1 headers, symbol tables,
 * contiguous or compact data): all that Keras needs. Compressed data and the layout of `libver='latest'` are refused.
 * Everything is read from where the file says it is, within the file, and no more than 20,000 pieces of it.
 * https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html
 */
export class Hdf5Object {
  private readonly messages: readonly Message[]

  private constructor(
    private readonly file: BoundedBytes,
    private readonly budget: { left: number },
    header: number,
  ) {
    this.messages = readHeader(file, budget, header)
  }

  /** The root group. @throws InputError */
  static open(file: BoundedBytes): Hdf5Object {
    if (!file.has(0, HDF5_MAGIC))
      throw new InputError('files.notThatKind', { field: file.field, expected: 'an HDF5 file' })
    const version = file.u8(8)
    if (version > 1 || file.u8(13) !== 8 || file.u8(14) !== 8) throw unsupported(file, 'a newer HDF5 layout')
    const addresses = version === 0 ? 24 : 28
    if (file.u64(addresses) !== 0) throw unsupported(file, 'HDF5 data behind another header')
    return new Hdf5Object(file, { left: MAX_PIECES }, file.u64(addresses + 32 + 8))
  }

  /** Texts of an attribute; undefined where there is none of that name. @throws InputError */
  attribute(name: string): readonly string[] | undefined {
    for (const message of this.messages) {
      if (message.type !== 0x0c) continue
      const found = this.readAttribute(message.at)
      if (found?.name !== name) continue
      return readTexts(this.file, found.data, found.type, found.extents)
    }
    return undefined
  }

  /** What the group holds, by name; empty for a dataset. @throws InputError */
  children(): ReadonlyMap<string, Hdf5Object> {
    const table = this.messages.find(({ type }) => type === 0x11)
    const found = new Map<string, number>()
    if (table !== undefined) {
      const { file } = this
      const heap = file.u64(table.at + 8)
      if (!file.has(heap, 'HEAP')) throw file.cutOff()
      this.readTree(file.u64(table.at), file.u64(heap + 24), found, 0)
    } else if (this.messages.some(({ type }) => type === 0x02 || type === 0x06)) {
      throw unsupported(this.file, 'a newer HDF5 layout')
    }
    return new Map(
      Array.from(found, ([name, header]) => [name, new Hdf5Object(this.file, this.budget, header)]),
    )
  }

  get isDataset(): boolean {
    return this.messages.some(({ type }) => type === 0x08)
  }

  /** The floats of a dataset, at most `max`. @throws InputError where it holds others, compressed ones or more */
  floats(name: string, max: number): Hdf5Floats {
    const { file } = this
    const space = this.messages.find(({ type }) => type === 0x01)
    const typed = this.messages.find(({ type }) => type === 0x03)
    const layout = this.messages.find(({ type }) => type === 0x08)
    if (space === undefined || typed === undefined || layout === undefined) throw file.cutOff()
    const place = `${file.field} (${name})`
    const extents = readExtents(file, space.at)
    const type = readType(file, typed.at)
    if (type.kind !== 'float')
      throw new InputError('files.notNumbers', { field: place, got: `values of another type (${type.kind})` })
    const count = extentCount(extents, max, place)
    const bytes = this.readLayout(layout.at)
    if (bytes.length < count * type.size) throw file.cutOff()
    return { extents, data: readFloats(bytes, type, count) }
  }

  /** Bytes of a dataset (IV.A.2.i): within the header, or in one piece elsewhere. */
  private readLayout(at: number): Uint8Array {
    const { file } = this
    const version = file.u8(at)
    const kind = file.u8(at + 1)
    if (version < 3 || version > 4 || kind > 1) throw unsupported(file, 'compressed or chunked data')
    return kind === 0 ? file.slice(at + 4, file.u16(at + 2)) : file.slice(file.u64(at + 2), file.u64(at + 10))
  }

  /** A node of a group's tree (III.A.1), down to the symbol nodes with the entries (III.B, III.C). */
  private readTree(at: number, names: number, found: Map<string, number>, depth: number): void {
    const { file } = this
    spend(file, this.budget)
    if (depth > MAX_TREE_DEPTH || !file.has(at, 'TREE') || file.u8(at + 4) !== 0) throw file.cutOff()
    const isLeaf = file.u8(at + 5) === 0
    const used = file.u16(at + 6)
    for (let i = 0; i < used; i++) {
      const child = file.u64(at + 24 + 16 * i + 8)
      if (isLeaf) this.readSymbols(child, names, found)
      else this.readTree(child, names, found, depth + 1)
    }
  }

  private readSymbols(at: number, names: number, found: Map<string, number>): void {
    const { file } = this
    spend(file, this.budget)
    if (!file.has(at, 'SNOD')) throw file.cutOff()
    const count = file.u16(at + 6)
    for (let i = 0; i < count; i++) {
      spend(file, this.budget)
      const entry = at + 8 + 40 * i
      // Type 2 is a link by name to elsewhere, perhaps to another file: it is not followed.
      if (file.u32(entry + 16) === 2) continue
      found.set(nameAt(file, names + file.u64(entry)), file.u64(entry + 8))
    }
  }

  /** An attribute message (IV.A.2.m); undefined for a type kept elsewhere, which no text has. */
  private readAttribute(
    at: number,
  ): { name: string; type: Hdf5Type; extents: Extents; data: number } | undefined {
    const { file } = this
    const version = file.u8(at)
    if (version < 1 || version > 3) throw file.cutOff()
    if (version > 1 && file.u8(at + 1) !== 0) return undefined
    const padded = (size: number): number => (version === 1 ? Math.ceil(size / 8) * 8 : size)
    const nameSize = file.u16(at + 2)
    const nameStart = at + (version === 3 ? 9 : 8)
    const type = nameStart + padded(nameSize)
    const extents = type + padded(file.u16(at + 4))
    return {
      name: file.text(nameStart, Math.max(0, nameSize - 1)),
      type: readType(file, type),
      extents: readExtents(file, extents),
      data: extents + padded(file.u16(at + 6)),
    }
  }
}

/** The messages of an object header of version 1 (IV.A.1.a), those of its continuation blocks too. */
function readHeader(file: BoundedBytes, budget: { left: number }, at: number): readonly Message[] {
  spend(file, budget)
  if (file.has(at, 'OHDR')) throw unsupported(file, 'a newer HDF5 layout')
  if (file.u8(at) !== 1) throw file.cutOff()
  const count = Math.min(file.u16(at + 2), MAX_MESSAGES)
  const blocks = [{ from: at + 16, to: at + 16 + file.u32(at + 8) }]
  const messages: Message[] = []
  let seen = 0
  for (const block of blocks) {
    let from = block.from
    while (seen < count && from + 8 <= block.to) {
      spend(file, budget)
      seen++
      const message = { type: file.u16(from), at: from + 8, size: file.u16(from + 2) }
      const isShared = (file.u8(from + 4) & 2) !== 0
      if (message.at + message.size > file.length) throw file.cutOff()
      if (message.type === 0x10) {
        const start = file.u64(message.at)
        blocks.push({ from: start, to: start + file.u64(message.at + 8) })
      } else if (!isShared) messages.push(message)
      from = message.at + message.size
    }
  }
  return messages
}

function nameAt(file: BoundedBytes, at: number): string {
  const end = file.bytes.subarray(at, at + 1024).indexOf(0)
  if (end < 0) throw file.cutOff()
  return file.text(at, end)
}

function spend(file: BoundedBytes, budget: { left: number }): void {
  if (--budget.left < 0) {
    throw new InputError('files.tooLarge', {
      field: file.field,
      got: 'an HDF5 file',
      max: `${MAX_PIECES} pieces`,
    })
  }
}

function unsupported(file: BoundedBytes, what: string): InputError {
  const hint = "save the model with model.save('model.h5') of Keras, without further options"
  return new InputError('files.unsupported', { field: file.field, what, hint })
}
