import { InputError } from '../../core/errors'
import { readVerdict } from '../../core/read-verdict'
import { VERDICT_HEADER } from '../../core/record/encode'
import { Refusals } from '../../core/refusals'
import { splitFields } from '../decode/split-fields'
import type { RecordedMessage } from './recorded-lines'

const NAMES = VERDICT_HEADER.trim().split(',')

/** True for the first line of a table of verdicts as `record` writes it. */
export function isVerdictHeader(line: string): boolean {
  return line.replace(/^\uFEFF/, '').trim() === VERDICT_HEADER.trim()
}

/** Reads tables of verdicts. A line that is none is left out and counted. */
export class RecordedVerdicts {
  readonly refusals = new Refusals()
  private line = 0

  /** @param file for errors */
  constructor(private readonly file: string) {}

  /** Takes whole lines, the header first. */
  push(text: string): readonly RecordedMessage[] {
    const messages: RecordedMessage[] = []
    for (const line of text.split(/\r\n|\n|\r/)) {
      this.line++
      if (this.line === 1 || line.trim() === '') continue
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
    const fields = splitFields(line, ',')
    if (fields.length !== NAMES.length) {
      const params = { field: this.file, row: this.line - 1, got: fields.length, expected: NAMES.length }
      throw new InputError('frame.wrongLength', { ...params, channels: NAMES.slice(0, 8).join(', ') })
    }
    const cell = (name: string): string => fields[NAMES.indexOf(name)]!
    const number = (name: string): number | null => (cell(name) === '' ? null : Number(cell(name)))
    const text = (name: string): { [key: string]: string } =>
      cell(name) === '' ? {} : { [name]: cell(name) }
    const anomaly = readVerdict(
      {
        score: number('score'),
        threshold: number('threshold'),
        pValue: number('p_value'),
        isAnomaly: cell('is_anomaly') === 'true',
        reason: cell('reason'),
        inSample: false,
        window: { start: number('start'), end: number('end') },
        ...text('detector'),
        ...text('detail'),
      },
      undefined,
      { now: 0 },
    )
    return { ...text('topic'), ...text('label'), anomaly, time: anomaly.window.start }
  }
}
