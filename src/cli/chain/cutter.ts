import { Continuity } from '../../core/continuity'
import { InputError } from '../../core/errors'
import { FeatureStage } from '../../core/features/feature-stage'
import type { Frame } from '../../core/frame'
import { MachineOff } from '../../core/machine-off'
import type { Reason, Verdict } from '../../core/verdict'
import { WindowStage } from '../../core/window'
import type { ColumnPlan } from '../csv/columns'
import type { RowBlock } from '../csv/row-block'
import { TimeColumn } from '../csv/time-column'
import { firstLine, type Recipe } from './recipe'
import { RowLog } from './row-log'

/** Something to score, or what is to be said instead of a score. */
export interface Item {
  readonly frame?: Frame
  readonly reason?: Reason
  readonly detail?: string
  readonly group: string
  readonly context?: string
  /** Time of the first and of the last row as they stand in the file; not there where it has no times. */
  readonly start?: string
  readonly end?: string
  /** Rows over all files, from 0; `to` is exclusive. */
  readonly from: number
  readonly to: number
  /** Of each carried column. */
  readonly carried: readonly string[]
}

/** Rows of a block and those before it that a window may reach back to. */
const MARGIN = 4096
const INTERVALS = 255
const NONE: readonly string[] = Object.freeze([])
const PASS = { push: (frame: Frame): readonly Frame[] => [frame] }

/**
 * Cuts rows into what is scored: rows, windows or the features of windows. Nothing crosses a change of group or context, a row that
 * cannot be used, a gap in time, or the end of a file.
 */
export class Cutter {
  /** Rows so far, and how many of them could not be used. */
  rows = 0
  badRows = 0
  /** Gaps in time. */
  gaps = 0
  /** Good rows that are in no window. */
  uncovered = 0
  /** Recordings, or what gaps and bad rows leave of them, that are shorter than a window, and their rows. */
  shortRuns = 0
  shortRows = 0

  private readonly windows?: WindowStage
  private readonly features?: FeatureStage
  private readonly off?: MachineOff
  private readonly continuity: Continuity
  private readonly clock: TimeColumn
  private readonly contract: readonly string[]
  private readonly intervals: number[] = []
  private plan?: ColumnPlan
  private log?: RowLog
  private base = 0
  private group = ''
  private context?: string
  private lastMs = NaN
  /** First row of the run, and the one behind the last that a window of it covered. */
  private runStart = 0
  private coveredTo = 0
  /** In the place of a group, where the file has no such column. */
  private recording = ''
  private wasBad = false

  constructor(private readonly recipe: Recipe) {
    const { window, features, rate, reading } = recipe
    this.contract = [firstLine(recipe)]
    this.clock = new TimeColumn(reading.timeUnit)
    const gapMs = reading.gap === undefined ? undefined : reading.gap * 1000
    this.continuity = new Continuity({ gapMs })
    this.continuity.begin(rate)
    const { offBelow = 0 } = reading
    if (offBelow > 0) {
      const removeMean = window !== undefined && (features?.removeMean ?? true)
      this.off = new MachineOff(
        { below: offBelow, channels: [], removeMean, sparesConstant: removeMean },
        PASS,
      )
    }
    if (window === undefined) return
    this.windows = new WindowStage({
      length: { value: window.rows, unit: 'samples' },
      hop: { value: window.hop, unit: 'samples' },
      resampleRate: window.resample,
    })
    if (features !== undefined) this.features = new FeatureStage(features)
  }

  /** Unit of the time column, once it is known. */
  get timeUnit(): TimeColumn['unit'] {
    return this.clock.unit
  }

  /** Seconds from row to row: by the rate, or else the median of the first times; undefined where neither is known. */
  get secondsPerRow(): number | undefined {
    const { rate } = this.recipe
    if (rate !== undefined) return 1 / rate
    const sorted = this.intervals.slice().sort((a, b) => a - b)
    const median = sorted[sorted.length >> 1]
    return median === undefined ? undefined : median / 1000
  }

  /** A file begins. @param recording what its rows belong to where no column tells */
  begin(plan: ColumnPlan, recording = ''): void {
    this.endRun(this.rows)
    this.plan = plan
    this.recording = recording
    this.base = this.rows
    const window = this.recipe.window
    if (window !== undefined) {
      const { rate = 1 } = this.recipe
      const reach = window.resample === undefined ? window.rows : (window.rows * rate) / window.resample
      this.log = new RowLog(Math.ceil(reach) * 2 + MARGIN, plan.carried.length)
    }
    this.cut(this.rows)
    this.wasBad = false
  }

  /** The last file has ended. */
  finish(): void {
    this.endRun(this.rows)
  }

  push(block: RowBlock): readonly Item[] {
    const items: Item[] = []
    if (this.windows === undefined) for (let i = 0; i < block.rows; i++) items.push(this.row(block, i))
    else this.pushRuns(block, items)
    this.rows += block.rows
    return items
  }

  /** A row as a frame of its own. */
  private row(block: RowBlock, index: number): Item {
    const { plan } = block
    const number = this.base + block.first + index
    const { texts } = block
    const time = plan.time < 0 ? undefined : texts[plan.time]![index]!
    const width = plan.channels.length
    const ms = this.timeOf(block, index)
    const isBad = block.isBad[index] === 1 || Number.isNaN(ms)
    const place = {
      group: plan.group < 0 ? this.recording : texts[plan.group]![index]!,
      context: plan.context < 0 ? undefined : texts[plan.context]![index],
      start: time,
      end: time,
      from: number,
      to: number + 1,
      carried: plan.carried.length === 0 ? NONE : plan.carried.map(({ text }) => texts[text]![index]!),
    }
    if (isBad) return { ...place, ...this.dropout(block, index) }
    const { channels, units, rate } = this.recipe
    const data = block.values.slice(index * width, (index + 1) * width)
    const frame = { channels, units, rate, start: ms, data, contract: this.contract }
    return { ...place, ...told(this.off?.push(frame)[0] ?? frame) }
  }

  private dropout({ plan, isBad, badColumn }: RowBlock, index: number): { reason: Reason; detail?: string } {
    this.badRows++
    const column = isBad[index] === 1 ? badColumn[index]! : plan.textOf.indexOf(plan.time)
    return { reason: 'DROPOUT', ...(column < 0 ? {} : { detail: plan.names[column]! }) }
  }

  /** ms since the epoch, by the time column or the row's number; NaN where the time cannot be read. */
  private timeOf(block: RowBlock, index: number): number {
    const { time } = block.plan
    const { rate = 1 } = this.recipe
    if (time < 0) return ((this.base + block.first + index) * 1000) / rate
    const ms = this.clock.parse(block.texts[time]![index]!)
    const interval = ms - this.lastMs
    if (interval > 0 && this.intervals.length < INTERVALS) this.intervals.push(interval)
    if (!Number.isNaN(ms)) this.lastMs = ms
    return ms
  }

  private pushRuns(block: RowBlock, items: Item[]): void {
    const { plan } = block
    let from = 0
    for (let i = 0; i < block.rows; i++) {
      const number = this.base + block.first + i
      const ms = this.timeOf(block, i)
      const group = plan.group < 0 ? this.recording : block.texts[plan.group]![i]!
      const context = plan.context < 0 ? undefined : block.texts[plan.context]![i]
      const isBad = block.isBad[i] === 1 || Number.isNaN(ms)
      const isOther = group !== this.group || context !== this.context
      const isGap = !isBad && plan.time >= 0 && !isOther && !this.continuity.takeTimed(ms)
      if (isBad || isOther || isGap) {
        this.take(block, from, i, items)
        this.endRun(number)
        from = isBad ? i + 1 : i
        if (isGap) this.gaps++
        this.group = group
        this.context = context
        this.cut(isBad ? number + 1 : number)
        if (!isBad && plan.time >= 0 && !isGap) this.continuity.takeTimed(ms)
      }
      const time = plan.time < 0 ? '' : block.texts[plan.time]![i]!
      this.log!.note(number, time, ms, block, i)
      if (isBad) {
        const said = this.dropout(block, i)
        if (!this.wasBad) items.push({ ...this.place(number, number + 1), ...said })
      }
      this.wasBad = isBad
    }
    this.take(block, from, block.rows, items)
  }

  private cut(row: number): void {
    this.windows?.reset()
    this.continuity.cut()
    this.runStart = row
    this.coveredTo = row
  }

  /** The run ends before a row: what its last window left over is counted. */
  private endRun(row: number): void {
    if (this.windows === undefined || row <= this.runStart) return
    this.uncovered += Math.max(0, row - this.coveredTo)
    if (this.coveredTo === this.runStart) {
      this.shortRuns++
      this.shortRows += row - this.runStart
    }
    this.runStart = row
    this.coveredTo = row
  }

  /** Rows of a block that follow one another. */
  private take(block: RowBlock, from: number, to: number, items: Item[]): void {
    if (from === to) return
    const { channels, units, rate, window } = this.recipe
    const width = channels.length
    const first = this.base + block.first + from
    const data = block.values.slice(from * width, to * width)
    const isByTime = window!.resample !== undefined && block.plan.time >= 0
    // Windows are cut by counting rows; times only tell where to part them, unless they are resampled.
    const times =
      isByTime || rate === undefined
        ? Float64Array.from({ length: to - from }, (_, i) =>
            isByTime ? this.log!.rowMs(first + i) : (first + i) * 1000,
          )
        : undefined
    const start = times?.[0] ?? (first * 1000) / rate!
    const frame: Frame = {
      channels,
      ...(units === undefined ? {} : { units }),
      ...(rate === undefined ? {} : { rate }),
      start,
      ...(times === undefined ? {} : { times }),
      data,
      contract: this.contract,
    }
    for (const cut of this.windows!.push(frame)) this.give(cut, first + to - from - 1, isByTime, items)
  }

  private give(cut: Frame, newest: number, isByTime: boolean, items: Item[]): void {
    const { rows, hop, resample } = this.recipe.window!
    const { rate = 1 } = this.recipe
    const step = resample === undefined ? 1 : rate / resample
    const first = isByTime
      ? this.log!.rowAt(cut.start, this.runStart, newest)
      : Math.round((cut.start * rate) / 1000)
    const to = isByTime
      ? this.log!.rowAt(cut.start + ((rows - 1) * 1000) / resample!, this.runStart, newest) + 1
      : Math.min(newest + 1, Math.ceil(first + (rows - 1) * step) + 1)
    if (hop > rows) this.uncovered += Math.max(0, first - this.coveredTo)
    this.coveredTo = Math.max(this.coveredTo, to)
    const place = this.place(first, to)
    const seen = this.off?.push(cut)[0] ?? cut
    const outs = 'data' in seen && this.features !== undefined ? this.features.push(seen) : [seen]
    for (const out of outs) items.push({ ...place, ...told(out) })
  }

  private place(from: number, to: number): Omit<Item, 'frame' | 'reason' | 'detail'> {
    const { log, group, context, plan } = this
    return {
      group,
      context,
      ...(plan!.time < 0 ? {} : { start: log!.time(from), end: log!.time(to - 1) }),
      from,
      to,
      carried: log!.summary(from, to),
    }
  }

  /** The plan of the file at hand. @throws InputError before the first file */
  get columns(): ColumnPlan {
    if (this.plan === undefined) throw new InputError('cli.emptyFile', { field: '--input' })
    return this.plan
  }
}

/** What a stage gave, as an item says it. */
function told(out: Frame | Verdict): Pick<Item, 'frame' | 'reason' | 'detail'> {
  if ('data' in out) return { frame: out }
  return { reason: out.reason, ...(out.detail === undefined ? {} : { detail: out.detail }) }
}
