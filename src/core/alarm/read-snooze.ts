import { describeValue } from '../describe-value'
import { InputError } from '../errors'

const UNITS: Readonly<Record<string, number>> = { s: 1, min: 60, m: 60, h: 3600, d: 86_400 }
const LONGEST_S = 365 * 86_400
const ISO =
  /^P(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/i

/**
 * How long a `msg.snooze` asks for, in ms: a number is minutes, true an hour, 0 or false ends it;
 * text is `30 min`, `2h`, `90 s`, `1 d`, or an ISO 8601 duration such as `PT30M`.
 * @throws InputError
 */
export function readSnooze(value: unknown): number {
  const seconds = secondsOf(value)
  if (seconds === undefined || !(seconds >= 0) || seconds > LONGEST_S) {
    throw new InputError('frame.badControl', {
      field: 'msg.snooze',
      expected: 'minutes as a number, or text such as 30 min, 2 h or PT30M, of at most a year',
      got: describeValue(value),
    })
  }
  return Math.round(seconds * 1000)
}

function secondsOf(value: unknown): number | undefined {
  if (value === true) return 3600
  if (value === false) return 0
  if (typeof value === 'number') return value * 60
  if (typeof value !== 'string' || value.length > 40) return undefined
  const text = value.trim()
  const plain = /^(\d+(?:\.\d+)?)\s*(s|m|min|h|d)?$/i.exec(text)
  if (plain !== null) return Number(plain[1]) * (UNITS[(plain[2] ?? 'min').toLowerCase()] ?? 60)
  const parts = ISO.exec(text)
  if (parts === null || /^P(T)?$/i.test(text)) return undefined
  const [weeks, days, hours, minutes, rest] = parts.slice(1).map((part) => Number(part ?? 0))
  return weeks! * 604_800 + days! * 86_400 + hours! * 3600 + minutes! * 60 + rest!
}
