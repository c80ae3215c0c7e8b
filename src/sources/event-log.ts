import type { SourceEvent } from './source-events'

/** Within this time one line is written per kind of event and stream, ms. */
const WINDOW_MS = 10_000
/** Streams that get lines of their own then: an outage of a broker is one of all its streams. */
const MAX_STREAMS = 10

interface Window {
  readonly from: number
  readonly told: Set<string>
  left: number
  last?: SourceEvent
}

/**
 * Keeps the log short, and leaves nothing untold: each kind of event has a line per stream in 10 s, and what was left out is one
 * more line at the end of them, the last of them and their number.
 */
export class EventLog {
  private readonly windows = new Map<SourceEvent['kind'], Window>()

  /** @param write `others`: how many events of this kind were left out before it */
  constructor(private readonly write: (event: SourceEvent, others: number) => void) {}

  take(event: SourceEvent, now: number): void {
    this.tick(now)
    let window = this.windows.get(event.kind)
    if (window === undefined) {
      window = { from: now, told: new Set(), left: 0 }
      this.windows.set(event.kind, window)
    }
    if (window.told.has(event.topic) || window.told.size >= MAX_STREAMS) {
      window.left++
      window.last = event
      return
    }
    window.told.add(event.topic)
    this.write(event, 0)
  }

  /** Lets time pass: call it now and then. */
  tick(now: number): void {
    for (const [kind, { from, left, last }] of this.windows) {
      if (Math.abs(now - from) < WINDOW_MS) continue
      this.windows.delete(kind)
      if (last !== undefined) this.write(last, left - 1)
    }
  }
}
