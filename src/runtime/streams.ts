import { InputError } from '../core/errors'
import type { Message } from './message'

/** A stream and, where the node keeps one baseline per operating state, its context. */
export interface StreamKey {
  readonly topic: string
  readonly context?: string
}

export function streamKey(topic: string, context?: string): StreamKey {
  return context === undefined ? { topic } : { topic, context }
}

/**
 * The context (operating state) of a message, as text: the value of its property `name`; where no property is set that of
 * `msg.context`, which a window node writes, and undefined where that is not there.
 * @throws InputError where the property is set but missing or no text or number
 */
export function contextOf(message: Message, name: string | undefined): string | undefined {
  if (name === undefined || name === '') {
    const { context } = message
    return isName(context) ? String(context) : undefined
  }
  let value: unknown = message
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) {
      throw new InputError('frame.noContext', { field: `msg.${name}` })
    }
    value = (value as Readonly<Record<string, unknown>>)[part]
  }
  if (value === '') throw new InputError('frame.noContext', { field: `msg.${name}` })
  if (isName(value)) return String(value)
  throw new InputError('frame.badProperty', {
    field: `msg.${name}`,
    expected: 'text or a number',
    got: typeof value,
  })
}

/** The context that a control message names, where it names one. */
export function namedContext(message: Message, name: string): string | undefined {
  const value = message[name === '' ? 'context' : name]
  return isName(value) ? String(value) : undefined
}

function isName(value: unknown): value is string | number | boolean {
  return (
    (typeof value === 'string' && value !== '') || typeof value === 'number' || typeof value === 'boolean'
  )
}

/** Values may have these: then their state is kept over a restart. */
export interface Keepable {
  snapshot?(): unknown
  restore?(state: unknown): void
}

/** One value per stream and context, bounded in number. A Map: stream names are the outside world's (`__proto__` is one too). */
export class StreamMap<V extends object> {
  private readonly values = new Map<string, { key: StreamKey; value: V }>()
  private last?: { topic: string; context: string | undefined; value: V }

  constructor(
    private readonly max: number,
    private readonly make: (key: StreamKey) => V,
  ) {}

  get size(): number {
    return this.values.size
  }

  /** The value of a stream, made when it is first seen. @throws InputError where there are too many streams */
  get(key: StreamKey): V {
    const last = this.last
    if (last !== undefined && last.topic === key.topic && last.context === key.context) return last.value
    const id = identity(key)
    let entry = this.values.get(id)
    if (entry === undefined) {
      this.checkRoom(key)
      entry = { key, value: this.make(key) }
      this.values.set(id, entry)
    }
    this.last = { topic: key.topic, context: key.context, value: entry.value }
    return entry.value
  }

  /** @throws InputError where this stream would be one too many */
  checkRoom(key: StreamKey): void {
    if (this.values.size >= this.max && !this.has(key))
      throw new InputError('learning.tooManyStreams', { field: 'msg.topic', max: this.max })
  }

  /** Gives back the places of a stream, whatever the context; '' means every stream. */
  drop(topic: string, isDone: (value: V) => boolean = () => true): void {
    for (const { key, value } of this.entriesOf(topic)) if (isDone(value)) this.values.delete(identity(key))
    this.last = undefined
  }

  clear(): void {
    this.values.clear()
    this.last = undefined
  }

  has(key: StreamKey): boolean {
    return this.values.has(identity(key))
  }

  /** All values of a stream, whatever the context; '' means every stream. */
  ofStream(topic: string): readonly V[] {
    return this.entriesOf(topic).map((entry) => entry.value)
  }

  entriesOf(topic: string): readonly { readonly key: StreamKey; readonly value: V }[] {
    const entries = [...this.values.values()]
    return topic === '' ? entries : entries.filter((entry) => entry.key.topic === topic)
  }

  snapshot(): unknown {
    const states: unknown[] = []
    for (const { key, value } of this.values.values()) {
      const state = (value as Keepable).snapshot?.()
      if (state !== undefined) states.push({ ...key, state })
    }
    return states.length === 0 ? undefined : states
  }

  restore(states: unknown): void {
    if (!Array.isArray(states)) return
    for (const entry of states as readonly unknown[]) {
      if (typeof entry !== 'object' || entry === null) continue
      const { topic, context, state } = entry as { topic?: unknown; context?: unknown; state?: unknown }
      if (typeof topic !== 'string' || (context !== undefined && typeof context !== 'string')) continue
      const value: Keepable = this.get(streamKey(topic, context))
      value.restore?.(state)
    }
  }
}

function identity(key: StreamKey): string {
  return key.context === undefined ? key.topic : `${key.topic}\u0000${key.context}`
}
