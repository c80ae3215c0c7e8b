import { channelsContract, sameContract, sourceLine, type Contract } from './contract'
import { InputError } from './errors'
import { rowCount, timeOf, type Frame } from './frame'

/** Rows of one operating state that follow one another. */
export interface ContextRun {
  readonly context: string
  readonly frame: Frame
  /** The state that came before, where this one has just begun: what was gathered of it ends here. */
  readonly left?: string
}

export interface ContextOptions {
  /** The channel whose value is the operating state; it is taken out of the frame. Without one the caller names the state. */
  readonly channel?: string
  /** Rows this soon after a change are left out, ms: the machine is not yet in its new state. */
  readonly settleMs: number
}

/** Parts the rows of one stream by operating state (speed, load, recipe), so that no window holds two of them. */
export class ContextRuns {
  private context?: string
  private changedAt = -Infinity
  private columns?: Columns

  constructor(private readonly options: ContextOptions) {}

  /**
   * Parts a frame; a run that has just begun may have no rows, where they all fall into the time to settle.
   * @param context the state of the whole frame, where no channel tells it
   * @throws InputError where the channel is missing, or the only one
   */
  push(frame: Frame, context = ''): readonly ContextRun[] {
    const { channel } = this.options
    const runs: ContextRun[] = []
    if (channel === undefined) {
      this.give(frame, context, 0, rowCount(frame), runs)
      return runs
    }
    const at = frame.channels.indexOf(channel)
    if (at < 0) {
      const channels = frame.channels.join(', ')
      throw new InputError('frame.noContextChannel', { field: 'msg.payload', channel, channels })
    }
    const rest = this.without(frame, at)
    const { data } = frame
    const width = frame.channels.length
    const rows = rowCount(frame)
    let from = 0
    for (let row = 1; row <= rows; row++) {
      const value = data[from * width + at]!
      if (row < rows && data[row * width + at] === value) continue
      this.give(rest, stateName(value), from, row, runs)
      from = row
    }
    return runs
  }

  snapshot(): unknown {
    return { context: this.context, changedAt: Number.isFinite(this.changedAt) ? this.changedAt : null }
  }

  /** @throws InputError where it is not what `snapshot` gave */
  restore(state: unknown): void {
    const { context, changedAt } = (state ?? {}) as { context?: unknown; changedAt?: unknown }
    if (
      (context !== undefined && typeof context !== 'string') ||
      (changedAt !== null && typeof changedAt !== 'number')
    )
      throw new InputError('frame.foreignState', { field: 'state' })
    this.context = context
    this.changedAt = changedAt ?? -Infinity
  }

  private give(frame: Frame, context: string, from: number, to: number, runs: ContextRun[]): void {
    const left = this.context === context ? undefined : this.context
    // The first state that is seen has been going on for who knows how long.
    if (left !== undefined) this.changedAt = timeOf(frame, from)
    this.context = context
    let first = from
    while (first < to && timeOf(frame, first) < this.changedAt + this.options.settleMs) first++
    const whole = first === 0 && to === rowCount(frame)
    const run = { context, frame: whole ? frame : rowsOf(frame, first, to) }
    if (left !== undefined) runs.push({ ...run, left })
    else if (first < to) runs.push(run)
  }

  private without(frame: Frame, at: number): Frame {
    if (frame.channels.length === 1)
      throw new InputError('frame.onlyContextChannel', { field: 'msg.payload', channel: frame.channels[0]! })
    if (this.columns === undefined || !this.columns.fits(frame)) this.columns = new Columns(frame, at)
    return this.columns.of(frame)
  }
}

const NONE: readonly string[] = Object.freeze([])

/** What is left of frames of one kind without a column. */
class Columns {
  private readonly channels: readonly string[]
  private readonly units?: readonly string[]
  private readonly contract: Contract

  constructor(
    private readonly like: Frame,
    private readonly at: number,
  ) {
    this.channels = like.channels.filter((_, i) => i !== at)
    this.units = like.units?.filter((_, i) => i !== at)
    const { contract, rate } = like
    const isSource = contract === undefined || (contract.length === 1 && contract[0]!.startsWith('source '))
    const bare =
      contract === undefined ? channelsContract(this.channels) : [sourceLine(this.channels, this.units, rate)]
    this.contract = isSource ? bare : [...contract, `without ${like.channels[at]!}`]
  }

  fits({ channels, units = NONE, contract = NONE, rate }: Frame): boolean {
    const { like } = this
    return (
      rate === like.rate &&
      sameContract(channels, like.channels) &&
      sameContract(units, like.units ?? NONE) &&
      sameContract(contract, like.contract ?? NONE)
    )
  }

  of(frame: Frame): Frame {
    const { at, channels, contract } = this
    const width = channels.length
    const rows = rowCount(frame)
    const data = new Float32Array(rows * width)
    for (let row = 0, to = 0; row < rows; row++) {
      const base = row * (width + 1)
      for (let column = 0; column <= width; column++)
        if (column !== at) data[to++] = frame.data[base + column]!
    }
    return { ...frame, channels, ...(this.units === undefined ? {} : { units: this.units }), contract, data }
  }
}

function rowsOf(frame: Frame, from: number, to: number): Frame {
  const width = frame.channels.length
  return {
    ...frame,
    start: timeOf(frame, from),
    ...(frame.times === undefined ? {} : { times: frame.times.slice(from, to) }),
    data: frame.data.slice(from * width, to * width),
  }
}

/** A number of a channel as the name of a state: the shortest decimal that the 32-bit number stands for. */
function stateName(value: number): string {
  return String(Number(value.toPrecision(7)))
}
