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

  /** Start of the newest window that it spoke of, and how far it was from the one before. */
  private newest?: number
  private step?: number
  private doubted?: number

  constructor(settings: AlarmSettings, subject: Subject, now: number) {
    this.noVerdict = new Signal('noVerdict', faultTiming(settings), settings.repeat, subject)
    this.silence = new Silence(now)
    if (settings.each === 'detector') this.pair = new AlarmPair(settings, subject)
  }

  /**
   * A window that starts here was not scored, it is not known by whom: by this detector, where it leaves one out.
   * @returns whether that was asked before, and it has not spoken since: one that goes on speaking was not meant
   */
  doubt(start: number): 'for the first time' | 'again' {
    const isAgain = this.doubted !== undefined
    if (this.newest === undefined || start > this.newest) this.doubted ??= start
    return isAgain ? 'again' : 'for the first time'
  }

  /** It speaks of the window that starts here. After a hole, what it said before is not in a row with it. */
  speaks(start: number): 'in a row' | 'after a hole' {
    const { newest = start, step, doubted } = this
    this.newest = start
    this.doubted = undefined
    const now = start - newest
    const hole = doubted !== undefined && (step === undefined ? start > doubted : now > 1.5 * step)
    if (now > 0) this.step = doubted === undefined ? now : Math.min(step ?? now, now)
    return hole ? 'after a hole' : 'in a row'
  }

  snapshot(): unknown {
    const { pair, noVerdict, silence, newest, step, doubted } = this
    const windows = [newest ?? null, step ?? null, doubted ?? null]
    return { ...pair?.snapshot(), noVerdict: noVerdict.snapshot(), silence: silence.snapshot(), windows }
  }

  /** @returns false where it is not what `snapshot` gave. Its pair may be missing: it was the stream's then. */
  restore(saved: Readonly<Record<string, unknown>>): boolean {
    const windows = Array.isArray(saved['windows']) ? (saved['windows'] as readonly unknown[]) : []
    const [newest, step, doubted] = windows.map((each) => (typeof each === 'number' ? each : undefined))
    Object.assign(this, { newest, step, doubted })
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
