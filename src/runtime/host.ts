import type { Node, NodeAPI, NodeMessage, NodeStatus } from 'node-red'
import { ConfigError, UserError } from '../core/errors'
import { format, messages, type MessageKey, type MessageParams } from '../core/messages'
import type { ErrorStatus } from './error-status'
import type { Message } from './message'

/** Node-RED merges the catalogue of `src/core/messages` into the locale file of the model node (see scripts/build.mjs). */
const CATALOGUE = '@edge-anomaly/node-red-anomaly/anomaly-model:runtime.'
/** The editor's socket carries 1000 events per second for all nodes together, so a node shows at most two a second. */
const STATUS_PERIOD_MS = 500

/** Name of the runtime's event (`RED.events`) that tells how learning goes. */
export const LEARNING_EVENT = 'edge-anomaly:learning'

/** How learning goes for one stream (and context). */
export interface LearningNews {
  readonly topic: string
  readonly context?: string
  readonly state: 'fitting' | 'learned' | 'failed'
  /** In words: progress, or why it failed. */
  readonly text?: string
  /** While fitting: done (0 … 1) and, of an autoencoder, epoch, epochs, loss, validationLoss, secondsLeft. In the end the report. */
  readonly figures?: Readonly<Record<string, number | readonly number[]>>
}

export type Fill = 'red' | 'green' | 'yellow' | 'blue' | 'grey'
export interface Shown {
  readonly fill: Fill
  readonly shape: 'ring' | 'dot'
  readonly text: string
}

/** What a behaviour may do to its node: everything that ends with the node is ended in one place. */
export class Host {
  private readonly timers = new Set<NodeJS.Timeout>()
  private shown?: Shown
  private lastSent?: Shown
  private lastSentAt = -Infinity
  private statusTimer?: NodeJS.Timeout
  private describe?: () => void
  private refreshTimer?: NodeJS.Timeout
  private refreshedAt = -Infinity
  private inError = false
  private closed = false

  constructor(
    readonly red: NodeAPI,
    readonly node: Node,
  ) {}

  now(): number {
    return Date.now()
  }

  get isClosed(): boolean {
    return this.closed
  }

  /** Text of the catalogue in the language of the runtime. */
  text(key: MessageKey, params: MessageParams = {}): string {
    return textOf(this.red, key, params)
  }

  /** An error in the language of the runtime; foreign errors keep their own text. */
  translated(error: unknown): Error {
    return Host.translate(this.red, error)
  }

  static translate(red: NodeAPI, error: unknown): Error {
    if (error instanceof UserError) {
      const params = withLabel(red, error)
      const translated = new Error(textOf(red, error.key, params), { cause: error.cause })
      translated.name = error.name
      return Object.assign(translated, { code: error.key, field: error.params['field'] })
    }
    return error instanceof Error ? error : new Error(String(error))
  }

  /** Shows a status, at most every 500 ms and only where it changed; the last one always arrives. */
  status(fill: Fill, shape: 'ring' | 'dot', text: string): void {
    const shown = this.shown
    if (shown !== undefined && shown.fill === fill && shown.shape === shape && shown.text === text) return
    this.shown = { fill, shape, text }
    if (!this.inError) this.showSoon()
  }

  /**
   * For what changes with every message: `describe` calls `status`, and is itself called at most every 500 ms, the newest one
   * always in the end. So a message costs nothing for a status that nobody would see.
   */
  refresh(describe: () => void): void {
    this.describe = describe
    if (this.refreshTimer !== undefined || this.closed) return
    const wait = this.refreshedAt + STATUS_PERIOD_MS - this.now()
    if (wait <= 0) this.describeNow()
    else this.refreshTimer = setTimeout(() => this.describeNow(), wait)
  }

  private readonly describeNow = (): void => {
    this.refreshTimer = undefined
    this.refreshedAt = this.now()
    const { describe } = this
    this.describe = undefined
    if (describe !== undefined) this.guarded(describe)
  }

  /** An error hides the status until `recovered`. */
  private showError(text: string): void {
    if (!this.inError) {
      this.inError = true
      this.emit({ fill: 'red', shape: 'ring', text })
    }
  }

  /** The last message went well: the status of before comes back. */
  recovered(): void {
    if (!this.inError) return
    this.inError = false
    this.showSoon()
  }

  /** A setting is wrong or a message was refused: red status. The caller gives the error to `done`. */
  failed(key: ErrorStatus): void {
    this.showError(this.text(key))
  }

  /** Reports an error that no message waits for; with a message it also reaches Catch nodes. */
  error(error: unknown, message?: Message): void {
    if (message === undefined) this.node.error(this.translated(error).message)
    else this.node.error(this.translated(error).message, message as NodeMessage)
  }

  warn(key: MessageKey, params: MessageParams = {}): void {
    this.node.warn(this.text(key, params))
  }

  log(key: MessageKey, params: MessageParams = {}): void {
    this.node.log(this.text(key, params))
  }

  /** Emits `edge-anomaly:learning` with what is said and who says it: { node, type, name, … }. */
  announce(news: LearningNews): void {
    const { id: node, type, name = '' } = this.node
    this.guarded(() => void this.red.events.emit(LEARNING_EVENT, { node, type, name, ...news }))
  }

  /** Calls `work` once after `ms`; ended with the node, errors are reported and never thrown. */
  after(ms: number, work: () => void): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.timers.delete(timer)
      this.guarded(work)
    }, ms)
    this.timers.add(timer)
    return timer
  }

  /** Calls `work` every `ms`; ended with the node, errors are reported and never thrown. */
  every(ms: number, work: () => void): NodeJS.Timeout {
    const timer = setInterval(() => this.guarded(work), ms)
    this.timers.add(timer)
    return timer
  }

  cancel(timer: NodeJS.Timeout | undefined): void {
    if (timer === undefined) return
    clearTimeout(timer)
    this.timers.delete(timer)
  }

  /** Runs work that nobody waits for. An uncaught throw in a timer or promise would end Node-RED. */
  guarded(work: () => unknown): void {
    try {
      const result = work()
      if (result instanceof Promise) result.catch((error: unknown) => this.error(error))
    } catch (error) {
      this.error(error)
    }
  }

  close(): void {
    this.closed = true
    for (const timer of this.timers) clearTimeout(timer)
    this.timers.clear()
    clearTimeout(this.refreshTimer)
    clearTimeout(this.statusTimer)
    this.statusTimer = undefined
  }

  private showSoon(): void {
    if (this.statusTimer !== undefined || this.closed) return
    const wait = this.lastSentAt + STATUS_PERIOD_MS - this.now()
    if (wait <= 0) {
      this.emitShown()
      return
    }
    this.statusTimer = setTimeout(() => {
      this.statusTimer = undefined
      this.emitShown()
    }, wait)
  }

  private emitShown(): void {
    if (!this.inError && this.shown !== undefined && this.shown !== this.lastSent) this.emit(this.shown)
  }

  private emit(status: Shown): void {
    this.lastSent = status
    this.lastSentAt = this.now()
    this.node.status(status satisfies NodeStatus)
  }
}

/** What messages hold has these names too: there they are no settings. */
const OF_MESSAGES: ReadonlySet<string> = new Set(['rate', 'channels', 'units'])

/** A setting is named as in the dialogs, where it has a name of its own there. */
function withLabel(red: NodeAPI, error: UserError): MessageParams {
  const { params } = error
  const field = String(params['field'])
  const isSetting = error instanceof ConfigError
  // Of a setting that is an object, the entry is named too; other names with a dot are files.
  const [setting = '', ...rest] = isSetting ? field.split('.') : [field]
  if (!Object.hasOwn(messages.fields, setting) || (!isSetting && OF_MESSAGES.has(setting))) return params
  const label = textOf(red, `fields.${setting as keyof typeof messages.fields}`, {})
  return { ...params, field: [label, ...rest].join('.') }
}

/** Text of the catalogue in the language of the runtime. */
export function textOf(red: NodeAPI, key: MessageKey, params: MessageParams): string {
  const translate = red._ as unknown as ((key: string, params: MessageParams) => unknown) | undefined
  const translated = translate?.(CATALOGUE + key, params)
  return typeof translated === 'string' && !translated.includes(key) ? translated : format(key, params)
}
