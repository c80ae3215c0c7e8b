import { clockAt } from '../../core/clock'
import { InputError } from '../../core/errors'
import { readVerdict } from '../../core/read-verdict'
import { VERDICT_HEADER } from '../../core/record/encode'
import { splitFields } from '../decode/split-fields'
import type { ReadLine, RecordedMessage } from './recorded-lines'

const NAMES = VERDICT_HEADER.trim().split(',')

/** True for the first line of a table of verdicts as `record` writes it. */
export function isVerdictHeader(line: string): boolean {
  return line.replace(/^\uFEFF/, '').trim() === VERDICT_HEADER.trim()
}

/** Lines of a table of verdicts, the header first. @param file for errors */
export function verdictLines(file: string): ReadLine {
  return (line, number) => (number === 1 ? undefined : readRow(line, number - 1, file))
}

function readRow(line: string, row: number, file: string): RecordedMessage {
  const fields = splitFields(line, ',')
  if (fields.length !== NAMES.length) {
    const params = { field: file, row, got: fields.length, expected: NAMES.length }
    throw new InputError('frame.wrongLength', { ...params, channels: NAMES.slice(0, 8).join(', ') })
  }
  const cell = (name: string): string => fields[NAMES.indexOf(name)]!
  const number = (name: string): number | null => (cell(name) === '' ? null : Number(cell(name)))
  const text = (name: string): { [key: string]: string } => (cell(name) === '' ? {} : { [name]: cell(name) })
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
    clockAt(0),
  )
  return { ...text('topic'), ...text('label'), anomaly, time: anomaly.window.start }
}
