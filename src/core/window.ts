import { Continuity } from './continuity'
import { channelsContract, sameContract, type Contract } from './contract'
import { InputError } from './errors'
import { checkExtent, samplesOf, usualHop, type Extent } from './extent'
import { rowCount, type Frame } from './frame'
import { readNumber } from './read-settings'
import { LinearResampler } from './resample'
import { RowRing } from './row-ring'
import type { Stage } from './stage'
import { readWindowState, writeWindowState } from './window-state'

/** What a stream's frames have in common. */
export type Source = Pick<Frame, 'channels' | 'units' | 'rate' | 'contract'>

export interface WindowOptions {
  readonly length: Extent
  /**
   * From the begin of a window to the begin of the next; may be shorter than the length (overlap) or longer (pauses). Half of
   * the length where it is not given.
   */
  readonly hop?: Extent
  /** A pause beyond one sampling period that is longer than this many ms parts two runs; without it as `Continuity` says. */
  readonly gapMs?: number
  /** Interpolate linearly to this many Hz first: for irregular sampling, or another rate than the source has. */
  readonly resampleRate?: number
}

/** Interpolating over more grid points than this at once is taken for a gap. */
const MAX_INTERPOLATED = 10_000
const NONE: readonly Frame[] = Object.freeze([])

/**
 * Cuts one stream into windows: frames of exactly `length` rows, one every `hop` rows. A window never spans a gap, nor a
 * change of channels, units, rate or contract: those begin anew. Contract line `window <rows>`, with ` resample <rate> Hz`
 * where it does; the hop is not in it. Cost per sample: one copy.
 *
 * Without resampling, samples keep their values and, where sampling is irregular, their times.
 * @throws ConfigError where an option is wrong
 */
export class WindowStage implements Stage<Frame, Frame> {
  /** Runs that ended with a gap or a jump of the clock. */
  gaps = 0

  private readonly continuity: Continuity
  private source?: Source
  private timed = false
  /** Of the frames, where they come without one. */
  private bare: Contract = []
  /** Of the windows. */
  private contract: Contract = []
  private ring = new RowRing(1, 1, false)
  private resampler?: LinearResampler
  private rows = 0
  private hop = 0
  /** Rows still to come until the next window is complete. */
  private due = 0
  /** ms between rows of the ring. */
  private period = 0
  /** With resampling: input rows of this run before the current frame, and the time of the run's first row. */
  private taken = 0
  private runStart = 0
  private base = 0
  private out?: Frame[]

  constructor(private readonly options: WindowOptions) {
    checkExtent('length', options.length)
    if (options.hop !== undefined) checkExtent('hop', options.hop)
    const { gapMs, resampleRate } = options
    if (gapMs !== undefined) readNumber('gapMs', gapMs, { min: 0 })
    if (resampleRate !== undefined) readNumber('resampleRate', resampleRate, { min: 1e-6, max: 1e6 })
    const longestMs = resampleRate === undefined ? undefined : (MAX_INTERPOLATED * 1000) / resampleRate
    this.continuity = new Continuity({ gapMs, longestMs })
  }

  /** @throws InputError where a length in seconds meets frames without a rate, or is shorter than a sample */
  push(frame: Frame): readonly Frame[] {
    const rows = rowCount(frame)
    if (rows === 0) return NONE
    if (this.source === undefined || !this.continues(frame, this.source)) this.begin(frame)
    this.out = undefined
    if (this.timed) this.pushTimed(frame, rows)
    else {
      if (!this.continuity.takeRegular(frame.start, rows)) this.cut()
      this.pushRun(frame, 0, rows)
    }
    return this.out ?? NONE
  }

  /** Clears the buffer; the count of gaps stays. */
  reset(): void {
    this.clear()
    this.continuity.cut()
  }

  /** Rows in the buffer, and those that a window needs. */
  get collected(): { readonly have: number; readonly need: number } {
    return { have: Math.max(0, this.rows - this.due), need: this.rows }
  }

  snapshot(): unknown {
    if (this.source === undefined) return { gaps: this.gaps }
    return writeWindowState({
      gaps: this.gaps,
      settings: this.settingsLine(),
      source: this.source,
      timed: this.timed,
      values: this.ring.copyValues(),
      times: this.ring.copyTimes(),
      due: this.due,
      taken: this.taken,
      runStart: this.runStart,
      continuity: this.continuity.snapshot(),
      resampler: this.resampler?.snapshot(),
    })
  }

  restore(state: unknown): void {
    const kept = readWindowState(state)
    this.gaps = kept.gaps
    this.source = undefined
    if (!('source' in kept)) return
    if (kept.settings !== this.settingsLine()) {
      throw new InputError('frame.otherWindow', {
        field: 'state',
        expected: this.settingsLine(),
        got: kept.settings,
      })
    }
    this.begin(kept.source, kept.timed)
    this.ring.append(kept.values, 0, kept.values.length / kept.source.channels.length, kept.times)
    this.due = kept.due
    this.taken = kept.taken
    this.runStart = kept.runStart
    this.continuity.restore(kept.continuity)
    if (kept.resampler !== undefined) this.resampler?.restore(kept.resampler.state, kept.resampler.row)
  }

  private settingsLine(): string {
    const { length, resampleRate, hop = { ...length, value: length.value / 2 } } = this.options
    return `${length.value} ${length.unit} every ${hop.value} ${hop.unit} at ${resampleRate ?? 'its own rate'}`
  }

  private continues(frame: Frame, source: Source): boolean {
    return (
      frame.rate === source.rate &&
      isTimed(frame) === this.timed &&
      sameContract(frame.channels, source.channels) &&
      sameContract(frame.units ?? NONE_TEXT, source.units ?? NONE_TEXT) &&
      sameContract(frame.contract ?? this.bare, source.contract ?? this.bare)
    )
  }

  /** Sets up for frames like this one. */
  private begin(frame: Source & Pick<Frame, 'times'>, timed = isTimed(frame)): void {
    const { length, hop, resampleRate } = this.options
    const rate = resampleRate ?? frame.rate
    const rows = samplesOf('length', length, rate)
    this.hop = hop === undefined ? usualHop(rows) : samplesOf('hop', hop, rate)
    this.rows = rows
    const columns = frame.channels.length
    const step = 1000 / (resampleRate ?? 1)
    const isResampled = resampleRate !== undefined && (timed || frame.rate !== resampleRate)
    this.resampler = isResampled
      ? new LinearResampler(step, columns, (data, count, first) =>
          this.take(data, 0, count, this.base + first),
        )
      : undefined
    this.timed = timed
    this.period = rate === undefined ? 0 : 1000 / rate
    this.ring = new RowRing(rows, columns, timed && !isResampled)
    const line = resampleRate === undefined ? `window ${rows}` : `window ${rows} resample ${resampleRate} Hz`
    this.bare = channelsContract(frame.channels)
    this.contract = [...(frame.contract ?? this.bare), line]
    this.source = { channels: frame.channels, units: frame.units, rate: frame.rate, contract: frame.contract }
    this.continuity.begin(frame.rate)
    this.clear()
  }

  private clear(): void {
    this.ring.clear()
    this.resampler?.reset()
    this.due = this.rows
    this.taken = 0
  }

  private cut(): void {
    this.gaps++
    this.clear()
  }

  /** Rows, or frames, with times of their own: parts them at the gaps. */
  private pushTimed(frame: Frame, rows: number): void {
    const { times } = frame
    if (times === undefined) {
      if (!this.continuity.takeTimed(frame.start)) this.cut()
      this.pushRun(frame, 0, rows, new Float64Array(rows).fill(frame.start))
      return
    }
    let from = 0
    for (let row = 0; row < rows; row++) {
      if (this.continuity.takeTimed(times[row]!)) continue
      this.pushRun(frame, from, row, times)
      this.cut()
      from = row
    }
    this.pushRun(frame, from, rows, times)
  }

  /** Rows `from` to `to` (exclusive), without a gap before or between them. */
  private pushRun(frame: Frame, from: number, to: number, times?: Float64Array): void {
    if (from === to) return
    const { resampler } = this
    if (resampler === undefined) {
      this.take(frame.data, from, to, frame.start, times)
      return
    }
    if (times !== undefined) {
      if (this.taken === 0) this.runStart = times[from]!
      this.base = this.runStart
      resampler.push(frame.data, from, to, (row) => times[row]! - this.runStart)
    } else {
      const period = 1000 / frame.rate!
      // The position counts rows, so that the jitter of arrival times does not bend the signal; the frame says what time it is.
      this.base = frame.start - this.taken * period
      const before = this.taken
      resampler.push(frame.data, from, to, (row) => (before + row) * period)
    }
    this.taken += to - from
  }

  /** Appends rows to the ring and gives out each window that they complete. `first`: time of row 0 of `data`, where rows are even. */
  private take(data: Float32Array, from: number, to: number, first: number, times?: Float64Array): void {
    let row = from
    while (to - row >= this.due) {
      this.ring.append(data, row, this.due, times)
      row += this.due
      this.due = this.hop
      this.give(first + (row - this.rows) * this.period)
    }
    if (row === to) return
    this.ring.append(data, row, to - row, times)
    this.due -= to - row
  }

  private give(start: number): void {
    const { channels, units, rate } = this.source!
    const outRate = this.options.resampleRate ?? rate
    const times = this.ring.copyTimes()
    const window: Frame = {
      channels,
      ...(units === undefined ? undefined : { units }),
      ...(outRate === undefined ? undefined : { rate: outRate }),
      start: times === undefined ? start : times[0]!,
      ...(times === undefined ? undefined : { times }),
      data: this.ring.copyValues(),
      contract: this.contract,
    }
    if (this.out === undefined) this.out = [window]
    else this.out.push(window)
  }
}

const NONE_TEXT: readonly string[] = Object.freeze([])

function isTimed(frame: Pick<Frame, 'times' | 'rate'>): boolean {
  return frame.times !== undefined || frame.rate === undefined
}
