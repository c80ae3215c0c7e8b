import { InputError } from '../core/errors'
import type { Refusals } from '../core/refusals'
import type { Batch } from './decode/decoder'
import { FIELD } from './decode/decode-text'
import { indicesWhere, pickRows } from './decode/pick-rows'
import type { Samples } from './samples'
import type { ChannelSetting } from './source-settings'

/**
 * Makes the configured channels of a batch's columns: picked by name (or by number, or in order where the data have no names),
 * value = raw × scale + offset, in the unit set or else that of the column. Without configured channels, the columns as they are.
 */
export class ChannelMap {
  private readonly names: readonly string[]
  private readonly isPlain: boolean
  /** The columns last seen and where the channels are among them. */
  private columns?: readonly string[]
  private indices: readonly number[] = []
  private givenUnits?: readonly string[]
  private units?: readonly string[]

  constructor(
    private readonly channels: readonly ChannelSetting[],
    private readonly rate?: number,
  ) {
    this.names = channels.map((channel) => channel.name)
    this.isPlain = channels.every(({ scale, offset }) => scale === 1 && offset === 0)
  }

  /**
   * Rows with a value that single precision cannot hold are left out and counted; undefined where none is left.
   * @throws InputError where a channel is missing
   */
  map(batch: Batch, refusals: Refusals): Samples | undefined {
    const given = batch.channels
    const isAll = this.channels.length === 0
    const names = isAll ? given : this.names
    if (!isAll) this.follow(batch)
    const rate = this.rate ?? batch.rate
    const rows = batch.data.length / given.length
    const { times, sequence, modulus, wrap, kept } = batch
    const samples: Samples = {
      channels: names,
      units: isAll ? batch.units : this.units,
      rate,
      rows,
      data: isAll ? batch.data : this.convert(batch, rows),
      times,
      sequence,
      modulus,
      wrap,
      kept,
    }
    return withinRange(samples, refusals)
  }

  /** Finds the channels among the columns, where these are not those last seen. */
  private follow({ channels: given, units }: Batch): void {
    if (given === this.columns && units === this.givenUnits) return
    this.indices = this.locate(given)
    const chosen = this.channels.map(({ unit }, i) => unit || (units?.[this.indices[i]!] ?? ''))
    this.units = chosen.every((unit) => unit === '') ? undefined : chosen
    this.columns = given
    this.givenUnits = units
  }

  private convert({ channels: given, data }: Batch, rows: number): Float64Array {
    const { indices, channels } = this
    const from = given.length
    const to = channels.length
    if (this.isPlain && from === to && indices.every((at, i) => at === i)) return data
    const out = new Float64Array(rows * to)
    for (let c = 0; c < to; c++) {
      const { scale, offset } = channels[c]!
      for (let r = 0, at = indices[c]!; r < rows; r++, at += from)
        out[r * to + c] = data[at]! * scale + offset
    }
    return out
  }

  private locate(given: readonly string[]): readonly number[] {
    const areNumbered = given.every((name) => /^ch\d+$/.test(name))
    const found = this.channels.map(({ name, from }) => {
      const wanted = from ?? name
      const byName = given.indexOf(wanted)
      if (byName >= 0 || !/^[1-9]\d*$/.test(wanted)) return byName
      // Columns that were taken out, such as the time's, count as well.
      if (areNumbered) return given.indexOf(`ch${wanted}`)
      return Number(wanted) <= given.length ? Number(wanted) - 1 : -1
    })
    const missing = found.indexOf(-1)
    if (missing < 0) return found
    const areNameless = areNumbered || (given.length === 1 && given[0] === 'value')
    if (areNameless && given.length === this.channels.length) {
      const free = given.map((_, i) => i).filter((i) => !found.includes(i))
      return found.map((at) => (at < 0 ? free.shift()! : at))
    }
    const { name, from } = this.channels[missing]!
    const params = { field: FIELD, channel: from ?? name, channels: given.slice(0, 8).join(', ') }
    throw new InputError('sources.missingChannel', params)
  }
}

function withinRange(samples: Samples, refusals: Refusals): Samples | undefined {
  const { data, rows, channels } = samples
  const width = channels.length
  let sum = 0
  for (let i = 0; i < data.length; i++) sum += Math.fround(data[i]!) * 0
  if (sum === 0) return rows === 0 ? undefined : samples
  const good = indicesWhere(rows, (row) => {
    for (let i = row * width; i < (row + 1) * width; i++) {
      const got = data[i]!
      if (Number.isFinite(Math.fround(got))) continue
      const key = Number.isNaN(got) ? 'frame.notFinite' : 'frame.tooBig'
      refusals.add(key, { field: FIELD, channel: channels[i % width]!, row, got })
      return false
    }
    return true
  })
  return good.length === 0 ? undefined : pickRows(samples, good)
}
