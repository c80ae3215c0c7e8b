import { InputError } from '../../core/errors'
import { readNpy } from './npy'
import { MAX_ARRAY_VALUES, type NumberArray } from './numbers'
import { readZipDirectory, readZipEntry, type ZipEntry } from './zip'

/** Most bytes of all arrays of an archive together. */
const MAX_TOTAL = 33_554_432
const ENDING = '.npy'

/** True for an archive of .npy files, as numpy.savez writes it. */
export function isNpz(entries: readonly ZipEntry[]): boolean {
  return entries.length > 0 && entries.every(({ name }) => name.endsWith(ENDING))
}

/** Reads an .npz archive, stored or compressed: its arrays of numbers by name. @throws InputError */
export function readNpz(bytes: Uint8Array, field: string): ReadonlyMap<string, NumberArray> {
  const entries = readZipDirectory(bytes, field)
  if (!isNpz(entries))
    throw new InputError('files.notThatKind', { field, expected: 'an .npz archive of numpy arrays' })
  const arrays = new Map<string, NumberArray>()
  let room = MAX_TOTAL
  let values = 0
  for (const entry of entries) {
    const content = readZipEntry(bytes, entry, room, field)
    room -= content.length
    const name = entry.name.slice(0, -ENDING.length)
    const array = readNpy(content, `${field} (${name.slice(0, 60)})`)
    values += array.data.length
    if (values > MAX_ARRAY_VALUES) {
      throw new InputError('files.tooLarge', { field, got: `${values} values`, max: MAX_ARRAY_VALUES })
    }
    arrays.set(name, array)
  }
  return arrays
}
