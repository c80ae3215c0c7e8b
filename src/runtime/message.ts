import { clockAt } from '../core/clock'
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

/** What is only looked at has no need of a time. */
const ANY_TIME = clockAt(0)

export type Send = (message: Message) => void

/**
 * A message of its own with the same values. Not a spread: on Node.js 20 an object that a spread has made gets a hidden class of its
 * own with its next new property, and everything that reads such objects is slow.
 */
export function copyOf(message: Message): Message {
  return Object.assign({}, message)
}

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
    isEndOfReplay(message) ||
    message['learn'] !== undefined ||
    message['reset'] !== undefined ||
    message['forget'] !== undefined ||
    message['ack'] !== undefined ||
    message['snooze'] !== undefined
  )
}

/** What `replay` sends at its end: its payload counts rows and files, and is no sample. */
export function isEndOfReplay({ complete, payload }: Message): boolean {
  if (complete !== true || typeof payload !== 'object' || payload === null) return false
  return 'rows' in payload && 'files' in payload && 'bad' in payload
}

/** A label: text, or a number or flag as text; undefined where there is none. */
export function labelOf(label: unknown): string | undefined {
  if (typeof label === 'string') return label
  return typeof label === 'number' || typeof label === 'boolean' ? String(label) : undefined
}

/**
 * True for messages that carry a verdict: they pass every node on frames unchanged and in order.
 * @throws InputError where `msg.anomaly` is none, so that nonsense does not travel to the alarm unseen
 */
export function carriesVerdict(message: Message): boolean {
  const anomaly: unknown = message.anomaly
  if (anomaly === undefined || anomaly === null) return false
  readVerdict(anomaly, message.payload, ANY_TIME)
  return true
}

/**
 * What a control message asks of a stage. `reset` counts by its presence, as in Node-RED's own nodes; `learn` and `forget` must
 * be true or false, as text too (MQTT and dashboards send that), since acting on nonsense would cost what was learned.
 */
export function readControl(message: Message): Control {
  return {
    learn: message['learn'] === 'continue' ? 'continue' : readBoolean(message, 'learn'),
    reset: message['reset'] === undefined ? undefined : true,
    forget: readBoolean(message, 'forget'),
  }
}

function readBoolean(message: Message, name: 'learn' | 'forget'): boolean | undefined {
  const value = flagOf(message[name])
  if (value === undefined || typeof value === 'boolean') return value
  throw new InputError('frame.badControl', {
    field: `msg.${name}`,
    expected: 'true or false',
    got: typeof value,
  })
}

/** A value that may be the text of true or false. */
export function flagOf(value: unknown): unknown {
  return value === 'true' ? true : value === 'false' ? false : value
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
