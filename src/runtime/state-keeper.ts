import type { Host } from './host'
import { stateStoreOf } from './state-store'

/**
 * Saves a node's state while it runs, for what must survive a power cut too. `define-node` saves it at close; `settled` has
 * to be awaited before, so that the older state never comes last.
 */
export class StateKeeper {
  private wanted = false
  private running: Promise<void> = Promise.resolve()

  constructor(
    private readonly host: Host,
    private readonly snapshot: () => unknown,
    /** At most one save per so many ms. */
    private readonly period: number,
  ) {}

  /** Something changed that should be kept. */
  request(): void {
    if (this.wanted || this.host.isClosed) return
    this.wanted = true
    this.host.after(this.period, () => this.save())
  }

  get settled(): Promise<void> {
    return this.running
  }

  private save(): void {
    this.wanted = false
    const state = this.snapshot()
    if (state === undefined) return
    this.running = this.running
      .then(() => stateStoreOf(this.host.red).save(this.host.node.id, state))
      .catch((error: unknown) => this.host.error(error))
  }
}
