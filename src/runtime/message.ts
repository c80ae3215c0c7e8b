import { InputError } from '../core/errors'
import { readVerdict } from '../core/read-verdict'
import type { Verdict } from '../core/verdict'

/** A Node-RED message as this package reads it; everything else on it is preserved. */
export interface Message {
  _msgid?: string
  topic?: unknown
  payload?: unknown
  /** Present on everything downstream of a detector, and on what a source or stage reports instead of data. */
  anomaly?: Verdict
  /** The learning run that a frame or verdict belongs to, set by a learner on the block that it has just learned from. */
  learning?: { readonly id: string }
  /** The operating state, where a window node keeps states apart or a flow sets it. */
  context?: unknown
  /** How many older messages were dropped before this one, since the engine could not keep up. */
  dropped?: number
  [property: string]: unknown
}

export type Send = (message: Message) => void

/** Control messages: what they carry besides is ignored. `learn`: true starts anew, "continue" goes on from what was learned, false gives up the running block. */
export interface Control {
  readonly learn?: boolean | 'continue'
  readonly reset?: boolean
  readonly forget?: boolean
}

/** The stream of a message: its topic; '' where it has none. @throws InputError where the topic is not text */
export function streamOf(message: Message): string {
  const topic = message.topic
  if (topic === undefined || topic === null) return ''
  if (typeof topic === 'string') return topic
  if (typeof topic === 'number' || typeof topic === 'boolean') return String(topic)
  throw new InputError('frame.badProperty', { field: 'msg.topic', expected: 'text', got: typeof topic })
}

/** True for messages that only control: they never carry data. */
export function isControl(message: Message): boolean {
  return (
    message['learn'] !== undefined ||
    message['reset'] !== undefined ||
    message['forget'] !== undefined ||
    message['ack'] !== undefined ||
    message['snooze'] !== undefined
  )
}

/**
 * True for messages that carry a verdict: they pass every node on frames unchanged and in order.
 * @throws InputError where `msg.anomaly` is none, so that nonsense does not travel to the alarm unseen
 */
export function carriesVerdict(message: Message): boolean {
  const anomaly: unknown = message.anomaly
  if (anomaly === undefined || anomaly === null) return false
  readVerdict(anomaly, message.payload, { now: 0 })
  return true
}

/**
 * What a control message asks of a stage. `reset` counts by its presence, as in Node-RED's own nodes;
 * `learn` and `forget` must be booleans, since acting on nonsense would cost what was learned.
 */
export function readControl(message: Message): Control {
  return {
    learn: message['learn'] === 'continue' ? 'continue' : readBoolean(message, 'learn'),
    reset: message['reset'] === undefined ? undefined : true,
    forget: readBoolean(message, 'forget'),
  }
}

function readBoolean(message: Message, name: 'learn' | 'forget'): boolean | undefined {
  const value = message[name]
  if (value === undefined || typeof value === 'boolean') return value
  throw new InputError('frame.badControl', {
    field: `msg.${name}`,
    expected: 'true or false',
    got: typeof value,
  })
}

/** The id of the learning run of a message, where it has one. */
export function learningOf(message: Message): string | undefined {
  const learning: unknown = message.learning
  if (learning === undefined || learning === null) return undefined
  const id: unknown = typeof learning === 'object' && 'id' in learning ? learning.id : undefined
  if (typeof id === 'string') return id
  throw new InputError('frame.badProperty', {
    field: 'msg.learning',
    expected: 'an object with an id',
    got: typeof learning,
  })
}
