import { InputError } from '../../core/errors'
import type { Frame } from '../../core/frame'
import { readFrame } from '../../core/read-frame'
import { readVerdict } from '../../core/read-verdict'
import { Refusals } from '../../core/refusals'
import type { Verdict } from '../../core/verdict'
import { isObject, ownOf } from '../decode/json-shape'

/** A message as it was recorded, as far as it is replayed. */
export interface RecordedMessage {
  readonly frame?: Frame
  readonly anomaly?: Verdict
  readonly topic?: string
  readonly label?: string
  /** Begin of its frame or window, ms since the epoch; undefined where it has none. */
  readonly time?: number
}

/**
 * Reads lines of JSON: what `record` writes (`frame`, `anomaly`, `topic`, `label`), or a frame or samples as they are. A line that is
 * none of these is left out and counted.
 */
export class RecordedLines {
  readonly refusals = new Refusals()
  private line = 0

  /** @param file for errors */
  constructor(private readonly file: string) {}

  push(text: string): readonly RecordedMessage[] {
    const messages: RecordedMessage[] = []
    for (const line of text.split('\n')) {
      this.line++
      if (line.trim() === '') continue
      try {
        messages.push(this.read(line))
      } catch (error) {
        if (!(error instanceof InputError)) throw error
        this.refusals.take(error)
      }
    }
    return messages
  }

  private read(line: string): RecordedMessage {
    const field = `${this.file}:${this.line}`
    let value: unknown
    try {
      value = JSON.parse(line)
    } catch (error) {
      const reason = error instanceof Error ? error.message.slice(0, 120) : ''
      throw new InputError('frame.notJson', { field, reason }, { cause: error })
    }
    const own = (name: string): unknown => (isObject(value) ? ownOf(value, name) : undefined)
    const text = (name: string): { [key: string]: string } => {
      const found = own(name)
      return typeof found === 'string' ? { [name]: found } : {}
    }
    const shared = { ...text('topic'), ...text('label') }
    const anomaly = own('anomaly')
    if (isObject(anomaly)) {
      const verdict = readVerdict(anomaly, undefined, { now: 0 })
      return { ...shared, anomaly: verdict, time: verdict.window.start }
    }
    const recorded = own('frame')
    const frame = readFrame(recorded === undefined ? value : recorded, { field, now: NO_TIME })
    return { ...shared, frame, ...(frame.start === NO_TIME ? {} : { time: frame.start }) }
  }
}

/** Stands for the time of a frame that has none. */
const NO_TIME = -8.64e15
