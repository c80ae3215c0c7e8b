import type { UserError } from '../core/errors'
import type { MessageKey, MessageParams } from '../core/messages'
import { EventLog } from '../sources/event-log'
import type { SourceEvent, SourceOutput } from '../sources/source-events'
import type { SourceInput, SourceStage } from '../sources/source-stage'
import type { Transport, TransportListener, TransportState } from '../sources/transports/transport'
import type { Behaviour } from './define-node'
import type { Host } from './host'
import { carriesVerdict, copyOf, isControl, readControl, streamOf, type Message, type Send } from './message'
import { carry } from './stage-node'

const TICK_MS = 250
const STATUS_MS = 1000

/** Behaviour of a source: a transport brings data in, the stage makes frames of them. */
export class SourceNode implements Behaviour, TransportListener {
  private readonly transport?: Transport
  private connection: TransportState | 'none'
  private hadOutage = false
  private readonly eventLog = new EventLog((event, others) => this.tell(event, others))

  /** @param makeTransport undefined: samples come as messages */
  constructor(
    private readonly stage: SourceStage,
    makeTransport: ((listener: TransportListener) => Transport) | undefined,
    /** What the transport connects to, for the log. */
    private readonly target: string,
    private readonly host: Host,
  ) {
    this.transport = makeTransport?.(this)
    this.connection = this.transport === undefined ? 'none' : 'connecting'
  }

  start(): void {
    this.transport?.open()
    this.host.every(TICK_MS, () => {
      this.emit(this.stage.tick(this.host.now()))
      this.eventLog.tick(this.host.now())
    })
    this.host.every(STATUS_MS, () => this.showStatus())
    this.showStatus()
  }

  input(message: Message, send: Send): void {
    if (isControl(message)) {
      const control = readControl(message)
      if (control.reset === true || control.forget === true) this.stage.reset(streamOf(message) || undefined)
      send(message)
      return
    }
    if (carriesVerdict(message)) {
      send(message)
      return
    }
    const output = this.stage.push({
      arrival: this.host.now(),
      topic: streamOf(message),
      value: message.payload,
    })
    const { items } = output
    for (let i = 0; i < items.length; i++) {
      const item = items[i]!
      // The first wire gets the very object that is sent, so all but the last need one of their own.
      const carrier = i === items.length - 1 ? message : copyOf(message)
      carrier.topic = item.topic
      send(carry(carrier, item.frame ?? item.verdict))
    }
    // What is wrong with a message is told by its own error.
    if (output.events.length > 0) this.report(output.events.filter(({ kind }) => kind !== 'badInput'))
    const error = output.errors[0]
    if (error !== undefined) throw error
  }

  data(input: SourceInput): void {
    this.host.guarded(() => this.emit(this.stage.push(input)))
  }

  event(key: MessageKey, params: MessageParams): void {
    this.host.warn(key, params)
  }

  reconnected(): void {
    this.stage.reconnected()
  }

  state(state: TransportState, error?: UserError): void {
    this.connection = state
    if (state === 'waiting' && error !== undefined) {
      this.hadOutage = true
      this.host.node.warn(this.host.translated(error).message)
    } else if (state === 'connected') {
      this.host.log(this.hadOutage ? 'sources.back' : 'sources.connected', { field: this.target })
      this.hadOutage = false
    }
    this.showStatus()
  }

  async close(removed: boolean): Promise<void> {
    await this.transport?.close(removed)
  }

  snapshot(): unknown {
    return { ...this.stage.snapshot(), transport: this.transport?.snapshot?.() }
  }

  restore(state: unknown): void {
    const ofTransport = typeof state === 'object' && state !== null && 'transport' in state && state.transport
    const goesOn = this.transport?.restore?.(ofTransport) ?? true
    if (goesOn) this.stage.restore(state)
  }

  private emit(output: SourceOutput): void {
    for (const item of output.items) {
      this.host.node.send(carry({ topic: item.topic }, item.frame ?? item.verdict) as never)
    }
    this.report(output.events)
  }

  private report(events: readonly SourceEvent[]): void {
    for (const event of events) this.eventLog.take(event, this.host.now())
  }

  private tell({ kind, topic, key, params }: SourceEvent, others: number): void {
    const { host } = this
    const text = host.text(key, params)
    const line = others === 0 ? text : host.text('sources.more', { text, count: others })
    if (kind === 'recovered') host.node.log(line)
    else if (kind === 'badInput') host.error(new Error(line), { topic })
    else host.node.warn(line)
  }

  private showStatus(): void {
    const { host } = this
    if (this.connection === 'waiting') {
      host.status('red', 'ring', host.text('status.disconnected'))
      return
    }
    if (this.connection === 'connecting') {
      host.status('yellow', 'ring', host.text('status.connecting'))
      return
    }
    const { streams, silent, bad } = this.stage.health(host.now())
    const rate = this.stage.measuredRate(host.now())
    if (bad > 0)
      host.status(
        'red',
        'ring',
        streams === 1 ? host.text('status.badInput') : host.text('status.badStreams', { bad, streams }),
      )
    else if (silent === streams) host.status('red', 'ring', host.text('status.noData'))
    else if (silent > 0) host.status('yellow', 'ring', host.text('status.silentStreams', { silent, streams }))
    else if (rate > 0)
      host.status(
        'green',
        'dot',
        host.text('status.rate', { rate: rate < 10 ? rate.toFixed(1) : Math.round(rate) }),
      )
    else host.status(this.connection === 'none' ? 'grey' : 'green', 'ring', host.text('status.waiting'))
  }
}
