import { sourceLine, type Contract } from '../core/contract'
import { spanOf, rowCount, type Frame } from '../core/frame'
import type { Verdict } from '../core/verdict'
import { LeftOutJudge } from './left-out-judge'
import { OrderStage } from './order'
import type { OrderState } from './order-state'
import type { Piece } from './pieces'
import type { Timed } from './row-times'
import type { Samples } from './samples'
import type { SourceEvent, SourceItem } from './source-events'
import type { SourceSettings } from './source-settings'
import { Watchdog } from './watchdog'

interface Output {
  readonly items: SourceItem[]
  readonly events: SourceEvent[]
}

type Head = Pick<Samples, 'channels' | 'units' | 'rate'>

/** ms after which a device's 32-bit counter of this unit starts over. */
const WRAPS: Readonly<Partial<Record<string, number>>> = { us: 2 ** 32 / 1000, ms: 2 ** 32 }
const NO_CONTRACT: Contract = []

/** One stream of a source: its order, its watchdog, and the frames they give. */
export class SourceStream {
  private readonly order: OrderStage
  private readonly watchdog: Watchdog
  private readonly leftOut = new LeftOutJudge()
  private head?: Head
  private contract: Contract = NO_CONTRACT

  constructor(
    private readonly topic: string,
    private readonly settings: SourceSettings,
  ) {
    this.order = new OrderStage({
      clock: settings.clock,
      counts: settings.sequenceCounts,
      modulus: settings.modulus,
      wrap: WRAPS[settings.timeUnit] ?? 0,
      continuity: settings.continuity,
      reorder: settings.reorder,
    })
    this.watchdog = new Watchdog(settings)
  }

  /** @returns rows given out @throws InputError where the samples lack their times */
  push(samples: Samples, arrival: number, out: Output): number {
    this.useHead(samples)
    const rows = this.give(this.order.push(samples, arrival), arrival, out)
    this.tellLeftOut(arrival, out)
    return rows
  }

  /** Hands a finished frame on. */
  pass(frame: Frame, arrival: number, out: Output): void {
    this.contract = frame.contract ?? NO_CONTRACT
    this.endOutage(out)
    out.items.push({ topic: this.topic, frame })
    const delivery = { rows: rowCount(frame), arrival }
    this.tell(this.watchdog.data(delivery, spanOf(frame).end, this.contract), out)
  }

  /** @returns rows given out that were held */
  tick(now: number, out: Output): number {
    const rows = this.give(this.order.tick(now), now, out)
    this.tellLeftOut(now, out)
    const { topic } = this
    for (const verdict of this.watchdog.tick(now, this.contract)) {
      out.items.push({ topic, verdict })
      const params = { field: topic || 'source', detail: verdict.detail ?? '' }
      out.events.push({ kind: 'noData', topic, key: 'sources.noData', params })
    }
    return rows
  }

  /** The clock of arrivals was set by so many ms. */
  clockSet(step: number): void {
    this.order.clockSet(step)
    this.leftOut.clockSet(step)
    this.watchdog.restart()
  }

  /** True during an outage. */
  get silent(): boolean {
    return this.watchdog.silent
  }

  snapshot(): OrderState {
    return this.order.snapshot()
  }

  restore(state: OrderState): void {
    this.order.restore(state)
  }

  /** The same channels keep the very same arrays from frame to frame. */
  private useHead({ channels, units, rate }: Samples): void {
    const { head } = this
    if (
      head !== undefined &&
      head.rate === rate &&
      sameTexts(head.channels, channels) &&
      sameTexts(head.units, units)
    )
      return
    this.head = { channels, units, rate }
    this.contract = [sourceLine(channels, units, rate)]
  }

  private give(timed: Timed, arrival: number, out: Output): number {
    const { topic, head, contract, watchdog } = this
    this.report(timed, out)
    if (timed.pieces.length === 0 || head === undefined) return 0
    this.endOutage(out)
    let rows = 0
    let end = arrival
    for (const piece of timed.pieces) {
      const frame = frameOf(head, piece, contract)
      out.items.push({ topic, frame })
      rows += rowCount(frame)
      end = spanOf(frame).end
    }
    const { lost: missing, steps } = timed
    // Recordings with pauses between them come less often than their rate says.
    const tellsRate = steps !== undefined || this.settings.continuity === 'continuous'
    const rate = tellsRate ? head.rate : undefined
    this.tell(watchdog.data({ rows, missing, steps, arrival }, end, contract, rate), out)
    return rows
  }

  private report({ events, lost }: Timed, out: Output): void {
    const { topic } = this
    let gapMs = 0
    let gapRows = 0
    for (const { kind, from, to, missing } of events) {
      if (kind !== 'gap' || lost === undefined) this.watchdog.restart()
      if (kind === 'gap') {
        gapMs += to - from
        gapRows += missing
      } else {
        const params = { field: topic || 'source', seconds: Math.round(to - from) / 1000 }
        out.events.push({ kind, topic, key: `sources.${kind}`, params })
      }
    }
    if (gapRows === 0 && gapMs === 0) return
    const params = { field: topic || 'source', seconds: Math.round(gapMs) / 1000, missing: gapRows }
    out.events.push({ kind: 'gap', topic, key: 'sources.gap', params })
  }

  private tellLeftOut(now: number, out: Output): void {
    const news = this.leftOut.take(this.order, now)
    if (news === undefined) return
    const { topic } = this
    const params = { field: topic || 'source', count: news.duplicates + news.late, ...news }
    out.events.push({ kind: 'leftOut', topic, key: 'sources.leftOut', params })
  }

  private endOutage(out: Output): void {
    if (!this.watchdog.silent) return
    const { topic } = this
    out.events.push({
      kind: 'recovered',
      topic,
      key: 'sources.recovered',
      params: { field: topic || 'source' },
    })
  }

  private tell(verdicts: readonly Verdict[], out: Output): void {
    for (const verdict of verdicts) out.items.push({ topic: this.topic, verdict })
  }
}

/** Objects of one shape in the usual cases: spreading properties costs more than all the rest of a short message. */
function frameOf({ channels, units, rate }: Head, { start, times, data }: Piece, contract: Contract): Frame {
  if (times !== undefined) {
    return {
      channels,
      ...(units && { units }),
      ...(rate === undefined ? {} : { rate }),
      start,
      times,
      data,
      contract,
    }
  }
  if (units === undefined)
    return rate === undefined
      ? { channels, start, data, contract }
      : { channels, rate, start, data, contract }
  return rate === undefined
    ? { channels, units, start, data, contract }
    : { channels, units, rate, start, data, contract }
}

function sameTexts(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  if (a === b) return true
  if (a === undefined || b === undefined || a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
