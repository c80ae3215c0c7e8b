import { clockAt } from '../clock'
import { describeValue } from '../describe-value'
import { InputError } from '../errors'
import { rowCount, timeOf, type Frame } from '../frame'
import { readFrame } from '../read-frame'
import { readVerdict } from '../read-verdict'
import type { Verdict } from '../verdict'
import { toWire } from '../wire'
import { csvCell, floatCell, numberCell } from './csv-cell'

export const RECORD_FORMATS = ['csv', 'ndjson', 'folder'] as const
/** Tables of rows; messages as lines of JSON, exact; or one numbered table for each window, without header, times and labels. */
export type RecordFormat = (typeof RECORD_FORMATS)[number]

/** A message as far as it is recorded. */
export interface Recordable {
  readonly topic: string
  readonly label: string
  readonly payload: unknown
  readonly anomaly?: unknown
  /** Time of arrival, ms since the epoch. */
  readonly now: number
}

/** Lines that belong into one file. */
export interface Encoded {
  /** Files are kept apart by this: what kind of lines they hold, with which columns. */
  readonly kind: 'rows' | 'verdicts' | 'events' | 'messages' | 'window'
  /** First line of the file; '' where it has none. */
  readonly header: string
  /** Whole lines, each with its line end. */
  readonly text: string
}

/** Column of the rows of windows: when their window began, ms since the epoch. No channel. */
export const WINDOW_COLUMN = 'window_start'
/** Column of the rows of a stream that has a name. No channel. */
export const TOPIC_COLUMN = 'topic'
export const VERDICT_HEADER =
  'start,end,topic,score,threshold,p_value,is_anomaly,reason,detector,label,detail\n'
const EVENT_HEADER = 'time,topic,kind,level,reason,detector,score,threshold,duration,label,text\n'

/**
 * Turns a message into lines of a recording: samples and windows, verdicts, alert's events.
 * @throws InputError where it is none of these
 */
export function encode(message: Recordable, format: RecordFormat): Encoded {
  const { payload, anomaly, now } = message
  if (format === 'folder') return encodeWindow(readFrame(payload, { now }))
  if (anomaly !== undefined && anomaly !== null) {
    const verdict = readVerdict(anomaly, payload, clockAt(now))
    return format === 'csv' ? verdictRow(verdict, message) : line(message, { anomaly: verdict })
  }
  if (isEvent(payload))
    return format === 'csv' ? eventRow(payload, message) : line(message, { event: plain(payload) })
  const frame = readFrame(payload, { now })
  return format === 'csv' ? frameRows(frame, message) : line(message, { frame: toWire(frame) })
}

function line({ topic, label }: Recordable, what: Readonly<Record<string, unknown>>): Encoded {
  const value = { ...(topic === '' ? {} : { topic }), ...(label === '' ? {} : { label }), ...what }
  return { kind: 'messages', header: '', text: `${JSON.stringify(value)}\n` }
}

function frameRows(frame: Frame, { topic, label }: Recordable): Encoded {
  const { channels, data } = frame
  const width = channels.length
  const rows = rowCount(frame)
  const windowed = isWindow(frame)
  const stream = topic === '' ? '' : `,${csvCell(topic)}`
  const end = `${windowed ? `,${numberCell(frame.start)}` : ''}${stream},${csvCell(label)}\n`
  let text = ''
  for (let row = 0; row < rows; row++) {
    text += numberCell(timeOf(frame, row))
    for (let c = 0; c < width; c++) text += `,${floatCell(data[row * width + c]!)}`
    text += end
  }
  const names = [
    ...channels.map(csvCell),
    ...(windowed ? [WINDOW_COLUMN] : []),
    ...(topic === '' ? [] : [TOPIC_COLUMN]),
  ]
  return { kind: 'rows', header: `time,${names.join(',')},label\n`, text }
}

/** Rows that a window node has cut; samples may be in several of them. */
function isWindow(frame: Frame): boolean {
  return rowCount(frame) > 1 && frame.contract?.some((line) => line.startsWith('window ')) === true
}

/** As a server of accelerometer windows wrote them: a comma and a space, nothing else. */
function encodeWindow(frame: Frame): Encoded {
  const { channels, data } = frame
  let text = ''
  for (let i = 0; i < data.length; i++)
    text += floatCell(data[i]!) + ((i + 1) % channels.length === 0 ? '\n' : ', ')
  return { kind: 'window', header: '', text }
}

function verdictRow(verdict: Verdict, { topic, label }: Recordable): Encoded {
  const { window, score, threshold, pValue, isAnomaly, reason, detector, detail } = verdict
  const cells = [
    numberCell(window.start),
    numberCell(window.end),
    csvCell(topic),
    numberCell(score),
    numberCell(threshold),
    numberCell(pValue),
    String(isAnomaly),
    reason,
    csvCell(detector ?? ''),
    csvCell(label),
    csvCell(detail ?? ''),
  ]
  return { kind: 'verdicts', header: VERDICT_HEADER, text: `${cells.join(',')}\n` }
}

type Properties = Readonly<Record<string, unknown>>

/** What alert sends: something that happened, with words. */
function isEvent(payload: unknown): payload is Properties {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return false
  try {
    return ['kind', 'level', 'reason'].every((name) => typeof own(payload as Properties, name) === 'string')
  } catch {
    return false // a proxy or getter that throws; the reader of frames says so
  }
}

function eventRow(event: Properties, { topic, label, now }: Recordable): Encoded {
  const text = (name: string): string => {
    const value = own(event, name)
    return typeof value === 'string' ? csvCell(value) : ''
  }
  const number = (name: string): string => {
    const value = own(event, name)
    return typeof value === 'number' && Number.isFinite(value) ? numberCell(value) : ''
  }
  const cells = [
    number('time') || numberCell(now),
    csvCell(topic),
    text('kind'),
    text('level'),
    text('reason'),
    text('detector'),
    number('score'),
    number('threshold'),
    number('duration'),
    csvCell(label),
    text('text'),
  ]
  return { kind: 'events', header: EVENT_HEADER, text: `${cells.join(',')}\n` }
}

function own(object: Properties, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

/** As JSON would have it. @throws InputError for what JSON cannot hold */
function plain(event: Properties): unknown {
  try {
    return JSON.parse(JSON.stringify(event)) as unknown
  } catch (error) {
    throw new InputError(
      'files.notJson',
      { field: 'msg.payload', got: describeValue(event) },
      { cause: error },
    )
  }
}
