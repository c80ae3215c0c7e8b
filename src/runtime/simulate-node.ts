import { sourceLine } from '../core/contract'
import { InputError } from '../core/errors'
import type { Frame } from '../core/frame'
import type { Simulator } from '../core/simulate/simulator'
import type { Behaviour } from './define-node'
import type { Host } from './host'
import { isControl, type Message, type Send } from './message'

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
    this.origin = { wall: now, machine: now }
    this.next = now
  }

  private sendDue(): void {
    if (!this.running) return
    const { batch, pace, simulator, topic } = this.options
    const length = (batch * 1000) / simulator.rate
    if (this.host.now() - this.origin.wall - (this.next - this.origin.machine) / pace > LATEST) this.begin()
    while (this.origin.machine + (this.host.now() - this.origin.wall) * pace >= this.next + length) {
      const start = this.next
      this.next += length
      const data = simulator.next(batch)
      if (data === undefined) continue
      const { channels, units, rate, label } = simulator
      const contract = [sourceLine(channels, units, rate)]
      const frame: Frame = { channels, units, rate, start, data, contract }
      this.host.node.send({ topic, payload: frame, label })
    }
    this.show()
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
