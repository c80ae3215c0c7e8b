/** What rows can be picked of. */
export interface Rows {
  readonly channels: readonly string[]
  readonly rows: number
  /** rows × channels, row-major. */
  readonly data: Float64Array
  /** Of each row, or a single one for the first. */
  readonly times?: Float64Array
  readonly sequence?: Float64Array
  /** Numbers of the rows as they were sent, where some were left out. */
  readonly kept?: readonly number[]
}

/** Some of the rows, ascending, with what belongs to them; the same object where it is all of them. */
export function pickRows<T extends Rows>(samples: T, picked: readonly number[]): T {
  const { rows, data, channels, times, sequence, kept } = samples
  if (picked.length === rows) return samples
  const width = channels.length
  const copy = new Float64Array(picked.length * width)
  picked.forEach((row, i) => copy.set(data.subarray(row * width, (row + 1) * width), i * width))
  const pick = (list: Float64Array | undefined): Float64Array | undefined =>
    list === undefined || list.length !== rows || rows === 1
      ? list
      : Float64Array.from(picked, (row) => list[row]!)
  return {
    ...samples,
    rows: picked.length,
    data: copy,
    kept: picked.map((row) => kept?.[row] ?? row),
    ...(times && { times: pick(times) }),
    ...(sequence && { sequence: pick(sequence) }),
  }
}

/** All numbers from 0 to count - 1 for which `wanted` holds. */
export function indicesWhere(count: number, wanted: (index: number) => boolean): number[] {
  const found: number[] = []
  for (let i = 0; i < count; i++) if (wanted(i)) found.push(i)
  return found
}
