import { ContractExtender } from '../contract'
import { durationWords } from '../duration-words'
import { InputError } from '../errors'
import { contractOf, rowCount, spanOf, timeOf, type Frame } from '../frame'
import { format } from '../messages'
import type { Stage } from '../stage'
import type { Verdict } from '../verdict'
import type { Limit } from './limit'
import { LimitWatch, type Violation, type WatchState } from './limit-watch'

/** Rows this much older than the newest are no late samples: the clock was set back, or a recording begins anew. */
const SET_BACK_MS = 10_000
const NONE: readonly Verdict[] = Object.freeze([])
/** Name of the verdicts' detector: `alert` tells them from those of a learned model. */
const DETECTOR = 'limits'

/**
 * Holds fixed limits against the frames of one stream, from the first one on: one verdict per frame, ANOMALY or WARNING where a
 * limit is passed, else NORMAL, with the channel and the limit in words. There is no score, so that a threshold calibrated on a
 * learned model's scores is left alone. Rows that overlapping windows bring again are known by their times.
 *
 * A limit whose channel a frame lacks is left out of that frame; `onMissing` is told of it, once for each channel.
 */
export class LimitsStage implements Stage<Frame, Verdict> {
  private readonly watches: readonly { readonly limit: Limit; readonly watch: LimitWatch }[]
  private readonly extender = new ContractExtender(DETECTOR)
  private readonly missing = new Set<string>()
  private newest = -Infinity
  private channels?: readonly string[]
  private columns: readonly number[] = []

  constructor(
    limits: readonly Limit[],
    private readonly onMissing?: (channel: string, channels: readonly string[]) => void,
  ) {
    this.watches = limits.map((limit) => ({ limit, watch: new LimitWatch(limit) }))
  }

  /** @throws InputError where the frame has none of the channels */
  push(frame: Frame): readonly Verdict[] {
    const rows = rowCount(frame)
    if (rows === 0) return NONE
    this.findColumns(frame.channels)
    const fresh = this.firstNewRow(frame, rows)
    const found: Violation[] = []
    this.watches.forEach(({ watch }, i) => {
      const column = this.columns[i]!
      const violation = column < 0 ? undefined : watch.judge(frame, column, fresh)
      if (violation !== undefined) found.push(violation)
    })
    return [this.verdict(frame, found)]
  }

  reset(): void {
    this.newest = -Infinity
    for (const { watch } of this.watches) watch.clear()
  }

  snapshot(): unknown {
    if (this.newest === -Infinity) return undefined
    return { newest: this.newest, watches: this.watches.map(({ watch }) => watch.snapshot()) }
  }

  /** Takes up what `snapshot` gave. @throws InputError where it belongs to other limits */
  restore(saved: unknown): void {
    const { newest, watches } = (saved ?? {}) as Readonly<Record<string, unknown>>
    if (
      typeof newest !== 'number' ||
      !Array.isArray(watches) ||
      watches.length !== this.watches.length ||
      !watches.every(isWatchState)
    )
      throw new InputError('frame.foreignState', { field: 'state' })
    this.newest = newest
    watches.forEach((state, i) => this.watches[i]!.watch.restore(state))
  }

  private findColumns(channels: readonly string[]): void {
    if (channels === this.channels) return
    this.columns = this.watches.map(({ limit }) => channels.indexOf(limit.channel))
    if (this.columns.every((column) => column < 0)) {
      this.channels = undefined
      throw new InputError('limits.noChannel', {
        field: 'msg.payload',
        wanted: [...new Set(this.watches.map(({ limit }) => limit.channel))].join(', '),
        channels: channels.slice(0, 8).join(', '),
      })
    }
    this.channels = channels
    this.watches.forEach(({ limit: { channel } }, i) => {
      if (this.columns[i]! >= 0 || this.missing.has(channel)) return
      this.missing.add(channel)
      this.onMissing?.(channel, channels)
    })
  }

  private firstNewRow(frame: Frame, rows: number): number {
    const last = timeOf(frame, rows - 1)
    if (last < this.newest - SET_BACK_MS) this.reset()
    let row = 0
    while (row < rows && timeOf(frame, row) < this.newest) row++
    this.newest = Math.max(this.newest, last)
    return row
  }

  private verdict(frame: Frame, found: readonly Violation[]): Verdict {
    const alarms = found.filter(({ limit }) => limit.level === 'alarm')
    const channels = new Set((alarms.length > 0 ? alarms : found).map(({ limit }) => limit.channel))
    return {
      score: null,
      threshold: null,
      pValue: null,
      isAnomaly: alarms.length > 0,
      reason: alarms.length > 0 ? 'ANOMALY' : found.length > 0 ? 'WARNING' : 'NORMAL',
      ...(found.length === 0
        ? {}
        : {
            contributions: Object.fromEntries([...channels].map((name) => [name, 1 / channels.size])),
            detail: [...alarms, ...found.filter((one) => !alarms.includes(one))].map(words).join('; '),
          }),
      detector: DETECTOR,
      inSample: false,
      window: spanOf(frame),
      contract: this.extender.extend(contractOf(frame)),
    }
  }
}

function words({ limit, kind, value, unit }: Violation): string {
  const number = (x: number): string => `${Number(x.toPrecision(5))}${unit === undefined ? '' : ` ${unit}`}`
  const { channel, hold, within } = limit
  const params = {
    channel,
    value: number(value),
    limit: number(limit[kind]!),
    hold: durationWords(hold / 1000),
    within: durationWords(within / 1000),
  }
  if (kind === 'change') return format('limits.changed', params)
  if (kind === 'low') return format(hold > 0 ? 'limits.belowFor' : 'limits.below', params)
  return format(hold > 0 ? 'limits.aboveFor' : 'limits.above', params)
}

function isWatchState(value: unknown): value is WatchState {
  if (typeof value !== 'object' || value === null) return false
  const { since, value: last, time } = value as Readonly<Record<string, unknown>>
  return [since, last, time].every((number) => number === null || Number.isFinite(number))
}
