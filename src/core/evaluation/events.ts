/** One window of a labelled recording, in order of time. */
export interface LabelledWindow {
  readonly isAnomalous: boolean
  readonly isFlagged: boolean
}

/** A run of anomalous windows. */
export interface FoundEvent<T> {
  readonly first: T
  readonly last: T
  /** The first of its windows that was flagged; not there where none was. */
  readonly detected?: T
}

/**
 * Finds the events of labelled recordings while their windows come, in constant memory. A window flagged before an event does
 * not detect it, nor does one behind it.
 */
export class EventFinder<T extends LabelledWindow> {
  private open?: FoundEvent<T>

  /** Takes the next window. @returns the event that ended before it */
  push(window: T): FoundEvent<T> | undefined {
    if (!window.isAnomalous) return this.end()
    const { first = window, detected = window.isFlagged ? window : undefined } = this.open ?? {}
    this.open = { first, last: window, ...(detected === undefined ? {} : { detected }) }
    return undefined
  }

  /** The recording is over: no event goes on in the next one. @returns the event that was going on */
  end(): FoundEvent<T> | undefined {
    const { open } = this
    this.open = undefined
    return open
  }
}

/** A run of anomalous windows; `to` is exclusive. */
export interface LabelledEvent {
  readonly from: number
  readonly to: number
  /** The first of its windows that was flagged; not there where none was. */
  readonly detected?: number
}

/** The events of one recording by the numbers of its windows; the delay of a detected one is `detected - from` windows. */
export function eventsOf(windows: readonly LabelledWindow[]): readonly LabelledEvent[] {
  const finder = new EventFinder<LabelledWindow & { readonly at: number }>()
  const found = windows.map(({ isAnomalous, isFlagged }, at) => finder.push({ isAnomalous, isFlagged, at }))
  return [...found, finder.end()].flatMap((event) =>
    event === undefined
      ? []
      : [
          {
            from: event.first.at,
            to: event.last.at + 1,
            ...(event.detected === undefined ? {} : { detected: event.detected.at }),
          },
        ],
  )
}
