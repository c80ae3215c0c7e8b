import { isEmpty, readChoice, readFlag, readNumber, readWhole } from '../read-settings'
import type { ConditionTiming } from './condition'

/** When an alarm begins, how it ends, and how often it is told. Times in ms. */
export interface AlarmSettings {
  /** What has an alarm of its own: each detector of a stream, or the stream, whichever of its detectors finds something. */
  readonly each: 'detector' | 'topic'
  /** The score counts as alarm above factor · threshold; undefined: where the verdict says anomaly. */
  readonly alarmFactor?: number
  /** Tell warnings: verdicts with the reason WARNING, or scores above this factor · threshold. */
  readonly warning: 'off' | 'verdict' | { readonly factor: number }
  /** The score must fall below reset · alarm level before the alarm recovers, 0 < reset ≤ 1. */
  readonly reset: number
  readonly timing: ConditionTiming
  /** Tell again after `first`, then after `factor` times as long as before, up to `max`. */
  readonly repeat?: { readonly first: number; readonly factor: number; readonly max: number }
  /** No verdict for so long is an alarm; 'auto': ten times the usual interval, at least a minute. */
  readonly noData: 'off' | 'auto' | number
  /** Sensor faults are alarms. */
  readonly faults: boolean
  readonly maxStreams: number
}

export type AlarmField =
  | 'each'
  | 'level'
  | 'factor'
  | 'warning'
  | 'warningFactor'
  | 'reset'
  | 'hold'
  | 'holdUnit'
  | 'keep'
  | 'coolDown'
  | 'latch'
  | 'repeat'
  | 'repeatFactor'
  | 'repeatMax'
  | 'noData'
  | 'noDataSeconds'
  | 'faults'
  | 'maxStreams'

const SECOND = 1000
const MONTH_S = 2_592_000

/**
 * Reads the settings of a dialog.
 * @param config each (`detector` | `topic`), level (`anomaly` | `factor`), factor, warning (`off` | `verdict` | `factor`), warningFactor, reset (percent), hold,
 * holdUnit (`windows` | `s`), keep (s), coolDown (s), latch, repeat (s), repeatFactor, repeatMax (s), noData (`auto` | `off` | `s`),
 * noDataSeconds, faults, maxStreams
 * @throws ConfigError that names the field
 */
export function readAlarmSettings(
  config: Readonly<Record<string, unknown>>,
  name: (field: AlarmField) => string = (field) => field,
): AlarmSettings {
  const seconds = (field: AlarmField, fallback: number, min = 0): number =>
    readNumber(name(field), config[field], { min, max: MONTH_S, fallback }) * SECOND
  const level = readChoice(name('level'), config['level'], ['anomaly', 'factor'] as const, 'anomaly')
  const warning = readChoice(
    name('warning'),
    config['warning'],
    ['off', 'verdict', 'factor'] as const,
    'verdict',
  )
  const unit = readChoice(name('holdUnit'), config['holdUnit'], ['windows', 's'] as const, 'windows')
  const noData = readChoice(name('noData'), config['noData'], ['auto', 'off', 's'] as const, 'auto')
  const alarmFactor = readNumber(name('factor'), config['factor'], { min: 0.01, max: 1000, fallback: 1 })
  const first = isEmpty(config['repeat']) ? 0 : seconds('repeat', 0)
  return {
    each: readChoice(name('each'), config['each'], ['detector', 'topic'] as const, 'detector'),
    ...(level === 'factor' ? { alarmFactor } : {}),
    warning:
      warning === 'factor'
        ? {
            factor: readNumber(name('warningFactor'), config['warningFactor'], {
              min: 0.01,
              max: level === 'factor' ? alarmFactor : 1000,
              fallback: 0.8,
            }),
          }
        : warning,
    reset: readNumber(name('reset'), config['reset'], { min: 1, max: 100, fallback: 90 }) / 100,
    timing: {
      hold:
        unit === 's'
          ? { ms: seconds('hold', 0) }
          : { windows: readWhole(name('hold'), config['hold'], { min: 0, max: 100_000, fallback: 1 }) },
      keep: seconds('keep', 10),
      coolDown: seconds('coolDown', 0),
      latch: readFlag(name('latch'), config['latch'], false),
    },
    ...(first > 0
      ? {
          repeat: {
            first,
            factor: readNumber(name('repeatFactor'), config['repeatFactor'], {
              min: 1,
              max: 10,
              fallback: 2,
            }),
            max: Math.max(first, seconds('repeatMax', 86_400)),
          },
        }
      : {}),
    noData: noData === 's' ? seconds('noDataSeconds', 60, 0.1) : noData,
    faults: readFlag(name('faults'), config['faults'], true),
    maxStreams: readWhole(name('maxStreams'), config['maxStreams'], { min: 1, max: 100_000, fallback: 1000 }),
  }
}
