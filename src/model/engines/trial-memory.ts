import path from 'node:path'
import { readSealedSync, writeSealed } from '../atomic-file'
import { makeFolder } from '../disk'
import { DocumentReader } from '../document'
import type { Outcome } from './trial'

const SCHEMA = 'engine-trials/2'
const MAX_ENTRIES = 500

/**
 * Remembers over restarts which trials went well, and which model took its process down. A library that did not load is not
 * remembered: it may be mended, and asking a child process again does no harm.
 */
export class TrialMemory {
  private outcomes?: Map<string, Outcome>
  private readonly running = new Map<string, Promise<Outcome>>()

  /** @param root folder of the file; without one nothing outlives the process */
  constructor(private readonly root?: string) {}

  /**
   * The outcome of a trial, from memory or by running it; asked for twice at once, it runs once.
   * @param remembered which outcomes to keep
   */
  async recall(
    key: string,
    run: () => Promise<Outcome>,
    remembered: (outcome: Outcome) => boolean,
  ): Promise<Outcome> {
    const known = this.read().get(key)
    if (known !== undefined) return known
    const running = this.running.get(key)
    if (running !== undefined) return running
    const started = run().finally(() => this.running.delete(key))
    this.running.set(key, started)
    const outcome = await started
    if (remembered(outcome)) await this.keep(key, outcome)
    return outcome
  }

  private async keep(key: string, outcome: Outcome): Promise<void> {
    const outcomes = this.read()
    outcomes.set(key, outcome)
    for (const oldest of outcomes.keys()) {
      if (outcomes.size <= MAX_ENTRIES) break
      outcomes.delete(oldest)
    }
    if (this.root === undefined) return
    try {
      await makeFolder(this.root)
      await writeSealed(
        this.file(),
        SCHEMA,
        [...outcomes].map(([name, value]) => ({ key: name, ...value })),
      )
    } catch {
      // Not remembered: the next start tries again.
    }
  }

  private read(): Map<string, Outcome> {
    if (this.outcomes !== undefined) return this.outcomes
    this.outcomes = new Map()
    if (this.root === undefined) return this.outcomes
    try {
      for (const entry of new DocumentReader('engines.json', readSealedSync(this.file(), SCHEMA)).list(
        MAX_ENTRIES,
      )) {
        const kind = entry.at('kind').choice(['ok', 'refused', 'crashed'] as const)
        const outcome: Outcome = kind === 'ok' ? { kind } : { kind, reason: entry.at('reason').text(1000) }
        this.outcomes.set(entry.at('key').text(1000), outcome)
      }
    } catch {
      // Missing or damaged: everything is tried again.
    }
    return this.outcomes
  }

  private file(): string {
    return path.join(this.root ?? '', 'engines.json')
  }
}
