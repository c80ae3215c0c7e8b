import { channelsContract, type Contract } from './contract'

/**
 * Named columns × rows: what a source emits, what a window is, and (with one row) what a feature vector is.
 * Immutable once sent: nodes on the same wire share the object.
 */
export interface Frame {
  /** Column names, e.g. `ax` or `ax.log_rms`; the order counts. */
  readonly channels: readonly string[]
  /** One unit per channel, e.g. `g`, `m/s²`, `rad/s`, `°C`, `%`. */
  readonly units?: readonly string[]
  /** Configured sampling rate in Hz. */
  readonly rate?: number
  /** Time of the first row, ms since the epoch. */
  readonly start: number
  /** End of what the rows summarise, ms since the epoch; only where rate and times do not say it (a feature vector of a window). */
  readonly end?: number
  /** Time of each row, ms since the epoch, only where sampling is irregular. */
  readonly times?: Float64Array
  /** rows × channels values, row-major, in a buffer of its own. */
  readonly data: Float32Array
  /** One line per stage that shaped the columns. */
  readonly contract?: Contract
}

/** Slowest sampling of a frame, Hz: one row in 32 years. Slower, and its end is no finite time any more. */
export const MIN_RATE = 1e-9

/** Number of rows of a frame. */
export function rowCount(frame: Frame): number {
  return frame.channels.length === 0 ? 0 : frame.data.length / frame.channels.length
}

/** The frame's contract; a frame without one gets its channels as its first line. */
export function contractOf(frame: Frame): Contract {
  return frame.contract ?? channelsContract(frame.channels)
}

/** Time of row `row`, ms since the epoch; without rate or times every row has the time of the first. */
export function timeOf(frame: Frame, row: number): number {
  if (frame.times !== undefined) return frame.times[row] ?? frame.start
  return frame.rate === undefined ? frame.start : frame.start + (row * 1000) / frame.rate
}

/** Start of the first row and `end`, or else the end of the last row (its time plus one sampling period), ms since the epoch. */
export function spanOf(frame: Frame): { start: number; end: number } {
  if (frame.end !== undefined) return { start: frame.start, end: frame.end }
  const rows = rowCount(frame)
  const period = frame.rate === undefined ? 0 : 1000 / frame.rate
  return { start: frame.start, end: rows === 0 ? frame.start : timeOf(frame, rows - 1) + period }
}
