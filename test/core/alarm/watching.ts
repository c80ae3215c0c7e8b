import { Alarms } from '../../../src/core/alarm/alarms'
import type { AlarmEvent } from '../../../src/core/alarm/event'
import { readAlarmSettings } from '../../../src/core/alarm/settings'
import { format } from '../../../src/core/messages'
import type { Verdict } from '../../../src/core/verdict'

export const START = 1_700_000_000_000

/** A calibrated verdict: threshold 10 unless said. */
export function judged(score: number | null, more: Partial<Verdict> = {}): Verdict {
  const threshold = more.threshold === undefined ? 10 : more.threshold
  const isAnomaly = score !== null && threshold !== null && score > threshold
  return {
    score,
    threshold,
    pValue: null,
    isAnomaly,
    reason: isAnomaly ? 'ANOMALY' : 'NORMAL',
    detector: 'mahalanobis',
    model: { name: 'fan', version: 1 },
    inSample: false,
    window: { start: START, end: START + 1000 },
    contract: ['channels ax'],
    contributions: { ax: 0.1, ay: 0.5, az: 0.3, gx: 0.1 },
    ...more,
  }
}

/** Drives alarms as the runtime does: it looks at every `nextTick` in between, and keeps what was told. */
export class Watch {
  alarms: Alarms
  now = START
  readonly events: AlarmEvent[] = []
  readonly levels: [number, boolean][] = []

  constructor(private config: Record<string, unknown> = {}) {
    this.alarms = new Alarms(readAlarmSettings(config))
  }

  /** Lets time go on to `at` seconds after the start. */
  until(at: number): this {
    const end = START + at * 1000
    for (;;) {
      const next = this.alarms.nextTick
      if (next === undefined || next > end) break
      this.now = Math.max(this.now, next)
      this.keep(this.alarms.tick(this.now))
    }
    this.now = end
    return this
  }

  /** A verdict at so many seconds after the start. */
  at(seconds: number, verdict: Verdict | number, stream = 'fan'): this {
    this.until(seconds)
    const given = typeof verdict === 'number' ? judged(verdict) : verdict
    this.keep(
      this.alarms.push({ ...given, window: { start: this.now - 1000, end: this.now } }, stream, this.now),
    )
    return this
  }

  do(work: (alarms: Alarms, now: number) => readonly AlarmEvent[]): this {
    this.keep(work(this.alarms, this.now))
    return this
  }

  /** Stops and starts again from what was saved, with other settings where they are given. */
  restart(config = this.config): this {
    const saved: unknown = JSON.parse(JSON.stringify(this.alarms.snapshot()))
    this.config = config
    this.alarms = new Alarms(readAlarmSettings(this.config))
    this.alarms.restore(saved)
    return this
  }

  /** `kind level @second`, e.g. `begin alarm @3`. */
  get told(): readonly string[] {
    return this.events.map((event) => `${event.kind} ${event.level} @${(event.time - START) / 1000}`)
  }

  get words(): readonly string[] {
    return this.events.map((event) => format(event.text.key, event.text.params))
  }

  private keep(events: readonly AlarmEvent[]): void {
    this.events.push(...events)
    const last = this.levels.at(-1)?.[1] ?? false
    if (this.alarms.level !== last) this.levels.push([(this.now - START) / 1000, this.alarms.level])
  }
}
