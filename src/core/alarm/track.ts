import { AlarmPair } from './alarm-pair'
import type { ConditionTiming } from './condition'
import type { Subject } from './event'
import type { AlarmSettings } from './settings'
import { Signal } from './signal'
import { Silence } from './silence'

/** What is watched of one detector (and model) of a stream. */
export class Track {
  readonly noVerdict: Signal
  readonly silence: Silence
  /** None where the alarm is that of the whole stream. */
  readonly pair?: AlarmPair

  constructor(settings: AlarmSettings, subject: Subject, now: number) {
    this.noVerdict = new Signal('noVerdict', faultTiming(settings), settings.repeat, subject)
    this.silence = new Silence(now)
    if (settings.each === 'detector') this.pair = new AlarmPair(settings, subject)
  }

  snapshot(): unknown {
    const { pair, noVerdict, silence } = this
    return { ...pair?.snapshot(), noVerdict: noVerdict.snapshot(), silence: silence.snapshot() }
  }

  /** @returns false where it is not what `snapshot` gave. Its pair may be missing: it was the stream's then. */
  restore(saved: Readonly<Record<string, unknown>>): boolean {
    const paired = this.pair === undefined || saved['alarm'] === undefined || this.pair.restore(saved)
    return paired && this.noVerdict.restore(saved['noVerdict']) && this.silence.restore(saved['silence'])
  }
}

/** A fault counts at once, and is over by itself. */
export function faultTiming({ timing }: AlarmSettings): ConditionTiming {
  return { ...timing, hold: { windows: 1 }, coolDown: 0, latch: false }
}

export function idOf(model: string | undefined, detector: string | undefined): string {
  return `${model ?? ''}\u0000${detector ?? ''}`
}
