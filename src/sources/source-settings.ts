import type { TimeUnit } from './decode/decoder'

/** One column of the frames. */
export interface ChannelSetting {
  readonly name: string
  readonly unit: string
  /** value = raw × scale + offset */
  readonly scale: number
  readonly offset: number
  /** Name, or number from 1, of the column or property it is read from; the name if not given. */
  readonly from?: string
}

export interface SourceSettings {
  /** Empty: the columns that the data have. */
  readonly channels: readonly ChannelSetting[]
  /** Nominal rate in Hz. */
  readonly rate?: number
  /** Name of a decoder in the registry, and its own settings. */
  readonly format: string
  readonly options: Readonly<Record<string, unknown>>
  /** Where times come from: arrival, the device's clock, or its count. */
  readonly clock: 'arrival' | 'device' | 'sequence'
  readonly timeField?: string
  readonly timeUnit: TimeUnit
  readonly sequenceField?: string
  /** Does the count grow by one per sample or per message? */
  readonly sequenceCounts: 'samples' | 'messages'
  /** Count after which the sequence starts at 0 again. */
  readonly modulus?: number
  readonly continuity: 'continuous' | 'separate'
  /** Rows are held this long, ms, to put late ones in their place; 0: late rows are dropped. */
  readonly reorder: number
  /** NO_DATA after so many ms without data; 0: never. */
  readonly noDataAfter: number
  /** RATE_OFF when the measured rate differs by more than this share of the nominal one; 0: never. */
  readonly rateTolerance: number
  /** The one stream of all that arrives, whatever the data's own topic; empty: each topic is a stream. */
  readonly topic: string
  readonly maxStreams: number
}
