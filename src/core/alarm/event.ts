import { durationWords } from '../duration-words'
import type { Words } from '../thresholds/explain'
import { shortNumber } from '../sparkline'
import type { Reason, Verdict } from '../verdict'

export type AlarmLevel = 'ok' | 'warning' | 'alarm' | 'fault'
export type AlarmState = 'normal' | 'pending' | 'alarm' | 'recovering' | 'latched'
export type EventKind = 'begin' | 'repeat' | 'end' | 'acknowledged' | 'snoozed' | 'resumed' | 'test'

/** What alert sends: one thing that somebody should know. */
export interface AlarmEvent {
  readonly kind: EventKind
  /** What it is about; `ok` where it is over. */
  readonly level: AlarmLevel
  readonly state: AlarmState
  readonly previous: AlarmState
  readonly stream: string
  readonly model?: string
  readonly detector?: string
  readonly reason: Reason
  readonly score: number | null
  readonly threshold: number | null
  /** Time of the event and begin of what it is about, ms since the epoch. */
  readonly time: number
  readonly since: number
  /** ms from since to time. */
  readonly duration: number
  /** Windows that were over the level. */
  readonly count: number
  /** The three channels with the largest share, largest first. */
  readonly contributions: readonly { readonly channel: string; readonly share: number }[]
  /** The same in words: a key of the catalogue with its parameters. */
  readonly text: Words
}

/** What an alarm is about: whose it is, and the last verdict that told of it. Plain JSON. */
export interface Subject {
  readonly stream: string
  readonly model?: string
  readonly detector?: string
  readonly reason: Reason
  readonly score: number | null
  readonly threshold: number | null
  readonly contributions: readonly { readonly channel: string; readonly share: number }[]
  readonly detail?: string
}

export function subjectOf(stream: string, verdict: Verdict): Subject {
  return {
    stream,
    ...(verdict.model === undefined ? {} : { model: verdict.model.name }),
    ...(verdict.detector === undefined ? {} : { detector: verdict.detector }),
    reason: verdict.reason,
    score: verdict.vote === undefined ? verdict.score : verdict.vote.score,
    threshold: verdict.threshold,
    contributions: topThree(verdict.contributions),
    ...(verdict.detail === undefined ? {} : { detail: verdict.detail }),
  }
}

function topThree(shares: Verdict['contributions']): Subject['contributions'] {
  if (shares === undefined) return []
  return Object.entries(shares)
    .map(([channel, share]) => ({ channel, share }))
    .sort((a, b) => b.share - a.share)
    .slice(0, 3)
}

/** What a signal is: an anomaly, a warning, a fault that the source reports, silence of a stream, or of one detector. */
export type SignalKind = 'alarm' | 'warning' | 'fault' | 'noData' | 'noVerdict'

/** @param duration ms */
export function wordsOf(
  kind: EventKind,
  signal: SignalKind,
  subject: Subject,
  duration: number,
  count: number,
): Words {
  const { stream, detector, score, threshold, contributions, detail, reason } = subject
  const params = {
    stream: stream === '' ? (detector ?? '–') : stream,
    detector: detector ?? '–',
    reason,
    score: score === null ? '–' : shortNumber(score),
    threshold: threshold === null ? '–' : shortNumber(threshold),
    channels: contributions.map(({ channel, share }) => `${channel} ${Math.round(share * 100)} %`).join(', '),
    detail: detail ?? '',
    duration: durationWords(duration / 1000),
    count,
  }
  return { key: keyOf(kind, signal, subject), params }
}

function keyOf(
  kind: EventKind,
  signal: SignalKind,
  { reason, score, threshold, contributions }: Subject,
): Words['key'] {
  if (kind === 'acknowledged') return 'alert.acknowledged'
  if (kind === 'snoozed') return 'alert.snoozed'
  if (kind === 'resumed') return 'alert.resumed'
  if (kind === 'test') return 'alert.test'
  if (signal === 'alarm' || signal === 'warning') {
    if (kind === 'end') return signal === 'alarm' ? 'alert.alarmEnd' : 'alert.warningEnd'
    if (kind === 'repeat') return signal === 'alarm' ? 'alert.alarmRepeat' : 'alert.warningRepeat'
    if (score === null || threshold === null)
      return signal === 'alarm' ? 'alert.alarmRule' : 'alert.warningRule'
    const channels = contributions.length > 0
    if (signal === 'warning') return channels ? 'alert.warning' : 'alert.warningScore'
    return channels ? 'alert.alarm' : 'alert.alarmScore'
  }
  if (kind === 'end')
    return signal === 'fault'
      ? 'alert.faultEnd'
      : signal === 'noData'
        ? 'alert.noDataEnd'
        : 'alert.noVerdictEnd'
  if (kind === 'repeat') return 'alert.faultRepeat'
  if (signal === 'noVerdict') return reason === 'NO_DATA' ? 'alert.noVerdict' : 'alert.notScored'
  return signal === 'fault' ? 'alert.fault' : 'alert.noData'
}
