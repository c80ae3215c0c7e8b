import type { SourceCounters, SourceOutput } from './source-events'
import type { SourceSettings } from './source-settings'

/** One arrival: `bytes` is a piece of an endless stream (serial), `value` a whole message (MQTT, HTTP, message in, I2C). */
export type SourceInput = {
  /** ms since the epoch. */
  readonly arrival: number
  /** Names the stream; the settings' topic where there is none. */
  readonly topic?: string
} & (
  | { readonly bytes: Uint8Array; readonly value?: undefined }
  | { readonly value: unknown; readonly bytes?: undefined }
)

/** Everything pure of a source: cut, decode, map, order, watch. */
export class SourceStage {
  constructor(readonly settings: SourceSettings) {}

  push(input: SourceInput): SourceOutput {
    void input
    throw new Error('being written')
  }

  /** Lets time pass: NO_DATA, held rows. Call it about twice a second. */
  tick(now: number): SourceOutput {
    void now
    return { items: [], events: [] }
  }

  /** The transport lost its line: half a line or record is dropped, nothing is joined over the break. */
  reconnected(): void {}

  /** Rate in Hz over the last seconds, of all streams together; for the status. */
  measuredRate(now: number): number {
    void now
    return 0
  }

  counters(): SourceCounters {
    throw new Error('being written')
  }

  /** Clears buffers and clocks of one stream, or of all. */
  reset(topic?: string): void {
    void topic
  }

  snapshot(): unknown {
    return undefined
  }

  restore(state: unknown): void {
    void state
  }
}
