import { sourceLine } from '../core/contract'
import { InputError } from '../core/errors'
import type { Frame } from '../core/frame'
import type { Simulator } from '../core/simulate/simulator'
import { withoutScore } from '../core/verdict'
import type { Behaviour } from './define-node'
import type { Host } from './host'
import { isControl, type Message, type Send } from './message'
import { carry } from './stage-node'

/** What is missing is told of a second at a time, ms. */
const DROPOUT_MS = 1000
/** A computer that slept does not catch up on more than this, ms. */
const LATEST = 2000

export interface SimulateOptions {
  readonly simulator: Simulator
  /** Rows in a message. */
  readonly batch: number
  /** 1: real time; 10: ten times as fast. */
  readonly pace: number
  readonly topic: string
  readonly running: boolean
}

/** Behaviour of the simulated source: frames in real time (or faster), orders by message. */
export class SimulateNode implements Behaviour {
  private running: boolean
  /** Time of the next row in the simulated machine's time, ms since the epoch. */
  private next = 0
  private origin = { wall: 0, machine: 0 }
  /** Since when channels without a value have not been told of. */
  private dropout?: { readonly start: number; readonly channels: Set<string>; label: string }

  constructor(
    private readonly options: SimulateOptions,
    private readonly host: Host,
  ) {
    this.running = options.running
  }

  start(): void {
    const { batch, pace, simulator } = this.options
    this.begin()
    const period = (batch * 1000) / (simulator.rate * pace)
    this.host.every(Math.max(5, period), () => this.sendDue())
    this.show()
  }

  input(message: Message, send: Send): void {
    if (isControl(message)) {
      send(message)
      return
    }
    const order = message.payload
    if (order === 'start' || order === 'stop') {
      this.running = order === 'start'
      if (this.running) this.begin()
    } else if (typeof order === 'object' && order !== null && !Array.isArray(order)) {
      this.options.simulator.order(order as Readonly<Record<string, unknown>>)
    } else {
      throw new InputError('frame.badProperty', {
        field: 'msg.payload',
        expected: 'an object of settings, "start" or "stop"',
        got: typeof order,
      })
    }
    this.show()
  }

  private begin(): void {
    const now = this.host.now()
    // At a fast pace the machine is ahead of the clock on the wall; its time never runs backwards.
    const machine = Math.max(now, this.next)
    this.origin = { wall: now, machine }
    this.next = machine
  }

  private sendDue(): void {
    if (!this.running) return
    const { batch, pace, simulator } = this.options
    const length = (batch * 1000) / simulator.rate
    if (this.host.now() - this.origin.wall - (this.next - this.origin.machine) / pace > LATEST) this.begin()
    while (this.origin.machine + (this.host.now() - this.origin.wall) * pace >= this.next + length) {
      const start = this.next
      this.next += length
      this.emit(start, simulator.next(batch))
    }
    this.show()
  }

  private emit(start: number, data: Float32Array | undefined): void {
    const { simulator, topic } = this.options
    const { channels, units, rate, label } = simulator
    const missing = channels.filter((_, c) => data === undefined || hasGap(data, channels.length, c))
    if (missing.length > 0) {
      this.dropout ??= { start, channels: new Set(), label }
      for (const channel of missing) this.dropout.channels.add(channel)
      if (this.next - this.dropout.start >= DROPOUT_MS) this.tellDropout(this.next)
      return
    }
    this.tellDropout(start)
    const contract = [sourceLine(channels, units, rate)]
    const frame: Frame = { channels, units, rate, start, data: data!, contract }
    this.host.node.send({ topic, payload: frame, label })
  }

  private tellDropout(end: number): void {
    const { dropout } = this
    if (dropout === undefined) return
    this.dropout = undefined
    const { simulator, topic } = this.options
    const contract = [sourceLine(simulator.channels, simulator.units, simulator.rate)]
    const detail = this.host.text('simulate.dropout', { channel: [...dropout.channels].join(', ') })
    const verdict = withoutScore('DROPOUT', { start: dropout.start, end }, contract, detail)
    this.host.node.send(carry({ topic, label: dropout.label }, verdict) as never)
  }

  private show(): void {
    if (!this.running) this.host.status('grey', 'ring', this.host.text('simulate.stopped'))
    else {
      const { label } = this.options.simulator
      this.host.status(
        label === 'normal' ? 'green' : 'yellow',
        'dot',
        this.host.text('simulate.running', { label }),
      )
    }
  }
}

function hasGap(data: Float32Array, width: number, column: number): boolean {
  for (let i = column; i < data.length; i += width) if (Number.isNaN(data[i])) return true
  return false
}
