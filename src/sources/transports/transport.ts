import type { UserError } from '../../core/errors'
import type { MessageKey, MessageParams } from '../../core/messages'
import type { SourceInput } from '../source-stage'

/** What a transport tells the source node. */
export interface TransportListener {
  /** Data arrived. What it throws is the transport's own affair: it must not end the connection. */
  data(input: SourceInput): void
  /** The connection changed; called once per change, whatever the number of tries in between. */
  state(state: TransportState, error?: UserError): void
  /** Something worth a log line, such as lost samples. */
  event(key: MessageKey, params: MessageParams): void
  /** A line was re-opened: nothing may be joined over the break. */
  reconnected(): void
}

/** `waiting`: lost or never there; the transport tries again by itself. */
export type TransportState = 'connecting' | 'connected' | 'waiting'

/** A way for samples to come in. It heals by itself until it is closed. */
export interface Transport {
  open(): void
  /** Ends connections and timers, within 50 ms. @param removed the node is gone for good */
  close(removed: boolean): Promise<void>
  /** What it has to know after a restart, plain JSON. */
  snapshot?(): unknown
  /** Takes up what `snapshot` gave. @returns false where other data come now, so that no stream goes on */
  restore?(state: unknown): boolean
}

/** Passes state changes on, each once. */
export class StateReporter {
  private last?: TransportState

  constructor(private readonly listener: TransportListener) {}

  report(state: TransportState, error?: UserError): void {
    if (state === this.last) return
    // While it is lost, a new try is not news.
    if (this.last === 'waiting' && state === 'connecting') return
    this.last = state
    this.listener.state(state, error)
  }
}
