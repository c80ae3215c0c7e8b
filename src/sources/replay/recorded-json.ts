import { clockAt } from '../../core/clock'
import { InputError } from '../../core/errors'
import { readFrame } from '../../core/read-frame'
import { readVerdict } from '../../core/read-verdict'
import { isObject, ownOf } from '../decode/json-shape'
import type { ReadLine, RecordedMessage } from './recorded-lines'

/** Stands for the time of a frame that has none. */
const NO_TIME = -8.64e15

/**
 * Lines of JSON: what `record` writes (`frame`, `anomaly`, `topic`, `label`), or a frame or samples as they are.
 * @param file for errors
 */
export function jsonLines(file: string): ReadLine {
  return (line, number) => readJson(line, `${file}:${number}`)
}

function readJson(line: string, field: string): RecordedMessage {
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
    const verdict = readVerdict(anomaly, undefined, clockAt(0))
    return { ...shared, anomaly: verdict, time: verdict.window.start }
  }
  const recorded = own('frame')
  const frame = readFrame(recorded === undefined ? value : recorded, { field, now: NO_TIME })
  return { ...shared, frame, ...(frame.start === NO_TIME ? {} : { time: frame.start }) }
}
