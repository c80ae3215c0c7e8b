import { describeValue } from '../core/describe-value'
import { InputError } from '../core/errors'
import type { Frame } from '../core/frame'
import type { MetricGroup } from '../core/metric-groups'
import { shortNumber } from '../core/sparkline'
import type { MetricsSource } from '../sources/metrics/metrics-source'
import type { Behaviour } from './define-node'
import type { Host } from './host'
import { isControl, type Message, type Send } from './message'
import { carry } from './stage-node'

export interface MetricsOptions {
  readonly metrics: readonly MetricGroup[]
  /** Between two looks, ms. */
  readonly period: number
  readonly topic: string
  /** Makes the source; what it needs is loaded then. */
  open(): Promise<MetricsSource>
}

/** Channels that the status shows, with their units. */
const SHOWN = ['cpu', 'temperature', 'memory'] as const
const MOST_SHOWN = 2

/** Behaviour of the source of this machine's metrics: one row each period, never two looks at once. */
export class MetricsNode implements Behaviour {
  private source?: MetricsSource
  private running = true
  private looking = false

  constructor(
    private readonly options: MetricsOptions,
    private readonly host: Host,
  ) {}

  start(): void {
    this.host.status('grey', 'ring', this.host.text('status.waiting'))
    this.host.guarded(async () => {
      this.source = await this.options.open()
      if (this.host.isClosed) return
      await this.look()
      if (!this.host.isClosed)
        this.host.every(this.options.period, () => this.host.guarded(() => this.look()))
    })
  }

  input(message: Message, send: Send): void {
    if (isControl(message)) {
      send(message)
      return
    }
    const order = message.payload
    if (order !== 'start' && order !== 'stop') {
      const expected = '"start" or "stop"'
      throw new InputError('frame.badProperty', { field: 'msg.payload', expected, got: describeValue(order) })
    }
    this.running = order === 'start'
    if (!this.running) this.host.status('grey', 'ring', this.host.text('simulate.stopped'))
  }

  private async look(): Promise<void> {
    if (!this.running || this.looking || this.source === undefined) return
    this.looking = true
    try {
      const { result, missing, leftOut, back } = await this.source.look(this.host.now())
      if (this.host.isClosed) return
      if (missing.length > 0) this.tellMissing(missing)
      if (leftOut !== undefined) this.host.warn('metrics.leftOut', { channel: leftOut.join(', ') })
      if (back !== undefined) this.host.log('metrics.back', { channel: back.join(', ') })
      if (result === undefined) return
      this.host.node.send(carry({ topic: this.options.topic }, result) as never)
      if ('reason' in result) this.host.status('red', 'ring', result.reason)
      else this.show(result)
    } finally {
      this.looking = false
    }
  }

  private tellMissing(missing: readonly MetricGroup[]): void {
    const { host, options } = this
    const isAll = missing.length === options.metrics.length
    host.warn(isAll ? 'metrics.nothing' : 'metrics.missing', {
      field: host.text('metrics.fieldMetrics'),
      metrics: missing.map((group) => host.text(`metrics.${group}`)).join(', '),
    })
  }

  private show({ channels, units, data }: Frame): void {
    const found = SHOWN.map((name) => channels.indexOf(name)).filter((column) => column >= 0)
    const columns = (found.length > 0 ? found : [0]).slice(0, MOST_SHOWN)
    const words = columns.map(
      (column) => `${shortNumber(Math.round(data[column]!))} ${units?.[column] ?? ''}`,
    )
    this.host.status('green', 'dot', words.join(' ').trim())
  }
}
