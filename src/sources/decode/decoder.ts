import type { InputError } from '../../core/errors'
import type { Frame } from '../../core/frame'
import type { KeyKind } from '../row-keys'

/** What a device sent at one time, before scale and offset: rows of named columns in double precision. */
export interface Batch {
  readonly channels: readonly string[]
  /** rows × channels, row-major. */
  readonly data: Float64Array
  /** Device time in ms (of any epoch): one per row, or a single one for the first row. */
  readonly times?: Float64Array
  /** The device's own count: one per row, or a single one for the whole batch. */
  readonly sequence?: Float64Array
  /** Count after which `sequence` starts at 0 again, where the format tells it. */
  readonly modulus?: number
  /** ms after which `times` start at 0 again, where the format tells it. */
  readonly wrap?: number
  /** Numbers of the rows as they were sent, from 0, where bad ones were left out in between. */
  readonly kept?: readonly number[]
  /** Name of the stream, where the data carry it. */
  readonly stream?: string
  /** Rate in Hz, where the data carry it. */
  readonly rate?: number
  /** Units by channel, where the data carry them. */
  readonly units?: readonly string[]
}

export interface DecodeContext {
  /** Time of arrival, ms since the epoch. */
  readonly arrival: number
  readonly topic?: string
}

/** What one chunk held. A bad line costs that line only: the rest of the chunk is in `batches`. */
export interface DecodeResult {
  readonly batches: readonly Batch[]
  /** Frames that carry a contract, i.e. that other nodes already shaped: they are handed on as they are. */
  readonly frames?: readonly Frame[]
  /** The first few things that were wrong. */
  readonly errors: readonly InputError[]
  /** How many lines, rows or records were left out. */
  readonly bad: number
}

/**
 * Turns what arrived into batches. Pure; keeps no more state than a header line. Never throws for a bad chunk.
 * `framing` says how an endless byte stream is cut for it: into lines, into binary records, or not at all (whole messages only).
 */
export interface Decoder {
  readonly framing: Framing
  /** Those of the clocks of its `DecoderSpec` that there are with these settings; all where not given. */
  readonly clocks?: readonly KeyKind[]
  decode(chunk: unknown, context: DecodeContext): DecodeResult
  /** Forgets a header line, after a reconnect. */
  reset?(): void
}

export type Framing =
  | {
      readonly kind: 'lines'
      /** True for a line that is surely not the rest of a longer one, such as a header: the first line of a stream may be. */
      isWhole?(line: string): boolean
    }
  | {
      readonly kind: 'records'
      readonly length: number
      readonly sync: Uint8Array
      check?(record: Uint8Array): boolean
    }
  | { readonly kind: 'messages' }

/** How times are written by the device. */
export const TIME_UNITS = ['s', 'ms', 'us', 'iso'] as const
export type TimeUnit = (typeof TIME_UNITS)[number]

/** What all decoders are told; each reads its own further options from `options`. */
export interface DecodeSettings {
  /** Columns or properties that are wanted; all numeric ones where empty. */
  readonly wanted: readonly string[]
  /** Column or property that holds the device's time. */
  readonly timeField?: string
  readonly timeUnit: TimeUnit
  /** Column or property that holds the device's count. */
  readonly sequenceField?: string
  /** The settings of this decoder, by the names of its `settings` list. */
  readonly options: Readonly<Record<string, unknown>>
}

/** A setting that a decoder adds to the dialog. */
export interface DecoderSetting {
  readonly name: string
  readonly label: string
  readonly kind: 'text' | 'number' | 'choice'
  readonly choices?: readonly string[]
  readonly fallback: string | number
}

/** What the dialog is filled with when a format is chosen. */
export interface FormatDefaults {
  readonly channels?: readonly {
    readonly name: string
    readonly unit?: string
    readonly scale?: number
    readonly from?: string
  }[]
  readonly rate?: number
  readonly clock?: 'arrival' | 'device' | 'sequence'
  readonly timeField?: string
  readonly timeUnit?: TimeUnit
  readonly sequenceField?: string
  /** `separate`: each message is a recording of its own, with time not measured in between. */
  readonly continuity?: 'continuous' | 'separate'
}

/** An entry of the registry: one file, one line in `registry.ts`. */
export interface DecoderSpec {
  readonly name: string
  readonly label: string
  readonly settings: readonly DecoderSetting[]
  readonly defaults?: FormatDefaults
  /** Clocks that the data carry by themselves; not given: settings name the field of time or count. */
  readonly clocks?: readonly KeyKind[]
  /** What a device sends in this format, readable with the default settings. */
  readonly example: string | Uint8Array
  /** @throws ConfigError where a setting is wrong */
  create(settings: DecodeSettings): Decoder
}
