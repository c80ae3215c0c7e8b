import { InputError } from '../core/errors'
import { FIELD } from './decode/decode-text'
import { DeviceClock, type DeviceClockState } from './device-clock'
import type { Samples } from './samples'
import { SequenceClock } from './sequence-clock'

/** How rows are told apart: by their time on the device, or by its count. */
export type KeyKind = 'device' | 'sequence'

export interface KeyOptions {
  /** Does the device's count grow by one per sample or per message? */
  readonly counts: 'samples' | 'messages'
  /** Count after which the sequence starts at 0 again. */
  readonly modulus?: number
  /** ms after which a device's time counter starts over, where the samples do not tell it; 0: never. */
  readonly wrap: number
}

/** Rows `from` … `to` (exclusive) with their keys, ascending in time as the device sent them. */
export interface KeyedRun {
  readonly from: number
  readonly to: number
  /** One per row; or a single one for a message that counts as one. */
  readonly keys: Float64Array
  /** True where the device's clock was set, or its count began anew, before this run. */
  readonly begins: boolean
}

/** Gives each row of one stream the key that tells its place. */
export class RowKeys {
  private readonly device: DeviceClock
  private readonly sequence: SequenceClock

  constructor(
    readonly kind: KeyKind,
    private readonly options: KeyOptions,
  ) {
    this.device = new DeviceClock()
    this.sequence = new SequenceClock(options.modulus)
  }

  /** @throws InputError where the times or counts are missing, or single ones need a rate */
  read(samples: Samples, arrival: number): readonly KeyedRun[] {
    const raw = this.kind === 'device' ? rawTimes(samples) : this.rawCounts(samples)
    const perRow = raw.length === samples.rows
    const keys = new Float64Array(raw.length)
    const runs: KeyedRun[] = []
    let from = 0
    let begins = false
    for (let i = 0; i < raw.length; i++) {
      const key =
        this.kind === 'device'
          ? this.device.key(raw[i]!, samples.wrap ?? this.options.wrap)
          : this.sequence.key(raw[i]!, samples.modulus)
      if (key !== undefined) {
        keys[i] = key
        // A short count starts over within one arrival.
        if (this.kind === 'sequence') this.sequence.advance(key)
        continue
      }
      const isFirst = this.newest === undefined
      if (i > from) runs.push({ from, to: i, keys: keys.slice(from, i), begins })
      from = i
      begins = !isFirst
      keys[i] = this.begin(raw[i]!, raw[raw.length - 1]!, arrival)
    }
    if (this.kind === 'device')
      this.device.advance(
        keys.reduce((a, b) => Math.max(a, b)),
        arrival,
      )
    const to = perRow ? raw.length : samples.rows
    runs.push({ from, to, keys: from === 0 ? keys : keys.slice(from), begins })
    return runs
  }

  /** ms since the epoch of a device's key. */
  toEpoch(key: number): number {
    return this.device.toEpoch(key)
  }

  /** Our own clock was set by so many ms. */
  shift(step: number): void {
    this.device.shift(step)
  }

  reset(): void {
    this.device.reset()
    this.sequence.reset()
  }

  snapshot(): RowKeysState {
    return { kind: this.kind, device: this.device.snapshot(), sequence: this.sequence.snapshot() }
  }

  restore({ device, sequence }: RowKeysState): void {
    this.device.restore(device)
    this.sequence.restore(sequence)
  }

  private get newest(): number | undefined {
    return this.kind === 'device' ? this.device.newestKey : this.sequence.newestKey
  }

  private begin(raw: number, last: number, arrival: number): number {
    return this.kind === 'device' ? this.device.begin(raw, last, arrival) : this.sequence.begin(raw)
  }

  /** Counts of the rows; a single one where a message counts as one. */
  private rawCounts({ sequence, rows, kept, modulus }: Samples): Float64Array {
    if (sequence === undefined) throw new InputError('sources.noSequence', { field: FIELD })
    if (sequence.length === rows && rows > 1) return sequence
    if (this.options.counts === 'messages') return sequence
    const wrap = modulus ?? this.options.modulus ?? Infinity
    return Float64Array.from({ length: rows }, (_, i) => (sequence[0]! + (kept?.[i] ?? i)) % wrap)
  }
}

export interface RowKeysState {
  readonly kind: KeyKind
  readonly device: DeviceClockState
  readonly sequence: number | null
}

/** Times of the rows on the device's clock, ms. */
function rawTimes({ times, rows, kept, rate }: Samples): Float64Array {
  if (times === undefined) throw new InputError('sources.noTimes', { field: FIELD })
  if (times.length === rows) return times
  if (rate === undefined) throw new InputError('sources.needsRate', { field: FIELD, rows })
  return Float64Array.from({ length: rows }, (_, i) => times[0]! + ((kept?.[i] ?? i) * 1000) / rate)
}
