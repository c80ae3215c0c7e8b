import { InputError } from '../../core/errors'
import { BoundedBytes } from './bounded-bytes'
import { crc32 } from './checksums'
import { inflateBounded } from './inflate'

/** What a zip archive begins with. */
export const ZIP_MAGIC = 'PK\x03\x04'
const END_SIZE = 22
const MAX_ENTRIES = 64
const MAX_NAME = 200
/** Longest comment of an archive, and so how far back its directory may be. */
const MAX_COMMENT = 65_535

/** One file within an archive; `name` is only ever compared, never used as a path. */
export interface ZipEntry {
  readonly name: string
  readonly method: number
  readonly crc: number
  readonly compressed: number
  readonly size: number
  readonly header: number
}

/**
 * The directory of a zip archive of at most `max` files, without encryption, several volumes or zip64 sizes.
 * https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT 4.3
 * @throws InputError
 */
export function readZipDirectory(bytes: Uint8Array, field: string, max = MAX_ENTRIES): readonly ZipEntry[] {
  const file = new BoundedBytes(bytes, field)
  const end = findEnd(file)
  const count = file.u16(end + 10)
  if (count > max) throw new InputError('files.tooLarge', { field, got: `${count} entries`, max })
  let at = file.u32(end + 16)
  const entries: ZipEntry[] = []
  const names = new Set<string>()
  for (let i = 0; i < count; i++) {
    if (!file.has(at, 'PK\x01\x02')) throw file.cutOff()
    const nameSize = file.u16(at + 28)
    if (nameSize > MAX_NAME)
      throw new InputError('files.tooLarge', {
        field,
        got: `a name of ${nameSize} characters`,
        max: MAX_NAME,
      })
    const entry: ZipEntry = {
      name: file.text(at + 46, nameSize),
      method: file.u16(at + 10),
      crc: file.u32(at + 16),
      compressed: file.u32(at + 20),
      size: file.u32(at + 24),
      header: file.u32(at + 42),
    }
    if ((file.u16(at + 8) & 1) !== 0) throw unsupported(field, 'encryption')
    if (names.has(entry.name)) throw new InputError('files.twice', { field, name: entry.name })
    names.add(entry.name)
    entries.push(entry)
    at += 46 + nameSize + file.u16(at + 30) + file.u16(at + 32)
  }
  return entries
}

/** The content of one entry, at most `max` bytes; its checksum is verified. @throws InputError */
export function readZipEntry(bytes: Uint8Array, entry: ZipEntry, max: number, field: string): Uint8Array {
  const file = new BoundedBytes(bytes, field)
  const place = `${field} (${entry.name})`
  if (!file.has(entry.header, ZIP_MAGIC)) throw file.cutOff()
  const start = entry.header + 30 + file.u16(entry.header + 26) + file.u16(entry.header + 28)
  const data = file.slice(start, entry.compressed)
  const content = unpack(data, entry, max, place)
  if (content.length !== entry.size || crc32(content) !== entry.crc) {
    throw new InputError('files.damagedCompression', { field: place })
  }
  return content
}

function unpack(data: Uint8Array, entry: ZipEntry, max: number, field: string): Uint8Array {
  if (entry.method === 8) return inflateBounded(data, max, field)
  if (entry.method !== 0) throw unsupported(field, `compression ${entry.method}`)
  if (data.length > max) throw new InputError('files.inflatesTooFar', { field, max })
  return data
}

function findEnd(file: BoundedBytes): number {
  const last = file.length - END_SIZE
  for (let at = last; at >= Math.max(0, last - MAX_COMMENT); at--) {
    if (file.has(at, 'PK\x05\x06')) return at
  }
  throw file.cutOff()
}

function unsupported(field: string, what: string): InputError {
  return new InputError('files.unsupported', {
    field,
    what,
    hint: 'save it with numpy.savez or numpy.savez_compressed',
  })
}
