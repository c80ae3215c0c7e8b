/** One window of a labelled recording, in order of time. */
export interface LabelledWindow {
  readonly isAnomalous: boolean
  readonly isFlagged: boolean
}

/** A run of anomalous windows; `to` is exclusive. */
export interface LabelledEvent {
  readonly from: number
  readonly to: number
  /** The first of its windows that was flagged; not there where none was. */
  readonly detected?: number
}

/**
 * The events of a labelled recording: runs of anomalous windows. A window flagged before an event does not detect it, nor does
 * one behind it; the delay of a detected event is `detected - from` windows.
 */
export function eventsOf(windows: readonly LabelledWindow[]): readonly LabelledEvent[] {
  const events: LabelledEvent[] = []
  for (let i = 0; i < windows.length; i++) {
    if (!windows[i]!.isAnomalous) continue
    const from = i
    let detected: number | undefined
    for (; i < windows.length && windows[i]!.isAnomalous; i++) if (windows[i]!.isFlagged) detected ??= i
    events.push({ from, to: i, ...(detected === undefined ? {} : { detected }) })
  }
  return events
}
