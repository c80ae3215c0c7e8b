import type { Contract } from '../core/contract'
import { format } from '../core/messages'
import { withoutScore, type Reason, type Verdict } from '../core/verdict'
import { DropoutJudge, RateJudge, type Delivery } from './rate-judge'

export interface WatchdogOptions {
  /** NO_DATA after so many ms without data; 0: never. */
  readonly noDataAfter: number
  /** RATE_OFF where the measured rate differs by more than this share of the nominal one; 0: never. */
  readonly rateTolerance: number
}

/** A tick later than this, or one back in time, is a clock that was set (or a machine that slept), not silence. */
const JUMP_MS = 60_000

/**
 * Watches one stream. NO_DATA: nothing for the set time, told once per outage. RATE_OFF: the rate differs from the nominal one by
 * more than the tolerance, told once per span (10 s by the device's times, else 30 s) as long as it is so. DROPOUT: at least 20 % of
 * the rows of 10 s are missing, where counts or the device's times show it; told likewise. Silence is counted in ticks, so a clock
 * that is set by an hour is none.
 */
export class Watchdog {
  private silence = 0
  private lastTick?: number
  private isSilent = false
  private end?: number
  private readonly rateJudge = new RateJudge()
  private readonly dropoutJudge = new DropoutJudge()

  constructor(private readonly options: WatchdogOptions) {}

  /** True during an outage. */
  get silent(): boolean {
    return this.isSilent
  }

  /**
   * Rows were given on; ends an outage.
   * @param end of the last row, ms since the epoch
   * @param rate nominal one in Hz; undefined where none is known or arrival says nothing about it
   */
  data(delivery: Delivery, end: number, contract: Contract, rate?: number): readonly Verdict[] {
    if (this.isSilent) this.restart()
    this.isSilent = false
    this.silence = 0
    this.end = end
    const { rateTolerance } = this.options
    const measured = rateTolerance > 0 && rate !== undefined ? this.rateJudge.take(delivery) : undefined
    const lost = this.dropoutJudge.take(delivery)
    const verdict = (reason: Reason, ms: number, detail: string): readonly Verdict[] => [
      withoutScore(reason, { start: end - ms, end }, contract, detail),
    ]
    if (measured !== undefined && Math.abs(measured.rate / rate! - 1) > rateTolerance) {
      const params = { measured: Number(measured.rate.toPrecision(3)), rate: rate! }
      return verdict('RATE_OFF', measured.span, format('sources.rateDetail', params))
    }
    if (lost === undefined) return []
    return verdict('DROPOUT', 10_000, format('sources.dropoutDetail', { percent: Math.round(100 * lost) }))
  }

  /** The clock was set or the stream began anew: what was measured of this span means nothing. */
  restart(): void {
    this.rateJudge.restart()
    this.dropoutJudge.restart()
  }

  /** Call it about four times a second; a NO_DATA verdict where an outage begins. */
  tick(now: number, contract: Contract): readonly Verdict[] {
    const passed = this.lastTick === undefined ? 0 : now - this.lastTick
    this.lastTick = now
    if (passed > 0 && passed < JUMP_MS) this.silence += passed
    else if (passed !== 0) this.restart()
    const { noDataAfter } = this.options
    if (noDataAfter === 0 || this.isSilent || this.silence < noDataAfter) return []
    this.isSilent = true
    const detail = format('sources.noDataDetail', { seconds: Math.round(this.silence / 100) / 10 })
    const start = Math.min(this.end ?? now - this.silence, now)
    return [withoutScore('NO_DATA', { start, end: now }, contract, detail)]
  }
}
