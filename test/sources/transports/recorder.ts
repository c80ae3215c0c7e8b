import { setTimeout as sleep } from 'node:timers/promises'
import type { UserError } from '../../../src/core/errors'
import type { SourceInput } from '../../../src/sources/source-stage'
import type { TransportListener, TransportState } from '../../../src/sources/transports/transport'

/** Remembers what a transport says. */
export class Recorder implements TransportListener {
  readonly inputs: SourceInput[] = []
  readonly states: { state: TransportState; error?: UserError }[] = []
  reconnects = 0

  data(input: SourceInput): void {
    this.inputs.push(input)
  }

  state(state: TransportState, error?: UserError): void {
    this.states.push({ state, error })
  }

  event(): void {}

  reconnected(): void {
    this.reconnects++
  }

  /** Waits for the condition; the mocha timeout ends it where it never comes true. */
  async until(condition: (recorder: this) => boolean): Promise<void> {
    while (!condition(this)) await sleep(5)
  }

  count(state: TransportState): number {
    return this.states.filter((entry) => entry.state === state).length
  }
}
