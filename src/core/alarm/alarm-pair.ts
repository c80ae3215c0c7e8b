import type { ConditionTiming } from './condition'
import type { AlarmEvent, Subject } from './event'
import type { AlarmSettings } from './settings'
import { Signal } from './signal'
import type { SteadyClock } from './steady-clock'

/** An alarm, and the warning that it covers while it is on. */
export class AlarmPair {
  readonly alarm: Signal
  readonly warning: Signal

  /** @param hold where it is not that of the settings */
  constructor(
    settings: AlarmSettings,
    subject: Subject,
    hold: ConditionTiming['hold'] = settings.timing.hold,
  ) {
    const timing = { ...settings.timing, hold }
    this.alarm = new Signal('alarm', timing, settings.repeat, subject)
    this.warning = new Signal('warning', { ...timing, coolDown: 0, latch: false }, undefined, subject)
  }

  /** Lets time pass, and gives back what there is to tell. @param silenced it is snoozed */
  poll(clock: SteadyClock, silenced: boolean): readonly AlarmEvent[] {
    const { alarm, warning } = this
    const { now } = clock
    const event = alarm.poll(clock, silenced)
    warning.condition.pass(now)
    const told = event?.kind === 'end' && warning.on ? { ...event, level: 'warning' as const } : event
    const { condition } = alarm
    // An alarm that is about to begin, or may not yet begin again, is not told as a warning meanwhile.
    const coming = condition.state === 'pending' || condition.isCooling(now)
    const warned = warning.poll(clock, silenced, alarm.on ? 'all' : coming ? 'begin' : 'none')
    return [told, warned].filter((event) => event !== undefined)
  }

  /** Nothing is known any more of what it was about. */
  forget(now: number): void {
    for (const signal of [this.alarm, this.warning]) signal.see('none', now, () => signal.subject)
  }

  snapshot(): { alarm: unknown; warning: unknown } {
    return { alarm: this.alarm.snapshot(), warning: this.warning.snapshot() }
  }

  /** @returns false where it is not what `snapshot` gave */
  restore({ alarm, warning }: { readonly alarm?: unknown; readonly warning?: unknown }): boolean {
    return this.alarm.restore(alarm) && this.warning.restore(warning)
  }
}
