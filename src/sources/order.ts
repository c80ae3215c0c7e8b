import { KeyMemory } from './key-memory'
import { readHeld, writeHeld, type OrderState } from './order-state'
import { ReorderBuffer, type Unit } from './reorder-buffer'
import { RowKeys, type KeyedRun, type KeyKind, type KeyOptions } from './row-keys'
import { RowTimes, type Timed } from './row-times'
import { pickRows } from './decode/pick-rows'
import type { Samples } from './samples'

export type ClockKind = 'arrival' | KeyKind

export interface OrderOptions extends KeyOptions {
  /** Where times come from. With `arrival`, times or counts that the format itself has are used all the same. */
  readonly clock: ClockKind
  readonly continuity: 'continuous' | 'separate'
  /** ms that rows are held to put late ones in their place; 0: late ones are dropped. */
  readonly reorder: number
}

/** Rows that ascend behind those given out for so long are a clock that was set back, not late ones. */
const LATE_RUN_MS = 5000

/** Rows that wait for their turn; the time is the device's, as it was when they came. */
export interface HeldRows {
  readonly samples: Samples
  /** ms since the epoch. */
  readonly time: number
}

/**
 * Puts one stream in order: duplicates and late rows are left out (or, with `reorder`, put in their place), holes part the rows,
 * and each row gets its time. Each row has a key, its time on the device or its count, which must grow: no row is given out twice.
 * Rows without either are timed by arrival, see `SmoothClock`.
 */
export class OrderStage {
  /** Rows left out. */
  duplicates = 0
  late = 0
  private keys?: RowKeys
  private readonly times: RowTimes
  private readonly memory = new KeyMemory()
  private held?: ReorderBuffer<HeldRows>
  private lateRun?: { readonly since: number; last: number }
  private layout?: Samples

  constructor(private readonly options: OrderOptions) {
    this.times = new RowTimes(options.continuity === 'separate')
  }

  /**
   * Gives the rows that are in order now, oldest first. All have the channels, units and rate of `samples`.
   * @throws InputError where the times asked for are not in the data, or need a rate
   */
  push(samples: Samples, arrival: number): Timed {
    const out: Timed = { pieces: [], events: [] }
    const kind = this.kindOf(samples)
    if (this.layout !== undefined && !sameLayout(this.layout, samples)) this.reset()
    if (kind !== this.keys?.kind) this.useKeys(kind)
    this.layout = samples
    if (this.keys === undefined) this.times.byArrival(samples, arrival, out, samples.kept)
    else
      for (const run of this.keys.read(samples, arrival)) this.pushRun(this.keys, samples, run, arrival, out)
    return out
  }

  /** Gives what was held long enough. */
  tick(now: number): Timed {
    const out: Timed = { pieces: [], events: [] }
    if (this.keys !== undefined && this.held !== undefined)
      this.giveUnits(this.keys, this.held.take(now), out)
    return out
  }

  /** The clock that arrivals are taken from was set by so many ms: times that rest on it go on from the new time. */
  clockSet(step: number): void {
    this.keys?.shift(step)
    if (this.keys?.kind !== 'device') this.times.breakBefore('clockJump')
  }

  /** Forgets everything but the counters. */
  reset(): void {
    this.useKeys('arrival')
    this.times.reset()
    this.layout = undefined
  }

  snapshot(): OrderState {
    const { keys, memory, times, held } = this
    return {
      keys: keys?.snapshot() ?? null,
      memory: memory.snapshot(),
      times: times.snapshot(),
      held: held === undefined ? null : writeHeld(held.snapshot()),
    }
  }

  restore({ keys, memory, times, held }: OrderState): void {
    this.useKeys(keys?.kind ?? 'arrival')
    if (keys !== null) this.keys?.restore(keys)
    if (held !== null) this.held?.restore(readHeld(held))
    this.memory.restore(memory)
    this.times.restore(times)
  }

  private kindOf({ times, sequence }: Samples): ClockKind {
    const { clock } = this.options
    if (clock !== 'arrival') return clock
    if (times !== undefined) return 'device'
    return sequence === undefined ? 'arrival' : 'sequence'
  }

  private useKeys(kind: ClockKind): void {
    const { reorder } = this.options
    this.keys = kind === 'arrival' ? undefined : new RowKeys(kind, this.options)
    this.held =
      kind === 'arrival' || reorder === 0 ? undefined : new ReorderBuffer(reorder, kind === 'sequence')
    this.memory.reset()
    this.lateRun = undefined
  }

  private pushRun(keys: RowKeys, samples: Samples, run: KeyedRun, arrival: number, out: Timed): void {
    if (run.begins) this.beginAnew(keys, out)
    const isMessage = run.keys.length !== run.to - run.from
    const rows = run.to - run.from === samples.rows ? samples : pickRows(samples, range(run.from, run.to))
    const fresh = this.sortOut(run.keys)
    if (fresh !== 'all' && fresh.length === 0) {
      if (this.isLateRun(run.keys, arrival)) {
        keys.reset()
        this.beginAnew(keys, out)
        const again = keys.read(rows, arrival)
        for (const next of again) this.pushRun(keys, rows, next, arrival, out)
      }
      return
    }
    this.lateRun = undefined
    const picked = isMessage || fresh === 'all' ? rows : pickRows(rows, fresh)
    const pickedKeys = fresh === 'all' ? run.keys : Float64Array.from(fresh, (i) => run.keys[i]!)
    if (this.held === undefined) {
      const times = keys.kind === 'device' ? pickedKeys.map((key) => keys.toEpoch(key)) : pickedKeys
      this.give(keys, picked, pickedKeys, times, arrival, out)
    } else this.hold(keys, this.held, picked, pickedKeys, arrival, out)
  }

  /** Which of the keys are new; the others are counted. */
  private sortOut(keys: Float64Array): readonly number[] | 'all' {
    let greatest = -Infinity
    const fresh: number[] = []
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!
      let found = this.memory.classify(key)
      // Within one arrival, rows must ascend as well, unless the buffer sorts them.
      if (found === 'new' && this.held === undefined && key <= greatest)
        found = key === greatest ? 'duplicate' : 'late'
      if (found === 'duplicate') this.duplicates++
      else if (found === 'late') this.late++
      else greatest = key
      if (found === 'new') fresh.push(i)
    }
    return fresh.length === keys.length ? 'all' : fresh
  }

  /** The device's clock was set, or its count began anew: what is held goes out first. */
  private beginAnew(keys: RowKeys, out: Timed): void {
    if (this.held !== undefined) this.giveUnits(keys, this.held.flush(), out)
    this.memory.reset()
    this.lateRun = undefined
    this.times.breakBefore(keys.kind === 'device' ? 'clockJump' : 'deviceRestart')
  }

  private isLateRun(keys: Float64Array, arrival: number): boolean {
    const first = keys[0]!
    const last = keys[keys.length - 1]!
    if (this.memory.classify(last) === 'new') return false
    if (this.lateRun === undefined || first <= this.lateRun.last) this.lateRun = { since: arrival, last }
    this.lateRun.last = last
    return arrival - this.lateRun.since > LATE_RUN_MS
  }

  private hold(
    keys: RowKeys,
    held: ReorderBuffer<HeldRows>,
    rows: Samples,
    rowKeys: Float64Array,
    arrival: number,
    out: Timed,
  ): void {
    const isMessage = rowKeys.length !== rows.rows
    rowKeys.forEach((key, i) => {
      const samples = isMessage || rows.rows === 1 ? rows : pickRows(rows, [i])
      const item = { samples, time: keys.toEpoch(key) }
      if (held.add({ key, arrival, item }) === 'duplicate') this.duplicates++
    })
    this.giveUnits(keys, held.take(arrival), out)
  }

  /** Gives rows that were held; those that continue each other go together. */
  private giveUnits(keys: RowKeys, units: readonly Unit<HeldRows>[], out: Timed): void {
    for (let from = 0, to = 1; from < units.length; from = to, to++) {
      while (to < units.length && units[to]!.item.samples.rows === 1 && units[from]!.item.samples.rows === 1)
        to++
      const together = units.slice(from, to)
      const samples =
        together.length === 1 ? together[0]!.item.samples : joined(together.map((unit) => unit.item.samples))
      const arrival = together.reduce((latest, unit) => Math.max(latest, unit.arrival), -Infinity)
      const rowKeys = Float64Array.from(together, (unit) => unit.key)
      const times = Float64Array.from(together, (unit) => unit.item.time)
      this.give(keys, samples, rowKeys, times, arrival, out)
    }
  }

  private give(
    keys: RowKeys,
    samples: Samples,
    rowKeys: Float64Array,
    times: Float64Array,
    arrival: number,
    out: Timed,
  ): void {
    const before = this.memory.last
    for (let i = 0; i < rowKeys.length; i++) this.memory.commit(rowKeys[i]!)
    if (keys.kind === 'device') {
      this.times.byDevice(samples, times, arrival, out)
    } else {
      const isMessage = rowKeys.length !== samples.rows
      const lost = before === undefined ? 0 : rowKeys[0]! - before - 1
      const missing = isMessage ? lost * samples.rows : lost
      this.times.byArrival(samples, arrival, out, isMessage ? samples.kept : rowKeys, missing)
    }
  }
}

function sameLayout(a: Samples, b: Samples): boolean {
  if (a.rate !== b.rate) return false
  return (
    a.channels === b.channels ||
    (a.channels.length === b.channels.length && a.channels.every((name, i) => name === b.channels[i]))
  )
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, i) => from + i)
}

/** Single rows one behind the other. */
function joined(list: readonly Samples[]): Samples {
  const width = list[0]!.channels.length
  const data = new Float64Array(list.length * width)
  list.forEach((row, i) => data.set(row.data, i * width))
  return { ...list[0]!, rows: list.length, data, kept: undefined, times: undefined, sequence: undefined }
}
