import { InputError } from '../../core/errors'
import type { Frame } from '../../core/frame'
import { Refusals } from '../../core/refusals'
import type { Verdict } from '../../core/verdict'

/** A message as it was recorded, as far as it is replayed. */
export interface RecordedMessage {
  readonly frame?: Frame
  readonly anomaly?: Verdict
  readonly topic?: string
  readonly label?: string
  /** Begin of its frame or window, ms since the epoch; undefined where it has none. */
  readonly time?: number
}

/** Reads one line, its number from 1; undefined for a head. @throws InputError where it is no message */
export type ReadLine = (line: string, number: number) => RecordedMessage | undefined

/** Reads recorded messages, one a line. A line that is none is left out and counted. */
export class RecordedLines {
  readonly refusals = new Refusals()
  private line = 0

  constructor(private readonly read: ReadLine) {}

  /** Takes whole lines, joined by `\n`. */
  push(text: string): readonly RecordedMessage[] {
    const messages: RecordedMessage[] = []
    for (const line of text.split('\n')) {
      this.line++
      if (line.trim() === '') continue
      try {
        const message = this.read(line, this.line)
        if (message !== undefined) messages.push(message)
      } catch (error) {
        if (!(error instanceof InputError)) throw error
        this.refusals.take(error)
      }
    }
    return messages
  }
}
