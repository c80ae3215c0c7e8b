import { EventFinder, type FoundEvent } from '../../core/evaluation/events'
import { TimeColumn, type TimeUnit } from '../csv/time-column'

/** A window with what was decided, what was true, and where it lies. */
export interface PlacedWindow {
  readonly isAnomalous: boolean
  readonly isFlagged: boolean
  /** Times or numbers of rows, as they stand in the file of scores. */
  readonly start: string
  readonly end: string
  /** The recording that it belongs to: an event ends with it. */
  readonly recording: string
}

export interface Delays {
  readonly count: number
  readonly detected: number
  /** From the begin of an event to the end of the first flagged window, of the detected ones; in seconds, or in rows. */
  readonly delay: { readonly median: number; readonly longest: number; readonly unit: 's' | 'rows' } | null
}

/** What is known of `start` and `end`; without it whole numbers below 1e8 (1973) are rows. */
export interface Places {
  /** True for times, false for numbers of rows. */
  readonly areTimes?: boolean
  readonly unit?: TimeUnit
}

/** Events and their delays, while the windows come. Where the time runs backwards, another recording begins. */
export class EventDelays {
  private count = 0
  private detected = 0
  /** Of each detected event, seconds (NaN where they cannot be read) and rows. */
  private readonly seconds: number[] = []
  private readonly rows: number[] = []
  private readonly finder = new EventFinder<PlacedWindow>()
  private readonly clock: TimeColumn
  private readonly isSure: boolean
  private areRows: boolean
  private recording?: string
  private last = -Infinity

  constructor({ areTimes, unit }: Places = {}) {
    this.clock = new TimeColumn(unit)
    this.areRows = areTimes !== true && unit === undefined
    this.isSure = areTimes !== undefined || unit !== undefined
  }

  push(window: PlacedWindow): void {
    const { start, end, recording } = window
    if (!this.isSure && this.areRows) this.areRows = isRow(start) && isRow(end)
    const begin = this.clock.parse(start)
    if (recording !== this.recording || begin < this.last) this.take(this.finder.end())
    this.recording = recording
    if (!Number.isNaN(begin)) this.last = begin
    this.take(this.finder.push(window))
  }

  report(): Delays {
    this.take(this.finder.end())
    const { count, detected, areRows } = this
    const found = (areRows ? this.rows : this.seconds).filter((delay) => !Number.isNaN(delay))
    found.sort((a, b) => a - b)
    const longest = found.at(-1)
    const delay =
      longest === undefined
        ? null
        : {
            median: found[(found.length - 1) >> 1]!,
            longest,
            unit: areRows ? ('rows' as const) : ('s' as const),
          }
    return { count, detected, delay }
  }

  private take(event: FoundEvent<PlacedWindow> | undefined): void {
    if (event === undefined) return
    this.count++
    if (event.detected === undefined) return
    this.detected++
    const { start } = event.first
    const { end } = event.detected
    // Rows are counted with both ends; times are those of the first and the last row.
    this.rows.push(Number(end) - Number(start) + 1)
    this.seconds.push((this.clock.parse(end) - this.clock.parse(start)) / 1000)
  }
}

function isRow(text: string): boolean {
  return /^\d+$/.test(text) && Number(text) < 1e8
}
