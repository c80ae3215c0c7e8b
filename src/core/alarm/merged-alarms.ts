import { AlarmPair } from './alarm-pair'
import type { Evidence } from './condition'
import type { Subject } from './event'
import { EvidenceMerger, NEVER_BY_ITSELF } from './evidence-merger'
import type { AlarmSettings } from './settings'
import type { Signal } from './signal'

/** The one alarm of a stream, and its one warning, whichever of its detectors finds something. */
export class MergedAlarms {
  readonly pair: AlarmPair
  private readonly alarms: EvidenceMerger
  private readonly warnings: EvidenceMerger

  constructor(settings: AlarmSettings, subject: Subject) {
    const { hold } = settings.timing
    this.pair = new AlarmPair(settings, subject, NEVER_BY_ITSELF)
    this.alarms = new EvidenceMerger(this.pair.alarm, hold)
    this.warnings = new EvidenceMerger(this.pair.warning, hold)
  }

  see(
    id: string,
    said: { readonly alarm: Evidence; readonly warning: Evidence },
    now: number,
    subject: () => Subject,
    held: boolean,
  ): void {
    this.alarms.see(id, said.alarm, now, subject, held)
    this.warnings.see(id, said.warning, now, subject, held)
  }

  /** What this detector said counts no more: it has been silent for too long, or left a window out. */
  drop(id: string): void {
    this.alarms.drop(id)
    this.warnings.drop(id)
  }

  /** Takes note of what was dropped. */
  settle(now: number): void {
    this.alarms.settle(now)
    this.warnings.settle(now)
  }

  /** Nothing is known of any detector. */
  dropAll(now: number): void {
    this.alarms.dropAll(now)
    this.warnings.dropAll(now)
  }

  snapshot(): unknown {
    return {
      ...this.pair.snapshot(),
      alarms: this.alarms.snapshot(),
      warnings: this.warnings.snapshot(),
    }
  }

  /** @returns false where it is not what `snapshot` gave */
  restore(saved: Readonly<Record<string, unknown>>): boolean {
    return (
      this.pair.restore(saved) &&
      this.alarms.restore(saved['alarms']) &&
      this.warnings.restore(saved['warnings'])
    )
  }

  /**
   * Takes up alarms that were kept one for each detector: the gravest is gone on with, and ends when all are over. The others
   * are part of it from now on.
   */
  adopt(pairs: ReadonlyMap<string, AlarmPair>, now: number): void {
    for (const kind of ['alarm', 'warning'] as const) {
      const merger = kind === 'alarm' ? this.alarms : this.warnings
      const signals = [...pairs].map(([id, pair]) => ({ id, signal: pair[kind] }))
      // The gravest first: it is to lead.
      signals.sort(
        (a, b) =>
          gravity(b.signal, now) - gravity(a.signal, now) ||
          a.signal.condition.since - b.signal.condition.since,
      )
      if (signals[0] !== undefined) merger.signal.restore(signals[0].signal.snapshot())
      for (const { id, signal } of signals) merger.adopt(id, signal, now)
    }
  }
}

function gravity({ condition }: Signal, now: number): number {
  const order = ['recovering', 'latched', 'active'].indexOf(condition.state)
  return order >= 0 ? order + 2 : condition.isCooling(now) ? 1 : 0
}
