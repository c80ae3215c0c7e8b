import type { Host } from './host'

/** What the disk refused is tried again after this long, ms. */
const RETRY_MS = 30_000

/** Writes what a node has learned. What goes wrong is reported once and tried again until it is saved or the node closes. */
export class Saver {
  private readonly running = new Set<Promise<unknown>>()

  constructor(private readonly host: Host) {}

  save(work: () => Promise<unknown>): void {
    this.attempt(work, false)
  }

  /** Resolves when nothing is being saved. */
  async settled(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running)
  }

  private attempt(work: () => Promise<unknown>, again: boolean): void {
    const { host } = this
    const saving = work().then(
      () => {
        if (again) host.log('learning.savedNow')
      },
      (error: unknown) => {
        // Of a closed node the status is its successor's.
        if (!host.isClosed) host.failed('status.notSaved')
        if (!again) host.error(error)
        if (!host.isClosed) host.after(RETRY_MS, () => this.attempt(work, true))
      },
    )
    this.running.add(saving)
    void saving.finally(() => this.running.delete(saving))
  }
}
