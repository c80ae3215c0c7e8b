import type { Frame } from '../core/frame'
import type { InputError } from '../core/errors'
import type { MessageKey, MessageParams } from '../core/messages'
import type { Verdict } from '../core/verdict'

/** What a source sends on: samples, or what the watchdog has to say about them. */
export type SourceItem =
  | { readonly topic: string; readonly frame: Frame; readonly verdict?: undefined }
  | { readonly topic: string; readonly verdict: Verdict; readonly frame?: undefined }

/** Something worth a log line or a status; `format(key, params)` is its text. */
export interface SourceEvent {
  readonly kind:
    'gap' | 'clockJump' | 'deviceRestart' | 'leftOut' | 'badInput' | 'recovered' | 'tooManyStreams' | 'noData'
  readonly topic: string
  readonly key: MessageKey
  readonly params: MessageParams
  /** Of `badInput`: the first error of this outage. */
  readonly error?: InputError
}

export interface SourceOutput {
  readonly items: readonly SourceItem[]
  readonly events: readonly SourceEvent[]
  /** The first few errors of this very input; also those that are no news and hence no event. */
  readonly errors: readonly InputError[]
}

/** How many streams there are, how many of them are silent, and of how many the last input was bad. */
export interface SourceHealth {
  readonly streams: number
  readonly silent: number
  readonly bad: number
}
